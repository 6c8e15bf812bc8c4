package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	remote "seg.example/gen/client"
	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/httpd"
	"seg.example/internal/ws"
)

// The handlers of a server with a bug: GetUser panics.
type (
	goodSystem     struct{ route.SystemHandler }
	goodSessions   struct{ route.SessionHandler }
	goodCompanies  struct{ route.CompanyHandler }
	goodFactories  struct{ route.FactoryHandler }
	goodExchanges  struct{ route.ExchangeHandler }
	panickingUsers struct{ route.UserHandler }
)

func (goodSystem) Ping(_ context.Context, c route.Caller, _ *wire.Ping) (*wire.Pong, error) {
	return &wire.Pong{Timestamp: `""`, ClientID: c.ClientID, Content: `"Pong!"`, Contract: wire.Hash}, nil
}

func (panickingUsers) GetUser(context.Context, route.Caller, *wire.GetUser) (*wire.User, error) {
	panic("a bug in a handler")
}

// TestPanicHurtsOneRequest: a panic in a handler fails only its own request. The client gets the code internal and an id. The log has
// the same id and the place of the panic. This connection and the others continue.
func TestPanicHurtsOneRequest(t *testing.T) {
	t.Parallel()
	var logged strings.Builder
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	clients := newHub(new(eventLog), log)
	defer clients.Close()
	sockets := ws.New(route.NewDispatcher(
		route.Handlers{
			System: goodSystem{}, User: panickingUsers{}, Session: goodSessions{},
			Company: goodCompanies{}, Factory: goodFactories{}, Exchange: goodExchanges{},
		},
		route.Options{Interceptors: []route.Interceptor{ws.RateLimit}, Fault: logFaults(log)},
	), ws.Config{Closed: func(s *ws.Socket) { clients.Remove(s) }, Log: log})
	face, err := httpd.New(httpd.Options{Sockets: sockets, Clients: clients, Passwords: auth.NewGuard(auth.New("password"), 0, time.Now)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	address, ended := serveUntil(ctx, t, httpd.NewServer(face, httpd.Limits{}, log), sockets)
	var all []*remote.Client
	for _, id := range []string{"unlucky", "other"} {
		c, err := remote.Dial(t.Context(), "ws://"+address+"/ws/connect", remote.Options{ClientID: id})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		all = append(all, c)
	}
	_, err = all[0].GetUser(t.Context(), &wire.GetUser{ID: wire.Some(int64(1))})
	refused, _ := errors.AsType[*remote.Error](err)
	if refused == nil || refused.Code != wire.ErrorCodeInternal || strings.Contains(err.Error(), "bug") {
		t.Fatalf("GetUser: got %v, want the code internal without the cause", err)
	}
	id, found := strings.CutPrefix(refused.Text, "Internal error ")
	if !found || id == "" {
		t.Errorf("GetUser: got the text %q, want an id in it", refused.Text)
	}
	for i, c := range all {
		if _, err := c.Ping(t.Context(), &wire.Ping{}); err != nil {
			t.Errorf("ping of connection %d after the panic: %v", i, err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, want := range []string{`"level":"ERROR"`, `"id":"` + id + `"`, "a bug in a handler", "faults_internal_test.go"} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, logged.String())
		}
	}
}

// serveUntil serves until ctx ends, then drains as the program does. ended gets the error of the drain.
func serveUntil(ctx context.Context, t *testing.T, face *http.Server, sockets *ws.Server) (address string, ended <-chan error) {
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
		err := drain(ctx, face, sockets)
		<-served
		done <- err
	}()
	return listener.Addr().String(), done
}

// TestLogFaults_secrets: the log of a failed request contains neither the password nor the client key, and nor does the answer.
func TestLogFaults_secrets(t *testing.T) {
	t.Parallel()
	const password, key = "secret-password-4711", "secret-client-key-4712"
	var log strings.Builder
	call := &route.Call{
		Message: route.Messages()[0], Secret: wire.Secret(password), HasSecret: true, RequestID: `"r"`,
		Caller: &route.Caller{ClientID: "ann", Key: key},
	}
	fault := logFaults(slog.New(slog.NewJSONHandler(&log, nil)))
	answers := fault(t.Context(), call, &route.PanicError{Value: fmt.Sprintf("with %v", call.Secret), Stack: []byte("main.go:1")})
	answers += fault(t.Context(), call, errors.New("disk full"))
	for _, secret := range []string{password, key} {
		if strings.Contains(answers+log.String(), secret) {
			t.Errorf("the answers or the log contain %s: %s\n%s", secret, answers, log.String())
		}
	}
	for line := range strings.Lines(log.String()) {
		var entry struct{ ID, Level, Client, Error string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.ID == "" || entry.Level != "ERROR" || entry.Client != "ann" || entry.Error == "" {
			t.Errorf("%v: %s", err, line)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 2 || !strings.Contains(log.String(), "main.go:1") {
		t.Errorf("got %d lines for two faults, want 2: %s", n, log.String())
	}
}

// TestLogFaults_oneLine: each fault is one line of the log, also if the client id or the error contains line ends or control characters.
func TestLogFaults_oneLine(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	fault := logFaults(slog.New(slog.NewJSONHandler(&log, nil)))
	names := []string{
		"a\nb", "\x1b[31mred", "a\r\n{\"msg\":\"forged\"}", "a\u2028b", "a\u2029b", "\u202egnp.exe", "\x00", `a\`, `"`,
		`","level":"ERROR","msg":"forged"}`, `{"level":"ERROR","msg":"forged"}`, `\n{"msg":"forged"}`, `%s%n%d`, "Игрок 😀", strings.Repeat("x", 128),
	}
	for _, name := range names {
		call := &route.Call{Message: route.Messages()[0], Caller: &route.Caller{ClientID: name}}
		if text := fault(t.Context(), call, errors.New("no row for "+name)); len(name) > 1 && strings.Contains(text, name) {
			t.Errorf("the client gets %q", text)
		}
	}
	lines := slices.Collect(strings.Lines(log.String()))
	if len(lines) != len(names) {
		t.Fatalf("got %d lines, want %d, one for each fault", len(lines), len(names))
	}
	for i, line := range lines {
		if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' || r == '\u2028' || r == '\u2029' }) {
			t.Errorf("some programs read %q as more than one line", line)
		}
		var entry struct{ Msg, Client, Error string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Msg != "a request failed" || entry.Client != names[i] || entry.Error != "no row for "+names[i] {
			t.Errorf("%q became %+v", names[i], entry)
		}
	}
}
