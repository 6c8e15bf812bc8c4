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

// status is what /ws/status is documented to say.
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

func (s *site) status(t *testing.T, header ...string) status {
	t.Helper()
	got := s.ask(t, "GET", "/ws/status", header...)
	var body status
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 200 {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	// A list without entries is [], not null: readers iterate over it.
	if strings.Contains(got.body, "null,") || strings.Contains(got.body, "null}") {
		t.Errorf("null instead of a list in %s", got.body)
	}
	return body
}

func TestStatus(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	got := s.status(t)
	if got.Status != "ok" || got.ServerStatus != "running" || got.TotalConnections != 0 ||
		got.Contract != wire.Hash || got.ContractVersion != wire.Version {
		t.Errorf("%+v", got)
	}
	if len(got.Messages) != len(route.Messages()) || len(got.Broadcasts) != len(route.Broadcasts()) {
		t.Fatalf("%d messages, %d broadcasts", len(got.Messages), len(got.Broadcasts))
	}
	for i, m := range route.Messages() {
		shown := got.Messages[i]
		if shown.Type != m.Type || shown.Description == "" || shown.Auth != string(m.Auth) || len(shown.Args) != len(m.Args) ||
			!slices.Equal(shown.Broadcasts, m.Emits) || len(shown.Responses) == 0 {
			t.Errorf("shown %+v, served %+v", shown, m)
		}
	}
	ping := got.Messages[slices.IndexFunc(route.Messages(), func(m *route.Message) bool { return m.Type == "ping" })]
	if len(ping.Responses) != 2 || ping.Responses[0].Type != "pong" || ping.Responses[1].Type != "response" {
		t.Errorf("ping is answered by %+v", ping.Responses)
	}
	for i, b := range route.Broadcasts() {
		if shown := got.Broadcasts[i]; shown.Type != b.Type || shown.Delivery == "" || len(shown.Data) != len(b.Fields) {
			t.Errorf("shown %+v, sent %+v", shown, b)
		}
	}
}

// TestStatusHidesClients: ids are names of people; only the operator may see them.
func TestStatusHidesClients(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	for _, id := range []string{"zoe", "adam"} {
		conn, _, _, err := gobwas.Dial(t.Context(), "ws://"+s.address+"/ws/connect?client_id="+id)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	for _, header := range [][]string{nil, {"Authorization: Bearer wrong"}, {"Authorization: Basic x"}} {
		if got := s.status(t, header...); got.TotalConnections != 2 || len(got.ConnectedClients) != 0 {
			t.Errorf("with %q: %d connections, clients %q", header, got.TotalConnections, got.ConnectedClients)
		}
	}
	if got := s.status(t, "Authorization: Bearer "+password); !slices.Equal(got.ConnectedClients, []string{"adam", "zoe"}) {
		t.Errorf("the operator sees %q", got.ConnectedClients)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	s := start(t, httpd.Options{Ready: func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the check may take for ever")
		}
		if broken.Load() {
			return errors.New("database: secret details")
		}
		return nil
	}})
	check := func(target string, status int, body string) {
		t.Helper()
		if got := s.ask(t, "GET", target); got.status != status || strings.TrimSpace(got.body) != body {
			t.Errorf("%s: %d %s, want %d %s", target, got.status, got.body, status, body)
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
		t.Errorf("server_status %q", got.ServerStatus)
	}
	wantRefused(t, s.ask(t, "GET", "/ws/connect?client_id=c", upgrade...), 503, "internal")
}

func TestOtherRequests(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	wantRefused(t, s.ask(t, "GET", "/nowhere"), 404, "not_found")
	wantRefused(t, s.ask(t, "GET", "/ws/status/"), 404, "not_found")
	wantRefused(t, s.ask(t, "DELETE", "/ws/status"), 405, "invalid_field")
	if got := s.ask(t, "HEAD", "/healthz"); got.status != 200 || got.body != "" {
		t.Errorf("HEAD: %+v", got)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	wantRefused(t, start(t, httpd.Options{}).ask(t, "GET", "/metrics"), 404, "not_found")
	s := start(t, httpd.Options{Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "figures") })})
	if got := s.ask(t, "GET", "/metrics"); got.status != 200 || got.body != "figures" {
		t.Errorf("%+v", got)
	}
	wantRefused(t, s.ask(t, "POST", "/metrics"), 405, "invalid_field")
}

// listener hands out one end of in-memory pipes.
type listener struct {
	conns chan net.Conn
	once  sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	if conn, open := <-l.conns; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.conns) })
	return nil
}

func (*listener) Addr() net.Addr { return &net.TCPAddr{} }

// TestSlowRequests: a client that sends its request drop by drop, or none at all, is cut off. The clock is virtual.
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
				l := &listener{conns: make(chan net.Conn, 1)}
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
					t.Errorf("cut off after %s, want %s", took, tt.want)
				}
			})
		})
	}
}
