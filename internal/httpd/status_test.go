package httpd_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gobwas "github.com/gobwas/ws"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/httpd"
)

// status is the documented answer of /ws/status.
type status struct {
	Status           string   `json:"status"`
	ServerStatus     string   `json:"server_status"`
	TotalConnections int      `json:"total_connections"`
	ConnectedClients []string `json:"connected_clients"`
	Messages         []struct {
		Type, Description, Noun, Auth string
		Args                          []struct {
			Name, Type, Description string
			Required                bool
		}
		Responses          []struct{ Type, Data string }
		Broadcasts, Errors []string
	} `json:"supported_message_types"`
	Broadcasts []struct {
		Type, Description, Delivery string
		Data                        []struct{ Name, Type, Description string }
	} `json:"broadcast_types"`
	Contract        string `json:"contract"`
	ContractVersion string `json:"contract_version"`
}

func (s *testServer) status(t *testing.T, header ...string) status {
	t.Helper()
	got := s.request(t, "GET", "/ws/status", header...)
	var body status
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 200 {
		t.Fatalf("got %d %s, error %v, want 200 with JSON", got.status, got.body, err)
	}
	// An empty list must be [], not null, because clients iterate over it.
	if strings.Contains(got.body, "null,") || strings.Contains(got.body, "null}") {
		t.Errorf("got %s, want [] instead of null", got.body)
	}
	return body
}

func TestStatus(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	got := s.status(t)
	if got.Status != "ok" || got.ServerStatus != "running" || got.TotalConnections != 0 ||
		got.Contract != wire.Hash || got.ContractVersion != wire.Version {
		t.Errorf("got %+v, want a running server without connections", got)
	}
	if len(got.Messages) != len(route.Messages()) || len(got.Broadcasts) != len(route.Broadcasts()) {
		t.Fatalf("got %d messages and %d broadcasts, want %d and %d",
			len(got.Messages), len(got.Broadcasts), len(route.Messages()), len(route.Broadcasts()))
	}
	for i, m := range route.Messages() {
		shown := got.Messages[i]
		if shown.Type != m.Type || shown.Description == "" || shown.Auth != string(m.Auth) || len(shown.Args) != len(m.Args) ||
			!slices.Equal(shown.Broadcasts, m.Emits) || len(shown.Responses) == 0 {
			t.Errorf("got %+v, want %+v", shown, m)
		}
	}
	ping := got.Messages[slices.IndexFunc(route.Messages(), func(m *route.Message) bool { return m.Type == "ping" })]
	if len(ping.Responses) != 2 || ping.Responses[0].Type != "pong" || ping.Responses[1].Type != "response" {
		t.Errorf("ping: got responses %+v, want pong and response", ping.Responses)
	}
	for i, b := range route.Broadcasts() {
		if shown := got.Broadcasts[i]; shown.Type != b.Type || shown.Delivery == "" || len(shown.Data) != len(b.Fields) {
			t.Errorf("got %+v, want %+v", shown, b)
		}
	}
}

// TestStatusHidesClients: client ids may be names of people, so only the operator sees them.
func TestStatusHidesClients(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	for _, id := range []string{"zoe", "adam"} {
		conn, _, _, err := gobwas.Dial(t.Context(), "ws://"+s.address+"/ws/connect?client_id="+id)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	for _, header := range [][]string{nil, {"Authorization: Bearer wrong"}, {"Authorization: Basic x"}} {
		if got := s.status(t, header...); got.TotalConnections != 2 || len(got.ConnectedClients) != 0 {
			t.Errorf("with %q: got %d connections, clients %q, want 2 and no ids", header, got.TotalConnections, got.ConnectedClients)
		}
	}
	if got := s.status(t, "Authorization: Bearer "+password); !slices.Equal(got.ConnectedClients, []string{"adam", "zoe"}) {
		t.Errorf("with the password: got %q, want both clients", got.ConnectedClients)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	s := startServer(t, httpd.Options{Ready: func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("got a context without deadline, want one")
		}
		if broken.Load() {
			return errors.New("database: secret details")
		}
		return nil
	}})
	check := func(target string, status int, body string) {
		t.Helper()
		if got := s.request(t, "GET", target); got.status != status || strings.TrimSpace(got.body) != body {
			t.Errorf("%s: got %d %s, want %d %s", target, got.status, got.body, status, body)
		}
	}
	check("/healthz", 200, `{"status":"ok"}`)
	check("/readyz", 200, `{"status":"ready"}`)
	broken.Store(true)
	check("/readyz", 503, `{"status":"unavailable"}`)
	check("/healthz", 200, `{"status":"ok"}`)
	if err := s.sockets.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("/readyz", 503, `{"status":"draining"}`)
	if got := s.status(t); got.ServerStatus != "draining" {
		t.Errorf("got server_status %q, want draining", got.ServerStatus)
	}
	wantRefused(t, s.request(t, "GET", "/ws/connect?client_id=c", upgrade...), 503, "internal")
}

func TestOtherRequests(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	wantRefused(t, s.request(t, "GET", "/nowhere"), 404, "not_found")
	wantRefused(t, s.request(t, "GET", "/ws/status/"), 404, "not_found")
	wantRefused(t, s.request(t, "DELETE", "/ws/status"), 405, "invalid_field")
	if got := s.request(t, "HEAD", "/healthz"); got.status != 200 || got.body != "" {
		t.Errorf("HEAD: got %+v, want 200 without a body", got)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	wantRefused(t, startServer(t, httpd.Options{}).request(t, "GET", "/metrics"), 404, "not_found")
	s := startServer(t, httpd.Options{Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "figures") })})
	if got := s.request(t, "GET", "/metrics"); got.status != 200 || got.body != "figures" {
		t.Errorf("got %+v, want 200 figures", got)
	}
	wantRefused(t, s.request(t, "POST", "/metrics"), 405, "invalid_field")
}

// pipeListener accepts in-memory pipes.
type pipeListener struct {
	conns chan net.Conn
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	if conn, open := <-l.conns; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.conns) })
	return nil
}

func (*pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// TestSlowRequests: a connection with an unfinished request, or with none, is closed after its timeout.
// The clock is virtual.
func TestSlowRequests(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		send string
		want time.Duration
	}{
		"header": {"GET /healthz HTTP/1.1\r\nHost: x\r\nX-", 5 * time.Second},
		"body":   {"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", 10 * time.Second},
		"idle":   {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &pipeListener{conns: make(chan net.Conn, 1)}
				server := httpd.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					io.Copy(io.Discard, r.Body)
				}), httpd.Limits{}, slog.New(slog.DiscardHandler))
				go server.Serve(l)
				defer server.Close()
				client, end := net.Pipe()
				defer client.Close()
				l.conns <- end
				began := time.Now()
				if _, err := io.WriteString(client, tt.send); err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, client)
				if took := time.Since(began); took < tt.want || took > tt.want+time.Second {
					t.Errorf("got the connection closed after %s, want %s", took, tt.want)
				}
			})
		})
	}
}
