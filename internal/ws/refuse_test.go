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

// refuse closes whoever connects.
func refuse(server *ws.Server, w http.ResponseWriter, r *http.Request) error {
	return server.Refuse(w, r, ws.CloseNoSession, "Session not found")
}

// unseen is a server's config by which a test fails when anything of a socket is told; the dispatcher does too.
func unseen(t *testing.T) (dispatch, ws.Config) {
	t.Helper()
	d := func(_ context.Context, _ *route.Caller, text string) []string {
		t.Errorf("%q was dispatched", text)
		return nil
	}
	return d, ws.Config{
		Opened: func(*ws.Socket) error { t.Error("it was opened"); return nil },
		Closed: func(*ws.Socket) { t.Error("it was closed") },
	}
}

// TestRefuse: what HTTP answers to a handshake is hidden from scripts in browsers, so a client that could not be served looked to them like
// a network that is down, and tried again for ever. They see a close code; nothing that the client sends is read.
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
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(map[ws.CloseCode]int{ws.CloseNoSession: 4}, got.Ended); diff != "" {
		t.Errorf("how they ended (-want +got):\n%s", diff)
	}
}

// TestRefuse_overTLS: there a goroutine of the socket's own writes.
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

// TestRefuse_counts: whoever is refused has a place until it is gone, so that nobody gets more of them by being refused.
func TestRefuse_counts(t *testing.T) {
	t.Parallel()
	d, c := unseen(t)
	c.MaxSockets, c.Linger = 1, patience
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
		t.Errorf("the second: %v, status %d", err, answer.StatusCode)
	}
	first.Close() // and the place is free again
	for deadline := time.Now().Add(patience); server.Stats().Open > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the place is still taken")
		}
	}
	dial(t, address, "c").want(t, "close:4404 Session not found", "end: EOF")
}

// TestRefuse_staysShort: a client that does not go, whatever it sends, is cut off.
func TestRefuse_staysShort(t *testing.T) {
	t.Parallel()
	d, c := unseen(t)
	c.Linger, c.WriteTimeout = 20*time.Millisecond, time.Second
	_, address := serveBy(t, d, c, refuse)
	p := dial(t, address, "c")
	for {
		if _, err := p.Write(text("more")); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("it is still listened to")
		} else if err != nil {
			break
		}
	}
}

// TestRefuse_drains: a server that ends waits for those whom it has just refused, and they keep their code.
func TestRefuse_drains(t *testing.T) {
	t.Parallel()
	server, address := serveBy(t, dispatch(echo), ws.Config{}, refuse)
	p := dial(t, address, "c")
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.want(t, "close:4404 Session not found", "end: EOF")
	if got := server.Stats(); got.Open != 0 || got.Ended[ws.CloseNoSession] != 1 {
		t.Errorf("%+v", got)
	}
}
