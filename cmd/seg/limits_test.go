package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/httpd"
	segws "seg.example/internal/ws"
)

const wrongGuess = `{"type":"delete-session","session_id":"G","really":true,"password":"wrong","request_id":1}`

// TestLimits_wrongPasswords: all connections of one address share its wrong passwords, and those in Authorization count too.
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
	// The first delay is one second, each further one twice as long. On a slow machine the first ones may be over before they are looked at.
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
	if got := first.call(create); got.Code != "conflict" { // it is judged by the game, not by the guard
		t.Errorf("the right password of one who has shown it before: %s", got.Raw)
	}
	for _, c := range []*client{first, second} {
		if got := c.call(`{"type":"get-sessions","request_id":2}`); got.Code != "" {
			t.Errorf("what needs no password: %s", got.Raw)
		}
	}
	// The delay is short enough to be waited for.
	deadline := time.Now().Add(patience)
	for got := second.call(strings.Replace(create, `"G"`, `"H"`, 1)); got.Code != ""; got = second.call(strings.Replace(create, `"G"`, `"H"`, 1)) {
		if got.Code != "rate_limited" || time.Now().After(deadline) {
			t.Fatalf("the right password, again: %s", got.Raw)
		}
		time.Sleep(50 * time.Millisecond) // not to use up the messages that the connection may send
	}
}

// status asks for /ws/status with a token.
func (s *server) status(t *testing.T, token string) int {
	t.Helper()
	code, _ := get(t, "http://"+s.addr+"/ws/status", "Authorization", "Bearer "+token)
	return code
}

// TestLimits_flags: what the flags say reaches the parts that hold clients to it.
func TestLimits_flags(t *testing.T) {
	t.Parallel()
	s := start(t, "--message-rate", "1", "--message-burst", "10", "--max-connections", "3", "--max-connections-per-address", "2",
		"--ping-interval", "50ms", "--pong-timeout", "10m", "--max-header", "8192", "--trusted-proxies", "127.0.0.1")
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
	if h, err := ws.ReadHeader(c.in); err != nil || h.OpCode != ws.OpPing {
		t.Errorf("want a ping, got %+v, %v", h, err)
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
		if got := run(t.Context(), append([]string{"serve"}, flags...), &out, &out); got != exitUsage || !strings.Contains(out.String(), flags[0]) {
			t.Errorf("%v: exit code %d\n%s", flags, got, out.String())
		}
	}
}

// The handlers of a server that has a fault: asked for a user it panics.
type (
	soundSystem    struct{ route.SystemHandler }
	soundSessions  struct{ route.SessionHandler }
	soundCompanies struct{ route.CompanyHandler }
	soundFactories struct{ route.FactoryHandler }
	soundExchanges struct{ route.ExchangeHandler }
	panickingUsers struct{ route.UserHandler }
)

func (soundSystem) Ping(_ context.Context, c route.Caller, _ *wire.Ping) (*wire.Pong, error) {
	return &wire.Pong{ClientID: c.ClientID}, nil
}

func (panickingUsers) GetUser(context.Context, route.Caller, *wire.GetUser) (*wire.User, error) {
	panic("a fault in a handler")
}

// TestPanicHurtsOneRequest: a panic in a handler is answered with internal and an id, which the log has too, with where it happened;
// the connection and all others go on.
func TestPanicHurtsOneRequest(t *testing.T) {
	t.Parallel()
	var logged strings.Builder
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	guard := auth.NewGuard(auth.New(password), 0, time.Now)
	clients := newHub(new(eventLog), log)
	defer clients.Close()
	sockets := segws.New(route.NewDispatcher(
		route.Handlers{
			System: soundSystem{}, User: panickingUsers{}, Session: soundSessions{},
			Company: soundCompanies{}, Factory: soundFactories{}, Exchange: soundExchanges{},
		},
		route.Options{Interceptors: []route.Interceptor{segws.RateLimit}, Fault: faults(log)},
	), segws.Config{Closed: func(s *segws.Socket) { clients.Remove(s) }, Log: log})
	face, err := httpd.New(httpd.Options{Sockets: sockets, Clients: clients, Passwords: guard})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	address, ended := serveFace(ctx, t, httpd.NewServer(face, httpd.Limits{}, log), sockets)
	s := &server{addr: address}
	unlucky, other := s.connect(t, "unlucky", ""), s.connect(t, "other", "")
	got := unlucky.call(`{"type":"get-user","id":1,"request_id":"r"}`)
	id, found := strings.CutPrefix(got.Text, "Internal error ")
	if got.Code != "internal" || !found || id == "" || strings.Contains(got.Raw, "fault") {
		t.Errorf("answered with %s", got.Raw)
	}
	for _, c := range []*client{unlucky, other} {
		if got := c.call(`{"type":"ping"}`); got.Type != "pong" {
			t.Errorf("the server does not serve any more: %s", got.Raw)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	keepsSecrets(t, "log", logged.String())
	for _, want := range []string{`"level":"ERROR"`, `"id":"` + id + `"`, "a fault in a handler", "limits_test.go"} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, logged.String())
		}
	}
}

// serveFace serves until ctx ends, then drains as the program does, and tells how that went.
func serveFace(ctx context.Context, t *testing.T, face *http.Server, sockets *segws.Server) (address string, ended <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		served := make(chan error, 1)
		go func() { served <- face.Serve(listener) }()
		<-ctx.Done()
		done <- drain(ctx, face, sockets)
		<-served
	}()
	return listener.Addr().String(), done
}
