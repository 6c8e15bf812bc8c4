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

// These tests replace net/http's connection by their own.

// lost is a ResponseWriter that cannot be hijacked.
type lost struct{ *httptest.ResponseRecorder }

// TestLostHandshake: a socket whose handshake failed is closed, and Shutdown does not wait for it.
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
		t.Errorf("Upgrade: got %v, want an error other than *Refused", err)
	}
	if open.Load() != 1 || closed.Load() != 1 {
		t.Errorf("got %d calls of Opened and %d of Closed, want 1 and 1", open.Load(), closed.Load())
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// given is a ResponseWriter whose Hijack returns conn.
type given struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (g given) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return g.conn, bufio.NewReadWriter(bufio.NewReader(g.conn), bufio.NewWriter(g.conn)), nil
}

// buffered records the size of its kernel buffer.
type buffered struct {
	net.Conn
	size *int
}

func (b buffered) SetWriteBuffer(size int) error {
	*b.size = size
	return nil
}

// wrapped has its real connection one layer below, like TLS.
type wrapped struct {
	net.Conn
	below net.Conn
}

func (w wrapped) NetConn() net.Conn { return w.below }

// TestKernelBuffer: by default the kernel buffers megabytes for each client that does not read.
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
				t.Errorf("got a buffer of %d bytes and error %v", size, err)
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

// halfClosed is the server's end of a connection whose client has closed its sending half. A write
// takes a second, and is lost if the connection is closed before.
type halfClosed struct {
	net.Conn // nil: these tests use only the methods below
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

// TestHalfClosedClient: a client that closes its sending half right after its close frame still
// gets its answers and the close frame, even if it reads slowly.
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
			t.Error("got an open connection, want it closed")
		}
	})
}
