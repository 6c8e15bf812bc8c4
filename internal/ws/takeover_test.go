package ws_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// The tests here put a connection of their own in the place of net/http's.

// lost is a ResponseWriter whose connection cannot be taken over.
type lost struct{ *httptest.ResponseRecorder }

// TestLostHandshake: a socket that came to nothing is closed, and nothing waits for it.
func TestLostHandshake(t *testing.T) {
	t.Parallel()
	var open, closed atomic.Int64
	server := ws.New(dispatch(echo), ws.Config{
		Opened: func(s *ws.Socket) error { s.Send(ws.TextFrame([]byte("never sent"))); open.Add(1); return nil },
		Closed: func(*ws.Socket) { closed.Add(1) },
	})
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(fmt.Sprintf(handshake, "c"))))
	if err != nil {
		t.Fatal(err)
	}
	err = server.Upgrade(lost{httptest.NewRecorder()}, r, route.Caller{})
	if _, refused := errors.AsType[*ws.Refused](err); err == nil || refused {
		t.Errorf("Upgrade: %v, want an error that is no refusal", err)
	}
	if open.Load() != 1 || closed.Load() != 1 {
		t.Errorf("opened %d times, closed %d times", open.Load(), closed.Load())
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// given is a ResponseWriter that hands over conn.
type given struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (g given) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return g.conn, bufio.NewReadWriter(bufio.NewReader(g.conn), bufio.NewWriter(g.conn)), nil
}

// buffered notes the size that its kernel buffer is given.
type buffered struct {
	net.Conn
	size *int
}

func (b buffered) SetWriteBuffer(size int) error {
	*b.size = size
	return nil
}

// wrapped has its real connection one layer below, as TLS has.
type wrapped struct {
	net.Conn
	below net.Conn
}

func (w wrapped) NetConn() net.Conn { return w.below }

// TestKernelBuffer: left alone, the kernel takes megabytes for each client that does not read.
func TestKernelBuffer(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(buffered) net.Conn{
		"TCP": func(b buffered) net.Conn { return b },
		"TLS": func(b buffered) net.Conn { return wrapped{b.Conn, b} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := ws.New(dispatch(echo), ws.Config{})
			client, end := net.Pipe()
			size := 0
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(fmt.Sprintf(handshake, "c"))))
			if err != nil {
				t.Fatal(err)
			}
			upgraded := make(chan error, 1)
			go func() {
				upgraded <- server.Upgrade(given{httptest.NewRecorder(), wrap(buffered{end, &size})}, r, route.Caller{})
			}()
			p := newPeer(client)
			response, err := http.ReadResponse(p.in, nil)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if err := <-upgraded; err != nil || size != 64<<10 {
				t.Errorf("the buffer got %d bytes: %v", size, err)
			}
			p.send(t, text("a"))
			p.want(t, "text:a")
			p.Close()
			if err := server.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// halfClosed is the server's end of a connection whose client has sent all it has to say and closed its side; what is written to
// it takes a second to get through, and is lost if the connection is closed before.
type halfClosed struct {
	net.Conn // nil: only what is below is used
	said     io.Reader
	closed   atomic.Bool
	heard    bytes.Buffer
}

func (h *halfClosed) Read(p []byte) (int, error) { return h.said.Read(p) }

func (h *halfClosed) Write(p []byte) (int, error) {
	time.Sleep(time.Second)
	if h.closed.Load() {
		return 0, net.ErrClosed
	}
	return h.heard.Write(p)
}

func (h *halfClosed) Close() error {
	h.closed.Store(true)
	return nil
}

func (*halfClosed) SetReadDeadline(time.Time) error  { return nil }
func (*halfClosed) SetWriteDeadline(time.Time) error { return nil }

// TestHalfClosedClient: a client that ends its own side right behind its close frame still gets what it asked for and the close
// frame, however slowly it reads.
func TestHalfClosedClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := &halfClosed{said: bytes.NewReader(append(text("a"), closing(1000, "")...))}
		ended := make(chan struct{})
		server := ws.New(dispatch(echo), ws.Config{Closed: func(*ws.Socket) { close(ended) }})
		server.Start(conn, route.Caller{})
		<-ended
		p := &peer{in: bufio.NewReader(&conn.heard)}
		p.want(t, "text:a", "close:1000", "end: EOF")
		if !conn.closed.Load() {
			t.Error("the connection was left open")
		}
	})
}
