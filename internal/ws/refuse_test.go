package ws_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// refuse refuses every connection.
func refuse(server *ws.Server, w http.ResponseWriter, r *http.Request) error {
	return server.Refuse(w, r, ws.CloseNoSession, "Session not found")
}

// unseen returns a dispatcher and a Config that fail the test when they are called.
func unseen(t *testing.T) (dispatch, ws.Config) {
	t.Helper()
	d := func(_ context.Context, _ *route.Caller, text string) []string {
		t.Errorf("got %q dispatched, want nothing", text)
		return nil
	}
	return d, ws.Config{
		Opened: func(*ws.Socket) error { t.Error("got a call of Opened, want none"); return nil },
		Closed: func(*ws.Socket) { t.Error("got a call of Closed, want none") },
	}
}

// TestRefuse: scripts in browsers cannot see the HTTP status of a failed handshake, so refused
// clients once kept reconnecting. They must see a close code, and the server must ignore their
// input.
func TestRefuse(t *testing.T) {
	t.Parallel()
	d, c := unseen(t)
	server, address := serveBy(t, d, c, refuse)
	for _, early := range [][][]byte{
		nil,
		{text("a"), ping("p"), text("b")},
		{unmasked(fin|opText, "not masked")},
		{closing(1000, "")},
	} {
		p := dial(t, address, "c", early...)
		p.want(t, "close:4404 Session not found", "end: EOF")
		p.send(t, closing(4404, ""))
		p.Close()
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := server.Stats()
	if got.Open != 0 || got.Opened != 4 || got.FramesIn != 0 || got.FramesOut != 4 {
		t.Errorf("got stats %+v, want no open sockets and none counted as opened", got)
	}
	if diff := cmp.Diff(map[ws.CloseCode]int{ws.CloseNoSession: 4}, got.Ended); diff != "" {
		t.Errorf("endings (-want +got):\n%s", diff)
	}
}

// TestRefuse_overTLS: with TLS a goroutine of the socket writes the close frame.
func TestRefuse_overTLS(t *testing.T) {
	t.Parallel()
	d, c := unseen(t)
	server := ws.New(d, generous(c))
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := refuse(server, w, r); err != nil {
			t.Error(err)
		}
	}))
	front.StartTLS()
	defer front.Close()
	plain, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	authority := front.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	p := shake(t, tls.Client(plain, &tls.Config{RootCAs: authority, ServerName: "example.com"}), "c", text("a"))
	p.want(t, "close:4404 Session not found", "end: EOF")
	p.Close()
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestRefuse_counts: a refused socket counts for the limits until it has ended.
func TestRefuse_counts(t *testing.T) {
	t.Parallel()
	d, c := unseen(t)
	c.MaxSockets, c.Linger = 1, timeout
	results := make(chan error, 3)
	server, address := serveBy(t, d, c, func(server *ws.Server, w http.ResponseWriter, r *http.Request) error {
		err := refuse(server, w, r)
		results <- err
		return err
	})
	first := dial(t, address, "c")
	first.want(t, "close:4404 Session not found", "end: EOF")
	if err := <-results; err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodGet, "http://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	var full *ws.Refused
	if err := <-results; !errors.As(err, &full) || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("second connection: got %v and status %d, want it refused for the limit", err, answer.StatusCode)
	}
	first.Close() // frees the place
	for deadline := time.Now().Add(timeout); server.Stats().Open > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("got a refusal after the first connection ended, want none")
		}
	}
	dial(t, address, "c").want(t, "close:4404 Session not found", "end: EOF")
}

// TestRefuse_staysShort: a refused client that does not close, whatever it sends, is cut off.
func TestRefuse_staysShort(t *testing.T) {
	t.Parallel()
	d, c := unseen(t)
	c.Linger, c.WriteTimeout = 20*time.Millisecond, time.Second
	_, address := serveBy(t, d, c, refuse)
	p := dial(t, address, "c")
	for {
		if _, err := p.Write(text("more")); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("got an open connection, want it cut off")
		} else if err != nil {
			break
		}
	}
}

// TestRefuse_drains: Shutdown waits for refused sockets, and they keep their code.
func TestRefuse_drains(t *testing.T) {
	t.Parallel()
	server, address := serveBy(t, dispatch(echo), ws.Config{}, refuse)
	p := dial(t, address, "c")
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.want(t, "close:4404 Session not found", "end: EOF")
	if got := server.Stats(); got.Open != 0 || got.Ended[ws.CloseNoSession] != 1 {
		t.Errorf("got stats %+v, want no open sockets", got)
	}
}
