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

func TestSourceOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "192.0.2.7": "192.0.2.7", "[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::": "2001:db8:1:2::/64", "[::ffff:192.0.2.7]:1": "192.0.2.7", "[fe80::1%eth0]:1": "fe80::/64",
		"": "unknown", "@": "unknown", "example.test:80": "unknown",
	} {
		if got := ws.ClientNetOf(address).String(); got != want {
			t.Errorf("%q is of %s, want %s", address, got, want)
		}
	}
}

// TestSourceFrom: a dispatcher can tell where a message comes from.
func TestSourceFrom(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(func(ctx context.Context, _ *route.Caller, _ string) []string {
		return []string{ws.ClientNetFrom(ctx).String()}
	}), ws.Config{})
	p := dial(t, address, "c")
	p.send(t, text("a"), text("b"))
	p.want(t, "text:127.0.0.1", "text:127.0.0.1")
	if got := ws.ClientNetFrom(t.Context()); got != (ws.ClientNet{}) {
		t.Errorf("%s outside a Dispatch", got)
	}
}

// try opens a connection from a local address and returns the status and Retry-After of the answer, and the connection.
func try(t *testing.T, address, from string) (status int, retryAfter string, p *peer) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p = newPeer(conn)
	p.SetDeadline(time.Now().Add(patience))
	p.send(t, fmt.Appendf(nil, handshake, "c"))
	response, err := http.ReadResponse(p.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode, response.Header.Get("Retry-After"), p
}

// TestRoom fills a server up, from one address and from all, and makes room again.
func TestRoom(t *testing.T) {
	t.Parallel()
	closed := make(chan *ws.Socket, 10)
	server, address := serve(t, dispatch(echo), ws.Config{
		MaxSockets: 3, MaxPerSource: 2, Closed: func(s *ws.Socket) { closed <- s },
	})
	want := func(from string, status int) *peer {
		t.Helper()
		got, retry, p := try(t, address, from)
		if got != status || (status != 101) != (retry == "5") {
			t.Fatalf("from %s: status %d, Retry-After %q, want %d", from, got, retry, status)
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
		t.Errorf("Check: %v", refused)
	}
	third.Close()
	<-closed
	waitUntil(t, func() bool { return server.Stats().Open == 2 })
	want("127.0.0.1", 429)
	if err := server.Check(r); err != nil {
		t.Errorf("Check with room: %v", err)
	}
	first.Close()
	<-closed
	waitUntil(t, func() bool { return server.Stats().Open == 1 })
	want("127.0.0.1", 101)
}

func TestNoBounds(t *testing.T) {
	t.Parallel()
	server, address := serve(t, dispatch(echo), ws.Config{MaxSockets: -1, MaxPerSource: -1})
	for range 20 {
		dial(t, address, "c")
	}
	if got := server.Stats().Open; got != 20 {
		t.Errorf("%d are open", got)
	}
}

// TestUnwanted: a socket that Opened refuses leaves nothing behind, and the error is the caller's to answer.
func TestUnwanted(t *testing.T) {
	t.Parallel()
	refusal := errors.New("not you")
	server := ws.New(dispatch(echo), ws.Config{
		Opened: func(s *ws.Socket) error { s.Send(ws.TextFrame([]byte("never sent"))); return refusal },
		Closed: func(*ws.Socket) { t.Error("Closed was called") },
	})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	if err := server.Upgrade(nil, r, route.Caller{}); !errors.Is(err, refusal) { // a nil writer: nothing may be written
		t.Errorf("Upgrade: %v", err)
	}
	if got := server.Stats(); got.Open != 0 || got.Opened != 0 || len(got.Ended) != 0 {
		t.Errorf("%+v", got)
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// waitUntil returns once done is true. Nothing tells when a socket has been forgotten but its figures.
func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("it never came true")
		}
	}
}
