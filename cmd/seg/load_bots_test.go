package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

// wantNoSessions checks that a load has left no sessions. The server may not have noticed yet that
// all connections are closed.
func wantNoSessions(t *testing.T, url string) {
	t.Helper()
	var stdout, stderr string
	code := clikit.ExitFailed
	for deadline := time.Now().Add(waitTimeout); code != clikit.ExitOK && time.Now().Before(deadline); {
		code, stdout, stderr = runSeg(t, "call", "get-sessions", "--json", "--url", url)
	}
	if code != clikit.ExitOK || strings.TrimSpace(stdout) != "[]" {
		t.Errorf("sessions are left behind: exit code %d, %.300s%s", code, stdout, stderr)
	}
}

// TestLoad_botsInterrupted: an interrupted load of bots deletes all its sessions. They used to stay.
func TestLoad_botsInterrupted(t *testing.T) {
	t.Parallel()
	s := start(t, noRateLimits...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout strings.Builder
	args := []string{"load", "--bots", "6", "--bots-per-session", "2", "--duration", "1h", "--password", password, "--url", s.url()}
	if code := cli.Run(ctx, args, &stdout, &cancelOnWrite{cancel: cancel}); code != clikit.ExitOK || !strings.Contains(stdout.String(), "errors: 0") {
		t.Errorf("exit code %d: %s", code, stdout.String())
	}
	wantNoSessions(t, s.url())
}

// TestLoad_botsRefused: a load of bots whose connections are refused deletes what it has created.
// The idle session used to stay.
func TestLoad_botsRefused(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]string{"operators": "3", "bots": "6"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, "--message-rate", "0", "--max-connections-per-address", most)
			// On a slow machine a short run may end before the bots have connected.
			for duration := 500 * time.Millisecond; ; duration *= 10 {
				code, stdout, stderr := runSeg(t, "load", "--bots", "8", "--bots-per-session", "2", "--duration", duration.String(), "--password", password, "--url", s.url())
				if code == clikit.ExitFailed && strings.Contains(stdout+stderr, "HTTP status 429") {
					break
				}
				if duration >= 50*time.Second {
					t.Errorf("exit code %d: %s%s", code, stdout, stderr)
					break
				}
			}
			wantNoSessions(t, s.url())
		})
	}
}
