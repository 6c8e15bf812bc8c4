package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/load"
)

// load runs seg load against the server. It returns the exit code, the report and the whole output.
func (s *server) load(t *testing.T, args ...string) (int, load.Report, string) {
	t.Helper()
	var stdout, stderr strings.Builder
	args = append([]string{"load"}, append(args, "--json", "--url", "ws://"+s.addr+"/ws/connect")...)
	code := cli.Run(t.Context(), args, &stdout, &stderr)
	checkNoSecrets(t, "seg load", stdout.String()+stderr.String())
	var report load.Report
	if err := json.Unmarshal([]byte(stdout.String()), &report); err != nil && code != clikit.ExitUsage {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	return code, report, stdout.String() + stderr.String()
}

// series returns a series of a report.
func series(t *testing.T, r *load.Report, name string) load.Summary {
	t.Helper()
	for _, m := range r.Measures {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no %s in %+v", name, r.Measures)
	return load.Summary{}
}

// wantSane checks that the percentiles are in order.
func wantSane(t *testing.T, m load.Summary) {
	t.Helper()
	if m.Min <= 0 || m.Min > m.P50 || m.P50 > m.P90 || m.P90 > m.P99 || m.P99 > m.P999 || m.P999 > m.Max || m.Mean < m.Min || m.Mean > m.Max {
		t.Errorf("durations of %s: %+v", m.Name, m)
	}
}

func TestLoad_ping(t *testing.T) {
	t.Parallel()
	s := start(t, noRateLimits...)
	code, report, out := s.load(t, "ping", "--clients", "8", "--duration", "300ms")
	if code != clikit.ExitOK || len(report.Errors) != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	pings := series(t, &report, "ping")
	wantSane(t, pings)
	_, figures := get(t, "http://"+s.addr+"/metrics")
	if want := fmt.Sprintf(`seg_request_seconds_count{code="ok",type="ping"} %d`, pings.Count); !strings.Contains(figures, want) || pings.Count == 0 {
		t.Errorf("the server does not say %s:\n%s", want, figures)
	}
}

// TestLoad_rate: with --rate, no more requests are sent than that; on a busy machine there may be
// fewer.
func TestLoad_rate(t *testing.T) {
	t.Parallel()
	s := start(t)
	code, report, out := s.load(t, "ping", "--clients", "4", "--duration", "1500ms", "--rate", "50")
	n := series(t, &report, "ping").Count
	if most := 50*report.Seconds + 4; code != clikit.ExitOK || n == 0 || float64(n) > most { // each of the 4 clients may have begun one more
		t.Errorf("exit code %d, %d pings: %s", code, n, out)
	}
	if !strings.Contains(out, "4 clients  ping") {
		t.Errorf("no progress: %s", out)
	}
}

func TestLoad_call(t *testing.T) {
	t.Parallel()
	s := start(t, noRateLimits...)
	c := s.connect(t, "setup", "")
	c.call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	c.call(`{"type":"create-session","session_id":"none","password":"` + password + `","request_id":2}`)
	args := []string{
		"call", "create-user", "user_id={n}", "username=Ann-{n}", "session_id=G1", "--password", password,
		"--clients", "3", "--duration", "300ms", "--first", "500", "--session", "none",
	}
	code, report, out := s.load(t, args...)
	if code != clikit.ExitOK {
		t.Fatalf("exit code %d: %s", code, out)
	}
	made := series(t, &report, "call")
	wantSane(t, made)
	users := c.call(`{"type":"get-users","session_id":"G1","request_id":"users"}`)
	for users.Type != "response" {
		users = c.receive()
	}
	if n := strings.Count(string(users.Data), `"username":"Ann-`); int64(n) != made.Count || !strings.Contains(string(users.Data), `"id":500`) {
		t.Errorf("%d users are there, %d were made: %.300s", n, made.Count, users.Raw)
	}
	// The same numbers again: each request is refused, which is an error.
	code, report, out = s.load(t, args...)
	if code != clikit.ExitFailed || report.Errors["answered conflict"] == 0 || report.Errors["answered conflict"] > report.ErrorCount() {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestLoad_limited: refused requests are counted and explained, and the load fails.
func TestLoad_limited(t *testing.T) {
	t.Parallel()
	s := start(t, "--message-rate", "1", "--message-burst", "10")
	var out strings.Builder
	for _, duration := range []string{"200ms", "5s", "1m"} { // in a shorter run a slow machine may not reach the limit
		out.Reset()
		code := cli.Run(t.Context(), []string{"load", "ping", "--clients", "1", "--duration", duration, "--url", s.url()}, &out, &out)
		if code == clikit.ExitFailed {
			break
		}
		t.Logf("%s: exit code %d", duration, code)
	}
	for _, text := range []string{"answered rate_limited", "--message-rate 0", "errors: "} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in %s", text, out.String())
		}
	}
}

func TestLoad_fanout(t *testing.T) {
	t.Parallel()
	s := start(t, noRateLimits...)
	for _, rate := range []string{"40", "0"} {
		var renames, arrivals load.Summary
		for _, duration := range []string{"500ms", "10s", "1m"} { // a slow machine may need the longer ones for two renames
			code, report, out := s.load(t, "fanout", "--clients", "20", "--duration", duration, "--rate", rate, "--password", password)
			if code != clikit.ExitOK {
				t.Fatalf("exit code %d: %s", code, out)
			}
			if renames, arrivals = series(t, &report, "rename"), series(t, &report, "arrival"); renames.Count >= 2 {
				break
			}
		}
		wantSane(t, renames)
		wantSane(t, arrivals)
		if renames.Count < 2 || arrivals.Count != 20*renames.Count {
			t.Errorf("at rate %s %d renames arrived %d times, want 20 times each", rate, renames.Count, arrivals.Count)
		}
	}
	if sessions := s.connect(t, "look", "").call(`{"type":"get-sessions","request_id":1}`); strings.Contains(sessions.Raw, "LOAD_") {
		t.Errorf("a session is left behind: %s", sessions.Raw)
	}
}

func TestLoad_idle(t *testing.T) {
	t.Parallel()
	// Frequent pings, so that the test includes answering them.
	s := start(t, append([]string{"--ping-interval", "20ms", "--pong-timeout", "10m"}, noRateLimits...)...)
	code, report, out := s.load(t, "idle", "--clients", "30", "--duration", "300ms")
	if code != clikit.ExitOK {
		t.Fatalf("exit code %d: %s", code, out)
	}
	for _, name := range []string{"handshake", "ping"} {
		m := series(t, &report, name)
		wantSane(t, m)
		if m.Count != 30 {
			t.Errorf("%d of 30: %s", m.Count, name)
		}
	}
	if series(t, &report, "handshake").PerSecond <= 0 || series(t, &report, "ping").PerSecond != 0 {
		t.Errorf("%+v", report.Measures)
	}
}

// TestLoad_lost: connections that the server closes are counted.
func TestLoad_lost(t *testing.T) {
	t.Parallel()
	s := start(t, noRateLimits...)
	var stopped sync.WaitGroup
	stopped.Go(func() {
		for deadline := time.Now().Add(waitTimeout); time.Now().Before(deadline); {
			if _, figures := get(t, "http://"+s.addr+"/metrics"); strings.Contains(figures, "\nseg_connections 5\n") {
				break
			}
		}
		s.stop()
	})
	code, report, out := s.load(t, "idle", "--clients", "5", "--duration", "1m")
	stopped.Wait()
	if code != clikit.ExitFailed || report.ErrorCount() != 5 || !strings.Contains(out, "closed by the server with 4000") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestLoad_interrupted: an interrupted load prints its result and deletes its session.
func TestLoad_interrupted(t *testing.T) {
	t.Parallel()
	s := start(t, noRateLimits...)
	for _, mode := range []string{"ping", "fanout", "idle"} {
		ctx, cancel := context.WithCancel(t.Context())
		stderr := cancelOnWrite{cancel: cancel}
		var stdout strings.Builder
		args := []string{"load", mode, "--clients", "3", "--duration", "1h", "--json", "--password", password, "--url", "ws://" + s.addr + "/ws/connect"}
		code := cli.Run(ctx, args, &stdout, &stderr)
		cancel()
		if code != clikit.ExitOK || !strings.Contains(stdout.String(), `"mode": "`+mode+`"`) {
			t.Errorf("%s: exit code %d: %s", mode, code, stdout.String())
		}
	}
	if sessions := s.connect(t, "look", "").call(`{"type":"get-sessions","request_id":1}`); strings.Contains(sessions.Raw, "LOAD_") {
		t.Errorf("a session is left behind: %s", sessions.Raw)
	}
}

// cancelOnWrite calls cancel when something is written to it.
type cancelOnWrite struct{ cancel func() }

func (b *cancelOnWrite) Write(p []byte) (int, error) {
	b.cancel()
	return len(p), nil
}

func TestLoad_usage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args []string
		want int
		text string
	}{
		{[]string{"ping", "--clients", "0"}, clikit.ExitUsage, "--clients"},
		{[]string{"ping", "--clients", "50001"}, clikit.ExitUsage, "--clients"},
		{[]string{"ping", "--duration", "0s"}, clikit.ExitUsage, "--duration"},
		{[]string{"ping", "--duration", "2h"}, clikit.ExitUsage, "--duration"},
		{[]string{"ping", "--rate", "-1"}, clikit.ExitUsage, "--rate"},
		{[]string{"ping", "--rate", "NaN"}, clikit.ExitUsage, "--rate"},
		{[]string{"ping", "--timeout", "0s"}, clikit.ExitUsage, "--timeout"},
		{[]string{"ping", "--url", "http://localhost:8000"}, clikit.ExitUsage, "ws://"},
		{[]string{"ping", "now"}, clikit.ExitUsage, "takes only flags"},
		{[]string{"call"}, clikit.ExitUsage, "arg"},
		{[]string{"call", "create-user", "id=1"}, clikit.ExitUsage, "user_id"},
		{[]string{"call", "get-sesions"}, clikit.ExitUsage, "get-sessions"},
		{[]string{"call", "get-user", "id"}, clikit.ExitUsage, "FIELD=VALUE"},
		{[]string{"call", "get-user", "id:=x"}, clikit.ExitUsage, "not valid JSON"},
		{[]string{"fanout"}, clikit.ExitUsage, "password"},
		{[]string{"--bots", "-4", "--password", "x"}, clikit.ExitUsage, "--bots must be from 1 to"},
		{[]string{"--bots", "5", "--password", "x"}, clikit.ExitUsage, "--bots-per-session must be"},
		{[]string{"--bots", "4"}, clikit.ExitUsage, "password"},
		{[]string{"--clients", "4"}, clikit.ExitUsage, "unknown flag: --clients"}, // this used to set --bots
		{[]string{"ping", "--url", "ws://127.0.0.1:1/ws/connect"}, clikit.ExitFailed, "connection refused"},
		{[]string{"idle", "--url", "ws://127.0.0.1:1/ws/connect"}, clikit.ExitFailed, "connection refused"},
	} {
		var out strings.Builder
		args := append([]string{"load"}, row.args...)
		if code := cli.Run(t.Context(), args, &out, &out); code != row.want || !strings.Contains(out.String(), row.text) {
			t.Errorf("%q: exit code %d, want %d with %q: %s", row.args, code, row.want, row.text, out.String())
		}
	}
}
