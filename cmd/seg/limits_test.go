package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

const wrongGuess = `{"type":"delete-session","session_id":"G","really":true,"password":"wrong","request_id":1}`

// TestLimits_wrongPasswords: all connections of one address share a count of wrong passwords. Wrong
// tokens in Authorization count too.
func TestLimits_wrongPasswords(t *testing.T) {
	t.Parallel()
	s := start(t, "--wrong-passwords", "4")
	first, second := s.connect(t, "first", ""), s.connect(t, "second", "")
	create := `{"type":"create-session","session_id":"G","password":"` + password + `","request_id":1}`
	if got := first.call(create); got.Code != "" {
		t.Fatal(got.Raw)
	}
	if status := s.status(t, "wrong"); status != http.StatusOK {
		t.Errorf("status with a wrong token: %d", status)
	}
	for _, c := range []*client{first, second, first} {
		if got := c.call(wrongGuess); got.Code != "unauthorized" {
			t.Errorf("a wrong password: %s", got.Raw)
		}
	}
	// The first delay is one second, and each further one is twice as long. On a slow machine the
	// first delays may be over too early.
	for try := 1; ; try++ {
		got, status := s.connect(t, fmt.Sprint("late-", try), "").call(create), s.status(t, password)
		if got.Code == "rate_limited" && status == http.StatusTooManyRequests {
			break
		}
		if try == 6 || got.Code != "conflict" && got.Code != "rate_limited" {
			t.Fatalf("the right password after too many wrong ones: %s; the right token: %d", got.Raw, status)
		}
		first.call(wrongGuess)
	}
	if got := first.call(create); got.Code != "conflict" { // the game refuses it, not the guard
		t.Errorf("the right password of one who has shown it before: %s", got.Raw)
	}
	for _, c := range []*client{first, second} {
		if got := c.call(`{"type":"get-sessions","request_id":2}`); got.Code != "" {
			t.Errorf("what needs no password: %s", got.Raw)
		}
	}
	// The delay is short enough to wait for.
	deadline := time.Now().Add(waitTimeout)
	for got := second.call(strings.Replace(create, `"G"`, `"H"`, 1)); got.Code != ""; got = second.call(strings.Replace(create, `"G"`, `"H"`, 1)) {
		if got.Code != "rate_limited" || time.Now().After(deadline) {
			t.Fatalf("the right password, again: %s", got.Raw)
		}
		time.Sleep(50 * time.Millisecond) // to stay below the message rate
	}
}

// status asks for /ws/status with a token.
func (s *server) status(t *testing.T, token string) int {
	t.Helper()
	code, _ := get(t, "http://"+s.addr+"/ws/status", "Authorization", "Bearer "+token)
	return code
}

// TestLimits_flags: the flags reach the packages that enforce the limits.
func TestLimits_flags(t *testing.T) {
	t.Parallel()
	s := start(t, "--message-rate", "1", "--message-burst", "10", "--max-connections", "3", "--max-connections-per-address", "2",
		"--max-header", "8192", "--trusted-proxies", "127.0.0.1")
	c := s.connect(t, "eager", "")
	asked := 1
	for c.call(`{"type":"get-sessions","request_id":1}`).Code != "rate_limited" {
		if asked++; asked > 1000 {
			t.Fatalf("%d requests were served, 10 and one more each second may be", asked)
		}
	}
	if asked <= 10 {
		t.Errorf("request %d was refused, 10 may be made at once", asked)
	}
	s.connect(t, "second", "")
	for _, tt := range []struct {
		header string
		status int
	}{
		{"", http.StatusTooManyRequests},
		{"X-Forwarded-For: 192.0.2.1", http.StatusSwitchingProtocols},
		{"X-Forwarded-For: 192.0.2.2", http.StatusServiceUnavailable},
		{"X: " + strings.Repeat("y", 8<<10), http.StatusRequestHeaderFieldsTooLarge},
	} {
		name, value, _ := strings.Cut(tt.header, ": ")
		dialer := ws.Dialer{}
		if name != "" {
			dialer.Header = ws.HandshakeHeaderHTTP{name: {value}}
		}
		conn, _, _, err := dialer.Dial(t.Context(), "ws://"+s.addr+"/ws/connect?client_id="+fmt.Sprint(tt.status))
		if err == nil {
			t.Cleanup(func() { conn.Close() })
		}
		if status, failed := errors.AsType[ws.StatusError](err); failed && int(status) != tt.status || !failed && tt.status != http.StatusSwitchingProtocols {
			t.Errorf("with %.40q: %v, want status %d", tt.header, err, tt.status)
		}
	}
	// On a server of its own: each pong would count as a message above.
	c = start(t, "--ping-interval", "50ms", "--pong-timeout", "10m").connect(t, "pinged", "")
	if h, err := ws.ReadHeader(c.in); err != nil || h.OpCode != ws.OpPing {
		t.Errorf("got %+v, %v, want a ping", h, err)
	}
}

func TestLimits_nonsense(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{
		{"--max-connections", "-1"},
		{"--max-handshakes", "0"},
		{"--max-header", "100"},
		{"--message-burst", "1"},
		{"--wrong-passwords", "-2"},
		{"--ping-interval", "0s"},
		{"--trusted-proxies", "localhost"},
		{"--header-timeout", "-1s"},
		{"--max-queue", "4095"},
		{"--write-timeout", "0"},
	} {
		var out strings.Builder
		if got := cli.Run(t.Context(), append([]string{"serve"}, flags...), &out, &out); got != clikit.ExitUsage || !strings.Contains(out.String(), flags[0]) {
			t.Errorf("%v: exit code %d\n%s", flags, got, out.String())
		}
	}
}
