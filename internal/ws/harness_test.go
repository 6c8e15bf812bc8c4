package ws_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gobwas "github.com/gobwas/ws"

	"seg.example/gen/route"
	"seg.example/internal/leaktest"
	"seg.example/internal/ws"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// timeout limits every wait on a real socket. It is far longer than any step takes.
const timeout = time.Minute

// generous returns c with long timeouts where c sets none. Real sockets use real time, so a slow
// machine could exceed the defaults.
func generous(c ws.Config) ws.Config {
	c.PingInterval = cmp.Or(c.PingInterval, time.Hour)
	c.MessageTimeout = cmp.Or(c.MessageTimeout, timeout)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, timeout)
	return c
}

// dispatch makes a function a Dispatcher.
type dispatch func(ctx context.Context, caller *route.Caller, text string) []string

// DispatchInto puts the answers into scratch if they fit, so that every test covers that.
func (d dispatch) DispatchInto(ctx context.Context, caller *route.Caller, frame, room []byte) [][]byte {
	var answers [][]byte
	for _, a := range d(ctx, caller, string(frame)) {
		answer := append(room[len(room):], a...)
		if used := len(room) + len(answer); used <= cap(room) {
			room = room[:used]
		}
		answers = append(answers, answer)
	}
	return answers
}

// echo answers every message with the same text.
func echo(_ context.Context, _ *route.Caller, text string) []string { return []string{text} }

// serve runs a server with the limits generous(c) on a free port and returns its address. All its
// sockets must have ended when the test ends.
func serve(t *testing.T, d ws.Dispatcher, c ws.Config) (*ws.Server, string) {
	t.Helper()
	return serveBy(t, d, c, func(server *ws.Server, w http.ResponseWriter, r *http.Request) error {
		return server.Upgrade(w, r, route.Caller{ClientID: r.URL.Query().Get("client_id")})
	})
}

// serveBy is like serve, with another upgrade function.
func serveBy(
	t *testing.T, d ws.Dispatcher, c ws.Config, upgrade func(*ws.Server, http.ResponseWriter, *http.Request) error,
) (*ws.Server, string) {
	t.Helper()
	server := ws.New(d, generous(c))
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var refused *ws.Refused
		if err := upgrade(server, w, r); errors.As(err, &refused) {
			maps.Copy(w.Header(), refused.Header)
			http.Error(w, refused.Text, refused.Status)
		} else if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		front.Close()
	})
	return server, front.Listener.Addr().String()
}

// peer is the client of a connection. It writes raw bytes and parses frames strictly.
type peer struct {
	net.Conn
	in *bufio.Reader
}

func newPeer(conn net.Conn) *peer { return &peer{conn, bufio.NewReader(conn)} }

const handshake = "GET /ws/connect?client_id=%s HTTP/1.1\r\nHost: example.test\r\nConnection: keep-alive, Upgrade\r\n" +
	"Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// dial connects to address and sends early right after the request, without waiting for the answer.
func dial(t *testing.T, address, clientID string, early ...[]byte) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return shake(t, conn, clientID, early...)
}

// shake does the handshake on conn, see dial.
func shake(t *testing.T, conn net.Conn, clientID string, early ...[]byte) *peer {
	t.Helper()
	p := newPeer(conn)
	p.SetDeadline(time.Now().Add(timeout))
	request := fmt.Appendf(nil, handshake, clientID)
	for _, e := range early {
		request = append(request, e...)
	}
	if _, err := p.Write(request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(p.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	// The sum is the example of RFC 6455, 1.3, for this key.
	if got := response.Header.Get("Sec-Websocket-Accept"); response.StatusCode != 101 || got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("handshake: got %s and Sec-WebSocket-Accept %q, want 101 and that of RFC 6455", response.Status, got)
	}
	return p
}

// read returns the next frame as a string such as `text:hello`, `pong:`, `close:4001 reason`, or
// `end: EOF` at the end. A payload over 60 bytes of one letter is shown as `text#4096`, its length.
func (p *peer) read() string {
	h, err := gobwas.ReadHeader(p.in)
	if err != nil {
		return "end: " + err.Error()
	}
	if err := gobwas.CheckHeader(h, gobwas.StateClientSide); err != nil || !h.Fin || h.Length > 1<<24 {
		return fmt.Sprintf("not a frame: %+v %v", h, err)
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(p.in, payload); err != nil {
		return "end in a payload: " + err.Error()
	}
	switch h.OpCode {
	case gobwas.OpText:
		if n := len(payload); n > 60 && strings.Count(string(payload), string(payload[:1])) == n {
			return fmt.Sprintf("text#%d", n)
		}
		return "text:" + string(payload)
	case gobwas.OpPong:
		return "pong:" + string(payload)
	case gobwas.OpClose:
		if len(payload) == 0 {
			return "close"
		}
		return strings.TrimSpace(fmt.Sprintf("close:%d %s", binary.BigEndian.Uint16(payload), payload[2:]))
	default:
		return fmt.Sprintf("opcode %d:%q", h.OpCode, payload)
	}
}

// readAll reads to the end of the stream.
func (p *peer) readAll() []string {
	var all []string
	for {
		got := p.read()
		all = append(all, got)
		if strings.HasPrefix(got, "end") || strings.HasPrefix(got, "not") {
			return all
		}
	}
}

// want reads and compares frames. `close:CODE` matches any reason.
func (p *peer) want(t *testing.T, frames ...string) {
	t.Helper()
	for i, want := range frames {
		if got := p.read(); !matches(got, want) {
			t.Fatalf("frame %d: got %q, want %q", i, got, want)
		}
	}
}

func matches(got, want string) bool {
	return got == want || strings.HasPrefix(want, "close:") && strings.HasPrefix(got, want+" ")
}

func (p *peer) send(t *testing.T, frames ...[]byte) {
	t.Helper()
	for _, f := range frames {
		if _, err := p.Write(f); err != nil {
			t.Fatal(err)
		}
	}
}

// Bits of a frame's first byte, and opcodes.
const (
	fin  = 0x80
	rsv1 = 0x40
	rsv2 = 0x20
	rsv3 = 0x10

	opCont   = 0x0
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xa
)

// frame builds a masked frame with the shortest length.
func frame(first byte, payload string) []byte {
	switch n := len(payload); {
	case n <= 125:
		return framed(first, []byte{byte(n)}, payload)
	case n <= 0xffff:
		return framed(first, binary.BigEndian.AppendUint16([]byte{126}, uint16(n)), payload)
	default:
		return framed(first, binary.BigEndian.AppendUint64([]byte{127}, uint64(n)), payload)
	}
}

// framed builds a masked frame with the given length field.
func framed(first byte, length []byte, payload string) []byte {
	mask := []byte{0xa5, 0x00, 0xff, 0x3c}
	out := append([]byte{first}, length...)
	out[1] |= 0x80
	out = append(out, mask...)
	for i := range len(payload) {
		out = append(out, payload[i]^mask[i%4])
	}
	return out
}

// unmasked builds an unmasked frame, which only a server may send.
func unmasked(first byte, payload string) []byte {
	return append([]byte{first, byte(len(payload))}, payload...)
}

func text(payload string) []byte { return frame(fin|opText, payload) }

func ping(payload string) []byte { return frame(fin|opPing, payload) }

func closing(code uint16, reason string) []byte {
	return frame(fin|opClose, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}
