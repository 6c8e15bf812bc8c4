package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

// watchProcess is a running seg watch.
type watchProcess struct {
	t      *testing.T
	stop   context.CancelFunc
	lines  chan string
	stderr *strings.Builder
	exit   chan int
}

// startWatch starts seg watch and waits until it is connected.
func startWatch(t *testing.T, s *server, args ...string) *watchProcess {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	stdout, out := io.Pipe()
	stderr, errs := io.Pipe()
	w := &watchProcess{t: t, stop: stop, lines: make(chan string, 100), stderr: &strings.Builder{}, exit: make(chan int, 1)}
	ready := make(chan struct{})
	read := make(chan struct{})
	go func() {
		defer close(w.lines)
		for in := bufio.NewScanner(stdout); in.Scan(); {
			checkNoSecrets(t, "seg watch", in.Text())
			w.lines <- in.Text()
		}
	}()
	go func() {
		defer close(read)
		for in := bufio.NewScanner(stderr); in.Scan(); {
			checkNoSecrets(t, "seg watch", in.Text())
			w.stderr.WriteString(in.Text() + "\n")
			if strings.HasPrefix(in.Text(), "seg: watching ") {
				close(ready)
			}
		}
	}()
	go func() {
		code := cli.Run(ctx, append([]string{"watch", "--url", s.url()}, args...), out, errs)
		out.Close()
		errs.Close()
		<-read
		w.exit <- code
	}()
	select {
	case <-ready:
	case code := <-w.exit:
		t.Fatalf("seg watch ended with %d: %s", code, w.stderr)
	case <-time.After(waitTimeout):
		t.Fatal("seg watch did not connect in time")
	}
	return w
}

// line waits for the next line.
func (w *watchProcess) line() string {
	w.t.Helper()
	select {
	case line, ok := <-w.lines:
		if !ok {
			w.t.Fatal("no more lines")
		}
		return line
	case <-time.After(waitTimeout):
		w.t.Fatal("no line in time")
		return ""
	}
}

// ended waits until seg watch has ended. It returns its exit code and its standard error.
func (w *watchProcess) ended() (code int, stderr string) {
	w.t.Helper()
	select {
	case code = <-w.exit:
		return code, w.stderr.String()
	case <-time.After(waitTimeout):
		w.t.Fatal("seg watch did not end in time")
		return 0, ""
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	s := start(t)
	create := func(args ...string) {
		t.Helper()
		if code, _, stderr := runSeg(t, append([]string{"call", "--url", s.url(), "--password", password}, args...)...); code != clikit.ExitOK {
			t.Fatalf("seg call %v: %s", args, stderr)
		}
	}
	create("create-session", "session_id=G1")
	all, one, some, raw := startWatch(t, s), startWatch(t, s, "--session", "G1"), startWatch(t, s, "--type", "api-user_deleted,api-session_deleted"), startWatch(t, s, "--json")
	create("create-session", "session_id=G2")
	create("create-user", "user_id=1", "username=Ann", "session_id=G1")
	create("create-user", "user_id=2", "username=Bob", "session_id=G2")
	create("delete-user", "user_id=1")
	if got := one.line(); !regexp.MustCompile(`^-  G1  -  welcome  epoch \w+, #0: only newer broadcasts follow \(new\)$`).MatchString(got) {
		t.Errorf("one session begins with %s", got)
	}
	const (
		ann  = `G1  #1  api-create_user  {"session_id":"G1","user":{"id":1,"username":"Ann","company_id":0,"session_id":"G1"}}`
		bob  = `G2  #1  api-create_user  {"session_id":"G2","user":{"id":2,"username":"Bob","company_id":0,"session_id":"G2"}}`
		gone = `G1  #2  api-user_deleted  {"user_id":1}`
	)
	for name, w := range map[string]struct {
		*watchProcess
		want []string
	}{"all": {all, []string{ann, bob, gone}}, "one session": {one, []string{ann, gone}}, "some types": {some, []string{gone}}} {
		for _, want := range w.want {
			got := w.line()
			if !regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3}  `).MatchString(got) || !strings.HasSuffix(got, "  "+want) {
				t.Errorf("%s: got %s\nwant %s", name, got, want)
			}
		}
		w.stop()
		if code, stderr := w.ended(); code != clikit.ExitOK || stderr != "seg: watching "+s.url()+"\n" {
			t.Errorf("%s: SIGINT ends it with exit code %d: %s", name, code, stderr)
		}
	}
	for _, want := range []string{"api-create_user", "api-create_user", "api-user_deleted"} {
		var frame struct{ Type string }
		if line := raw.line(); json.Unmarshal([]byte(line), &frame) != nil || frame.Type != want {
			t.Errorf("as JSON: got %s, want %s", line, want)
		}
	}
	s.stop()
	if code, stderr := raw.ended(); code != clikit.ExitFailed || !strings.HasSuffix(stderr, "seg: connection closed with code 4000: server is restarting\n") {
		t.Errorf("the server's end ends it with exit code %d: %s", code, stderr)
	}
}

func TestWatch_refused(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--session", "a b"}, clikit.ExitFailed, "seg: connection closed with code 4400: session_id must be given once"},
		{[]string{"--session", "G1"}, clikit.ExitFailed, "seg: connection closed with code 4404: Session not found\n  -> seg call get-sessions lists"},
		{[]string{"--session", "G1", "--after", "1"}, clikit.ExitUsage, "--after needs --epoch"},
		{[]string{"--epoch", "e"}, clikit.ExitUsage, "--epoch and --after need --session"},
		{[]string{"--session", "G1", "--epoch", "e", "--after", "-1"}, clikit.ExitUsage, "must not be negative"},
		{[]string{"--type", "api-create_usr"}, clikit.ExitUsage, "(did you mean api-create_user?)"},
		{[]string{"--url", "http://localhost"}, clikit.ExitUsage, "did you mean ws://localhost/ws/connect?"},
		{[]string{"x"}, clikit.ExitUsage, "takes only flags"},
	} {
		if code, _, stderr := runSeg(t, append([]string{"watch", "--url", s.url()}, row.args...)...); code != row.code || !strings.HasPrefix(stderr, "seg: ") ||
			!strings.Contains(stderr, row.want) || strings.Contains(stderr, "watching ws://") {
			t.Errorf("seg watch %v: exit code %d\n%s", row.args, code, stderr)
		}
	}
}
