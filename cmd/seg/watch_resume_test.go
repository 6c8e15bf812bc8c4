package main

import (
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gobwas/ws"

	"seg.example/internal/cli/clikit"
)

// TestWatch_reconnects: seg watch --session continues after the last printed event when the server
// restarts, and with --epoch and --after.
func TestWatch_reconnects(t *testing.T) {
	t.Parallel()
	s := start(t)
	user := func(s *server, id string) {
		t.Helper()
		args := []string{"call", "--url", s.url(), "--password", password, "create-user", "user_id=" + id, "username=u" + id, "session_id=G1"}
		if code, _, stderr := runSeg(t, args...); code != clikit.ExitOK {
			t.Fatal(stderr)
		}
	}
	s.connect(t, "maker", "").call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	w := startWatch(t, s, "--session", "G1", "--reconnect", "1h")
	epoch := regexp.MustCompile(`epoch (\w+), #0`).FindStringSubmatch(w.line())[1]
	user(s, "1")
	wantLine(t, w.line(), "#1  api-create_user", `"id":1`)
	s.stop()
	again := start(t, "--addr", s.addr, "--database-url", "sqlite://"+s.database)
	user(again, "2")
	wantLine(t, w.line(), "welcome  epoch "+epoch)
	wantLine(t, w.line(), "#2  api-create_user", `"id":2`)
	w.stop()
	if code, stderr := w.ended(); code != clikit.ExitOK || !strings.Contains(stderr, "server is restarting; reconnecting\n") || !strings.Contains(stderr, "seg: reconnected\n") {
		t.Errorf("exit code %d: %s", code, stderr)
	}

	w = startWatch(t, again, "--session", "G1", "--epoch", epoch, "--after", "1", "--client-id", "w", "--reconnect", "0")
	wantLine(t, w.line(), "welcome  epoch "+epoch+", #2: #2 to #2 were missed and follow")
	wantLine(t, w.line(), "#2  api-create_user")
	// With --reconnect 0 it does not reconnect, and nor does one that was replaced.
	replaced := startWatch(t, again, "--session", "G1", "--client-id", "r")
	other := startWatch(t, again, "--session", "G1", "--client-id", "r")
	if code, stderr := replaced.ended(); code != clikit.ExitFailed || strings.Contains(stderr, "reconnecting") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	other.stop()
	again.stop()
	if code, stderr := w.ended(); code != clikit.ExitFailed || strings.Contains(stderr, "reconnecting") {
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

// TestWatch_giveUp: seg watch stops reconnecting after the time of --reconnect.
func TestWatch_giveUp(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.connect(t, "maker", "").call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	w := startWatch(t, s, "--session", "G1", "--reconnect", "50ms")
	s.stop()
	if code, stderr := w.ended(); code != clikit.ExitFailed || !strings.Contains(stderr, "reconnecting\nseg: connect to ") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestWatch_lostAtOnce: a server that accepts connections and closes them at once is retried with
// growing delays, and stop in the end. It used to get thousands of connections a second.
func TestWatch_lostAtOnce(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var tries atomic.Int64
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tries.Add(1)
			if _, err := ws.Upgrade(conn); err != nil {
				t.Error(err)
			}
			conn.Close()
		}
	})
	code, _, stderr := runSeg(t, "watch", "--session", "G1", "--reconnect", "1s", "--url", "ws://"+listener.Addr().String()+"/ws/connect")
	listener.Close()
	serving.Wait()
	if n := tries.Load(); code != clikit.ExitFailed || n < 2 || n > 40 || !strings.Contains(stderr, "reconnecting") {
		t.Errorf("exit code %d after %d tries: %.300s", code, n, stderr)
	}
}
