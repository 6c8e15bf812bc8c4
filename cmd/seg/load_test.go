package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"
)

// load runs seg load with flags for a server and returns the exit code, the report and all that was printed.
func (s *server) load(t *testing.T, args ...string) (int, loadReport, string) {
	t.Helper()
	var stdout, stderr strings.Builder
	args = append([]string{"load"}, append(args, "--json", "--url", "ws://"+s.addr+"/ws/connect")...)
	code := run(t.Context(), args, &stdout, &stderr)
	keepsSecrets(t, "seg load", stdout.String()+stderr.String())
	var report loadReport
	if err := json.Unmarshal([]byte(stdout.String()), &report); err != nil && code != exitUsage {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	return code, report, stdout.String() + stderr.String()
}

// series returns a measure of a report.
func (r *loadReport) series(t *testing.T, name string) measured {
	t.Helper()
	for _, m := range r.Measures {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no %s in %+v", name, r.Measures)
	return measured{}
}

// wantSane expects percentiles that are in order.
func (m measured) wantSane(t *testing.T) {
	t.Helper()
	if m.Min <= 0 || m.Min > m.P50 || m.P50 > m.P90 || m.P90 > m.P99 || m.P99 > m.P999 || m.P999 > m.Max || m.Mean < m.Min || m.Mean > m.Max {
		t.Errorf("durations of %s: %+v", m.Name, m)
	}
}

// unlimited lifts the limits that a load meets first.
var unlimitedRate = []string{"--message-rate", "0", "--max-connections-per-address", "0", "--max-handshakes", "1000"}

func TestLoad_ping(t *testing.T) {
	t.Parallel()
	s := start(t, unlimitedRate...)
	code, report, out := s.load(t, "ping", "--clients", "8", "--duration", "300ms")
	if code != exitOK || len(report.Errors) != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	pings := report.series(t, "ping")
	pings.wantSane(t)
	_, figures := get(t, "http://"+s.addr+"/metrics")
	if want := fmt.Sprintf(`seg_request_seconds_count{code="ok",type="ping"} %d`, pings.Count); !strings.Contains(figures, want) || pings.Count == 0 {
		t.Errorf("the server does not say %s:\n%s", want, figures)
	}
}

// TestLoad_rate: at a rate no more are sent than were asked for, however fast the server is; on a busy machine it may be fewer.
func TestLoad_rate(t *testing.T) {
	t.Parallel()
	s := start(t)
	code, report, out := s.load(t, "ping", "--clients", "4", "--duration", "1500ms", "--rate", "50")
	n := report.series(t, "ping").Count
	if most := 50*report.Seconds + 4; code != exitOK || n == 0 || float64(n) > most { // each of the 4 clients may have begun one more
		t.Errorf("exit code %d, %d pings: %s", code, n, out)
	}
	if !strings.Contains(out, "4 clients  ping") {
		t.Errorf("no progress: %s", out)
	}
}

func TestLoad_call(t *testing.T) {
	t.Parallel()
	s := start(t, unlimitedRate...)
	c := s.connect(t, "setup", "")
	c.call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	c.call(`{"type":"create-session","session_id":"none","password":"` + password + `","request_id":2}`)
	args := []string{
		"call", "create-user", "user_id={n}", "username=Ann-{n}", "session_id=G1", "--password", password,
		"--clients", "3", "--duration", "300ms", "--first", "500", "--session", "none",
	}
	code, report, out := s.load(t, args...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, out)
	}
	made := report.series(t, "call")
	made.wantSane(t)
	users := c.call(`{"type":"get-users","session_id":"G1","request_id":"users"}`)
	for users.Type != "response" {
		users = c.receive()
	}
	if n := strings.Count(string(users.Data), `"username":"Ann-`); int64(n) != made.Count || !strings.Contains(string(users.Data), `"id":500`) {
		t.Errorf("%d users are there, %d were made: %.300s", n, made.Count, users.Raw)
	}
	// The same numbers again: each is refused, and that is an error.
	code, report, out = s.load(t, args...)
	if code != exitFailed || report.Errors["answered conflict"] == 0 || report.Errors["answered conflict"] > report.failures() {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestLoad_limited: what the server refuses is counted, explained, and makes the load fail.
func TestLoad_limited(t *testing.T) {
	t.Parallel()
	s := start(t, "--message-rate", "1", "--message-burst", "10")
	var out strings.Builder
	for _, duration := range []string{"200ms", "5s", "1m"} { // in the shorter ones a slow machine may not ask more often than it may
		out.Reset()
		code := run(t.Context(), []string{"load", "ping", "--clients", "1", "--duration", duration, "--url", s.url()}, &out, &out)
		if code == exitFailed {
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
	s := start(t, unlimitedRate...)
	for _, rate := range []string{"40", "0"} {
		var renames, arrivals measured
		for _, duration := range []string{"500ms", "10s", "1m"} { // a slow machine may need the longer ones for two renames
			code, report, out := s.load(t, "fanout", "--clients", "20", "--duration", duration, "--rate", rate, "--password", password)
			if code != exitOK {
				t.Fatalf("exit code %d: %s", code, out)
			}
			if renames, arrivals = report.series(t, "rename"), report.series(t, "arrival"); renames.Count >= 2 {
				break
			}
		}
		renames.wantSane(t)
		arrivals.wantSane(t)
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
	// Pinged often, so that answering pings is part of what is tested.
	s := start(t, append([]string{"--ping-interval", "20ms", "--pong-timeout", "10m"}, unlimitedRate...)...)
	code, report, out := s.load(t, "idle", "--clients", "30", "--duration", "300ms")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, out)
	}
	for _, name := range []string{"handshake", "ping"} {
		m := report.series(t, name)
		m.wantSane(t)
		if m.Count != 30 {
			t.Errorf("%d of 30: %s", m.Count, name)
		}
	}
	if report.series(t, "handshake").PerSecond <= 0 || report.series(t, "ping").PerSecond != 0 {
		t.Errorf("%+v", report.Measures)
	}
}

// TestLoad_lost: connections that the server closes are counted.
func TestLoad_lost(t *testing.T) {
	t.Parallel()
	s := start(t, unlimitedRate...)
	var stopped sync.WaitGroup
	stopped.Go(func() {
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			if _, figures := get(t, "http://"+s.addr+"/metrics"); strings.Contains(figures, "\nseg_connections 5\n") {
				break
			}
		}
		s.stop()
	})
	code, report, out := s.load(t, "idle", "--clients", "5", "--duration", "1m")
	stopped.Wait()
	if code != exitFailed || report.failures() != 5 || !strings.Contains(out, "closed by the server with 4000") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestLoad_brokenOff: whoever ends a load gets what it has come to, and the session is cleared away.
func TestLoad_brokenOff(t *testing.T) {
	t.Parallel()
	s := start(t, unlimitedRate...)
	for _, mode := range []string{"ping", "fanout", "idle"} {
		ctx, cancel := context.WithCancel(t.Context())
		stderr := breakOff{cancel: cancel}
		var stdout strings.Builder
		args := []string{"load", mode, "--clients", "3", "--duration", "1h", "--json", "--password", password, "--url", "ws://" + s.addr + "/ws/connect"}
		code := run(ctx, args, &stdout, &stderr)
		cancel()
		if code != exitOK || !strings.Contains(stdout.String(), `"mode": "`+mode+`"`) {
			t.Errorf("%s: exit code %d: %s", mode, code, stdout.String())
		}
	}
	if sessions := s.connect(t, "look", "").call(`{"type":"get-sessions","request_id":1}`); strings.Contains(sessions.Raw, "LOAD_") {
		t.Errorf("a session is left behind: %s", sessions.Raw)
	}
}

// breakOff cancels with the first line that is written to it.
type breakOff struct{ cancel func() }

func (b *breakOff) Write(p []byte) (int, error) {
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
		{[]string{"ping", "--clients", "0"}, exitUsage, "--clients"},
		{[]string{"ping", "--clients", "50001"}, exitUsage, "--clients"},
		{[]string{"ping", "--duration", "0s"}, exitUsage, "--duration"},
		{[]string{"ping", "--duration", "2h"}, exitUsage, "--duration"},
		{[]string{"ping", "--rate", "-1"}, exitUsage, "--rate"},
		{[]string{"ping", "--rate", "NaN"}, exitUsage, "--rate"},
		{[]string{"ping", "--timeout", "0s"}, exitUsage, "--timeout"},
		{[]string{"ping", "--url", "http://localhost:8000"}, exitUsage, "ws://"},
		{[]string{"ping", "now"}, exitUsage, "takes flags only"},
		{[]string{"call"}, exitUsage, "arg"},
		{[]string{"call", "create-user", "id=1"}, exitUsage, "user_id"},
		{[]string{"call", "get-sesions"}, exitUsage, "get-sessions"},
		{[]string{"call", "get-user", "id"}, exitUsage, "FIELD=VALUE"},
		{[]string{"call", "get-user", "id:=x"}, exitUsage, "not JSON"},
		{[]string{"fanout"}, exitUsage, "password"},
		{[]string{"--bots", "-4", "--password", "x"}, exitUsage, "--bots must be from 1 to"},
		{[]string{"--bots", "5", "--password", "x"}, exitUsage, "--bots-per-session must be"},
		{[]string{"--bots", "4"}, exitUsage, "password"},
		{[]string{"--clients", "4"}, exitUsage, "unknown flag: --clients"}, // it used to set --bots
		{[]string{"ping", "--url", "ws://127.0.0.1:1/ws/connect"}, exitFailed, "connection refused"},
		{[]string{"idle", "--url", "ws://127.0.0.1:1/ws/connect"}, exitFailed, "connection refused"},
	} {
		var out strings.Builder
		args := append([]string{"load"}, row.args...)
		if code := run(t.Context(), args, &out, &out); code != row.want || !strings.Contains(out.String(), row.text) {
			t.Errorf("%q: exit code %d, want %d with %q: %s", row.args, code, row.want, row.text, out.String())
		}
	}
}

func TestCallExchange(t *testing.T) {
	t.Parallel()
	x, err := newCallExchange("create-user", []string{"user_id=1{n}", "username=a {n}{n}", "session_id=12"}, "p\"w", 7)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"create-user","request_id":9,"password":"p\"w","user_id":19,"username":"a 99","session_id":"12"}`
	if got := string(x.request(nil, 2)); got != want {
		t.Errorf("request\n %s, want\n %s", got, want)
	}
	for frame, want := range map[string]string{
		`{"type":"response","request_id":9,"data":null}`:                             "true ",
		`{"type":"response","request_id":9,"data":{"error":"no","code":"conflict"}}`: "true conflict",
		`{"type":"response","data":{"error":"no","code":"conflict"},"request_id":9}`: "true conflict",
		`{"type":"response","data":{"a":1},"request_id":9}`:                          "true ",
		`{"type":"response","request_id":90,"data":null}`:                            "false ",
		`{"type":"response","request_id":8,"data":{"error":"no","code":"conflict"}}`: "false ",
		`{"type":"api-create_user","data":{},"seq":1}`:                               "false ",
		`{"type":"error","message":"m","error":"m","code":"rate_limited"}`:           "true rate_limited",
	} {
		answered, code := x.answers([]byte(frame), 2)
		if got := fmt.Sprint(answered, " ", code); got != want {
			t.Errorf("%s: %s, want %s", frame, got, want)
		}
	}
	for _, row := range []struct {
		typ    string
		fields []string
		want   string
	}{
		{"get-sessions", nil, `{"type":"get-sessions","request_id":0}`},
		{"ping", []string{"content:=[{n}]"}, `{"type":"ping","request_id":0,"content":[0]}`},
		{"delete-user", []string{"password=mine", "user_id=1"}, `{"type":"delete-user","request_id":0,"password":"mine","user_id":1}`},
	} {
		x, err := newCallExchange(row.typ, row.fields, "other", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(x.request(nil, 0)); got != row.want {
			t.Errorf("request\n %s, want\n %s", got, row.want)
		}
	}
}

// TestFanOut_missed: a listener that an event does not reach is noticed, in the middle and at the end.
func TestFanOut_missed(t *testing.T) {
	t.Parallel()
	server, conn := net.Pipe()
	r := newLoadRun(loadConfig{duration: time.Minute, timeout: patience}, "fanout", io.Discard)
	f := fanOut{
		loadClient: &loadClient{loadRun: r}, arrivals: r.measure("arrival"), first: 2, sent: make([]atomic.Int64, sentRing), began: time.Now(),
	}
	f.last.Store(9)
	sent := make(chan error, 1)
	go func() {
		for _, text := range []string{
			`{"type":"api-update_user","data":{},"seq":2,"session_id":"G"}`, `{"type":"api-create_user","data":{},"seq":3,"session_id":"G"}`,
			`{"type":"api-update_user","data":{},"seq":5,"session_id":"G"}`, `{"type":"api-update_user","data":{},"seq":6,"session_id":"G"}`,
			`{"type":"api-session_deleted","data":{},"seq":10,"session_id":"G"}`,
		} {
			if err := wsutil.WriteServerText(server, []byte(text)); err != nil {
				sent <- err
				return
			}
		}
		_, err := io.Copy(io.Discard, server) // the close frame, so that the other side need not wait
		sent <- err
	}()
	f.listen(t.Context(), 0, &loadSocket{conn: conn, in: bufio.NewReader(conn)})
	if err := <-sent; err != nil {
		t.Error(err)
	}
	server.Close()
	report := r.report()
	// 3 and 4 in the middle, 7 to 9 at the end.
	if got := report.Errors["arrivals missed"]; got != 5 || report.failures() != 5 || report.series(t, "arrival").Count != 3 {
		t.Errorf("%+v", report)
	}
}

func TestEventNumber(t *testing.T) {
	t.Parallel()
	for frame, want := range map[string]int64{
		`{"type":"api-update_user","data":{"seq":4,"x":",\"seq\":5"},"seq":17,"session_id":"G","timestamp":1}`: 17,
		`{"type":"api-update_user","data":{},"seq":17,"session_id":"G","timestamp":1,"prev_seq":3}`:            17,
		`{"type":"api-update_users","data":{},"seq":17}`:                                                       0,
		`{"type":"api-update_user","data":{}}`:                                                                 0,
		`{"type":"api-update_user","data":{},"seq":`:                                                           0,
		`{}`: 0,
	} {
		if got, ok := eventNumber([]byte(frame), "api-update_user"); got != want || ok != (want != 0) {
			t.Errorf("%s: %d %v, want %d", frame, got, ok, want)
		}
	}
}
