package ws_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

func TestClientNetOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "192.0.2.7": "192.0.2.7", "[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::": "2001:db8:1:2::/64", "[::ffff:192.0.2.7]:1": "192.0.2.7", "[fe80::1%eth0]:1": "fe80::/64",
		"": "unknown", "@": "unknown", "example.test:80": "unknown",
	} {
		if got := ws.ClientNetOf(address).String(); got != want {
			t.Errorf("ClientNetOf(%q): got %s, want %s", address, got, want)
		}
	}
}

// TestClientNetFrom: a dispatcher can find out where a message comes from.
func TestClientNetFrom(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(func(ctx context.Context, _ *route.Caller, _ string) []string {
		return []string{ws.ClientNetFrom(ctx).String()}
	}), ws.Config{})
	p := dial(t, address, "c")
	p.send(t, text("a"), text("b"))
	p.want(t, "text:127.0.0.1", "text:127.0.0.1")
	if got := ws.ClientNetFrom(t.Context()); got != (ws.ClientNet{}) {
		t.Errorf("outside a Dispatch: got %s, want the zero ClientNet", got)
	}
}

// try connects from a local address and returns the status and Retry-After of the answer, and the
// connection.
func try(t *testing.T, address, from string) (status int, retryAfter string, p *peer) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p = newPeer(conn)
	p.SetDeadline(time.Now().Add(timeout))
	p.send(t, fmt.Appendf(nil, handshake, "c"))
	response, err := http.ReadResponse(p.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode, response.Header.Get("Retry-After"), p
}

// TestConnectionLimits reaches the limits for one address and for all, then closes connections and
// connects again.
func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	closed := make(chan *ws.Socket, 10)
	server, address := serve(t, dispatch(echo), ws.Config{
		MaxSockets: 3, MaxPerSource: 2, Closed: func(s *ws.Socket) { closed <- s },
	})
	want := func(from string, status int) *peer {
		t.Helper()
		got, retry, p := try(t, address, from)
		if got != status || (status != 101) != (retry == "5") {
			t.Fatalf("from %s: got status %d and Retry-After %q, want %d", from, got, retry, status)
		}
		return p
	}
	first := want("127.0.0.1", 101)
	want("127.0.0.1", 101)
	want("127.0.0.1", 429)
	third := want("127.0.0.2", 101)
	want("127.0.0.2", 503)
	want("127.0.0.1", 503)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	if refused, ok := errors.AsType[*ws.Refused](server.Check(r)); !ok || refused.Status != 503 {
		t.Errorf("Check at the limit: got %v, want a refusal", refused)
	}
	third.Close()
	<-closed
	waitUntil(t, func() bool { return server.Stats().Open == 2 })
	want("127.0.0.1", 429)
	if err := server.Check(r); err != nil {
		t.Errorf("Check below the limit: got %v, want no error", err)
	}
	first.Close()
	<-closed
	waitUntil(t, func() bool { return server.Stats().Open == 1 })
	want("127.0.0.1", 101)
}

func TestConnectionLimits_off(t *testing.T) {
	t.Parallel()
	server, address := serve(t, dispatch(echo), ws.Config{MaxSockets: -1, MaxPerSource: -1})
	for range 20 {
		dial(t, address, "c")
	}
	if got := server.Stats().Open; got != 20 {
		t.Errorf("got %d open sockets, want all", got)
	}
}

// TestOpened_refuses: a socket that Opened refuses is removed. Upgrade returns the error and writes
// nothing.
func TestOpened_refuses(t *testing.T) {
	t.Parallel()
	refusal := errors.New("not you")
	server := ws.New(dispatch(echo), ws.Config{
		Opened: func(s *ws.Socket) error { s.Send(ws.TextFrame([]byte("never sent"))); return refusal },
		Closed: func(*ws.Socket) { t.Error("got a call of Closed, want none") },
	})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	if err := server.Upgrade(nil, r, route.Caller{}); !errors.Is(err, refusal) { // the nil writer fails if anything is written
		t.Errorf("Upgrade: got %v, want the error of Opened", err)
	}
	if got := server.Stats(); got.Open != 0 || got.Opened != 0 || len(got.Ended) != 0 {
		t.Errorf("got stats %+v, want no socket", got)
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// waitUntil waits until done returns true. Only the statistics show when a socket was removed.
func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("timeout: the condition is still false")
		}
	}
}
