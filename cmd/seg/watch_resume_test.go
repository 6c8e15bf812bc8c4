package main

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	remote "seg.example/gen/client"
)

// TestWatch_comesBack: who watches a session goes on behind what it has printed when the server restarts, and when it is told where.
func TestWatch_comesBack(t *testing.T) {
	t.Parallel()
	s := start(t)
	user := func(s *server, id string) {
		t.Helper()
		args := []string{"call", "--url", s.url(), "--password", password, "create-user", "user_id=" + id, "username=u" + id, "session_id=G1"}
		if code, _, stderr := seg(t, args...); code != exitOK {
			t.Fatal(stderr)
		}
	}
	s.connect(t, "maker", "").call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	w := watch(t, s, "--session", "G1")
	epoch := regexp.MustCompile(`epoch (\w+), #0`).FindStringSubmatch(w.line())[1]
	user(s, "1")
	wantLine(t, w.line(), "#1  api-create_user", `"id":1`)
	s.stop()
	again := start(t, "--addr", s.addr, "--database-url", "sqlite://"+s.database)
	user(again, "2")
	wantLine(t, w.line(), "welcome  epoch "+epoch)
	wantLine(t, w.line(), "#2  api-create_user", `"id":2`)
	w.stop()
	if code, stderr := w.ended(); code != exitOK || !strings.Contains(stderr, "server is restarting; connecting again\n") || !strings.Contains(stderr, "seg: back again\n") {
		t.Errorf("exit code %d: %s", code, stderr)
	}

	w = watch(t, again, "--session", "G1", "--epoch", epoch, "--after", "1", "--client-id", "w", "--reconnect", "0")
	wantLine(t, w.line(), "welcome  epoch "+epoch+", #2: #2 to #2 were missed and follow")
	wantLine(t, w.line(), "#2  api-create_user")
	// One that is not to come back does not; nor does one that was replaced.
	replaced := watch(t, again, "--session", "G1", "--client-id", "r")
	other := watch(t, again, "--session", "G1", "--client-id", "r")
	if code, stderr := replaced.ended(); code != exitFailed || strings.Contains(stderr, "connecting again") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	other.stop()
	again.stop()
	if code, stderr := w.ended(); code != exitFailed || strings.Contains(stderr, "connecting again") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func wantLine(t *testing.T, line string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(line, p) {
			t.Errorf("%s\nhas no %s", line, p)
		}
	}
}

// TestWatch_giveUp: a session that has gone is not waited for, a server that does not come back only for as long as it may.
func TestWatch_giveUp(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.connect(t, "maker", "").call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	w := watch(t, s, "--session", "G1", "--reconnect", "50ms")
	s.stop()
	if code, stderr := w.ended(); code != exitFailed || !strings.Contains(stderr, "connecting again\nseg: connect to ") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestRetriable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  error
		want bool
	}{
		{io.EOF, true},
		{&remote.HandshakeError{Status: 503}, true},
		{&remote.HandshakeError{Status: 429}, true},
		{&remote.HandshakeError{Status: 404}, false},
		{&remote.HandshakeError{Status: 409}, false},
	} {
		if got := retriable(errors.Join(row.err)); got != row.want {
			t.Errorf("%v: %t", row.err, got)
		}
	}
	for code, want := range map[int]bool{1000: false, 1006: true, 1008: false, 1011: true, 4000: true, 4001: false, 4008: true} {
		if got := mayReturn(code); got != want {
			t.Errorf("%d: %t", code, got)
		}
	}
}
