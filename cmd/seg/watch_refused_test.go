package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"seg.example/internal/cli/clikit"
)

// TestWatch_deletedWhileAway: a client that reconnects to a deleted session is told so and does not
// retry, whatever client it is.
func TestWatch_deletedWhileAway(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.connect(t, "maker", "").call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	w := startWatch(t, s, "--session", "G1", "--reconnect", "1h")
	epoch := regexp.MustCompile(`epoch (\w+), #0`).FindStringSubmatch(w.line())[1]
	s.stop()

	// Meanwhile another server deletes the session. It keeps nothing of deleted sessions.
	database := "sqlite://" + s.database
	other := start(t, "--database-url", database, "--keep-for", "1ms", "--keep-answers", "1ms")
	if code, _, stderr := runSeg(t, "call", "delete-session", "session_id=G1", "really=true", "--url", other.url(), "--password", password); code != clikit.ExitOK {
		t.Fatal(stderr)
	}
	comeBack := url.Values{"client_id": {"x"}, "session_id": {"G1"}, "epoch": {epoch}, "after": {"0"}}.Encode()
	for deadline := time.Now().Add(waitTimeout); ; time.Sleep(20 * time.Millisecond) {
		if code, _ := other.refusedHandshake(t, comeBack, ""); code == 4404 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the deleted session is not forgotten")
		}
	}
	other.stop()

	again := start(t, "--addr", s.addr, "--database-url", database)
	const gone = "reconnecting\nseg: connection closed with code 4404: Session not found\n  -> seg call get-sessions lists"
	if code, stderr := w.ended(); code != clikit.ExitFailed || !strings.Contains(stderr, gone) || strings.Contains(stderr, "reconnected") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	// The server counts it when the socket has ended, a moment after the client has got the close
	// frame.
	wanted := []string{`seg_connections_refused_total{reason="no_session"} 1`, `seg_connections_ended_total{code="4404"} 1`}
	for deadline := time.Now().Add(waitTimeout); ; time.Sleep(time.Millisecond) {
		_, figures := get(t, "http://"+again.addr+"/metrics")
		if strings.Contains(figures, wanted[0]) && strings.Contains(figures, wanted[1]) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %q among %s", wanted, figures)
		}
	}
}
