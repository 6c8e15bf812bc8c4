package ws_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gobwas "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/ws"
)

func TestAnswersInOrder(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(func(_ context.Context, _ *route.Caller, text string) []string {
		return []string{text + " first", text + " second"}
	}), ws.Config{})
	p := dial(t, address, "c")
	const n = 500
	go func() {
		for i := range n {
			p.Write(text(fmt.Sprint(i)))
		}
	}()
	for i := range n {
		p.want(t, fmt.Sprintf("text:%d first", i), fmt.Sprintf("text:%d second", i))
	}
}

// TestSentBehindTheHandshake: a client may send without waiting for the answer to its handshake; net/http has then read its
// message already, or half of it.
func TestSentBehindTheHandshake(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(echo), ws.Config{})
	long := text(a(3000))
	p := dial(t, address, "c", text("early"), long[:2000])
	p.send(t, long[2000:], text("later"))
	p.want(t, "text:early", "text#3000", "text:later")
}

func TestPanicEndsOneConnection(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	_, address := serve(t, dispatch(func(_ context.Context, _ *route.Caller, text string) []string {
		if text == "boom" {
			panic("the dispatcher's fault")
		}
		return []string{text}
	}), ws.Config{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	other, p := dial(t, address, "other"), dial(t, address, "c")
	p.send(t, text("boom"))
	p.want(t, "close:1011", "end: EOF")
	other.send(t, text("alive"))
	other.want(t, "text:alive")
	if !strings.Contains(log.String(), "the dispatcher's fault") || !strings.Contains(log.String(), "socket_test.go") {
		t.Errorf("the log does not name the panic and its place: %s", &log)
	}
}

// TestFramesNeverInterleave has many goroutines send to one socket while it answers messages and pings. A frame torn apart by
// another shows as something that is no frame.
func TestFramesNeverInterleave(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook})
	p := dial(t, address, "c")
	s := <-sockets
	const senders, each = 8, 200
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			f := ws.TextFrame([]byte(strings.Repeat(string(rune('a'+i)), 100+i)))
			for range each {
				s.Send(f, f)
			}
		})
	}
	wg.Go(func() {
		for range each {
			p.Write(append(ping("p"), text("echo")...))
		}
	})
	counts := map[string]int{}
	for range senders*each*2 + each*2 {
		counts[p.read()]++
	}
	wg.Wait()
	want := map[string]int{"pong:p": each, "text:echo": each}
	for i := range senders {
		want[fmt.Sprintf("text#%d", 100+i)] = 2 * each
	}
	for f, n := range want {
		if counts[f] != n {
			t.Errorf("%d times %q, want %d", counts[f], f, n)
		}
		delete(counts, f)
	}
	if len(counts) > 0 {
		t.Errorf("unexpected: %v", counts)
	}
}

// TestOpenedBeforeTheHandshake: a client that knows it is connected must be known to the server too, and what is sent to it before
// must wait behind the handshake.
func TestOpenedBeforeTheHandshake(t *testing.T) {
	t.Parallel()
	var open atomic.Int64
	_, address := serve(t, dispatch(echo), ws.Config{Opened: func(s *ws.Socket) {
		s.Send(ws.TextFrame([]byte("before")))
		open.Add(1)
	}})
	for i := range int64(100) {
		p := dial(t, address, "c")
		if got := open.Load(); got != i+1 {
			t.Fatalf("%d sockets are open, want %d", got, i+1)
		}
		p.want(t, "text:before")
	}
}

// lost is a ResponseWriter whose connection cannot be taken over.
type lost struct{ *httptest.ResponseRecorder }

// TestLostHandshake: a socket that came to nothing is closed, and nothing waits for it.
func TestLostHandshake(t *testing.T) {
	t.Parallel()
	var open, closed atomic.Int64
	server := ws.New(dispatch(echo), ws.Config{
		Opened: func(s *ws.Socket) { s.Send(ws.TextFrame([]byte("never sent"))); open.Add(1) },
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

func TestLifeOfASocket(t *testing.T) {
	t.Parallel()
	sockets, ended := make(chan *ws.Socket, 2), make(chan *ws.Socket, 2)
	_, address := serve(t, dispatch(func(_ context.Context, c *route.Caller, text string) []string {
		if text == "password" {
			c.Trusted = true
		}
		return []string{fmt.Sprintf("%s %d %t", c.ClientID, c.Conn, c.Trusted)}
	}), ws.Config{
		Opened: func(s *ws.Socket) { s.Send(ws.TextFrame([]byte("welcome"))); sockets <- s },
		Closed: func(s *ws.Socket) { s.Send(ws.TextFrame([]byte("nobody reads this"))); ended <- s },
	})
	first := dial(t, address, "first", text("early"))
	s := <-sockets
	second := dial(t, address, "second")
	other := <-sockets
	if s.ClientID() != "first" || other.ClientID() != "second" || s.Number() == other.Number() || s.SessionID() != "" {
		t.Errorf("sockets %q %d %q and %q %d", s.ClientID(), s.Number(), s.SessionID(), other.ClientID(), other.Number())
	}
	// What a Dispatch has found out about its caller holds for the messages after it, on this connection only.
	first.send(t, text("password"), text("x"))
	first.want(t, "text:welcome", fmt.Sprintf("text:first %d false", s.Number()),
		fmt.Sprintf("text:first %d true", s.Number()), fmt.Sprintf("text:first %d true", s.Number()))
	second.send(t, text("x"))
	second.want(t, "text:welcome", fmt.Sprintf("text:second %d false", other.Number()))
	other.Replaced()
	second.want(t, "close:4001", "end: EOF")
	second.Close()
	if got := <-ended; got != other {
		t.Errorf("Closed was called for %q", got.ClientID())
	}
	first.Close() // without a word
	if got := <-ended; got != s {
		t.Errorf("Closed was called for %q", got.ClientID())
	}
}

// TestHalfClosedClient: a client that ends its own side right behind its close frame still gets the answer to it.
func TestHalfClosedClient(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(echo), ws.Config{})
	for range 50 {
		p := dial(t, address, "c", text("a"), closing(1000, ""))
		if err := p.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		p.want(t, "text:a", "close:1000", "end: EOF")
	}
}

func TestLongCloseReason(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook})
	p := dial(t, address, "c")
	// 122 bytes, then a character of four: it does not fit, and half of it would not be UTF-8.
	(<-sockets).Close(ws.CloseRestart, a(122)+"😀")
	if got := p.read(); got != "close:4000 "+a(122) {
		t.Errorf("got %q", got)
	}
}

func TestForeignClient(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(echo), ws.Config{})
	conn, _, _, err := gobwas.Dial(t.Context(), "ws://"+address+"/ws/connect?client_id=c")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, message := range []string{"", "hello", a(70), a(40000)} {
		if err := wsutil.WriteClientText(conn, []byte(message)); err != nil {
			t.Fatal(err)
		}
		got, err := wsutil.ReadServerText(conn)
		if err != nil || string(got) != message {
			t.Errorf("%d bytes came back as %d: %v", len(message), len(got), err)
		}
	}
}

func TestRefusedHandshakes(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(echo), ws.Config{})
	const good = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
	tests := []struct {
		name, line, header string
		want               int
	}{
		{"POST", "POST / HTTP/1.1", good, 405},
		{"HTTP/1.0", "GET / HTTP/1.0", good, 505},
		{"body", "GET / HTTP/1.1", good + "Content-Length: 2\n", 400},
		{"chunked body", "GET / HTTP/1.1", good + "Transfer-Encoding: chunked\n", 400},
		{"plain request", "GET / HTTP/1.1", "", 426},
		{"no Upgrade", "GET / HTTP/1.1", strings.Replace(good, "Upgrade: websocket\n", "", 1), 426},
		{"other Upgrade", "GET / HTTP/1.1", strings.Replace(good, "websocket", "h2c", 1), 426},
		{"no Connection", "GET / HTTP/1.1", strings.Replace(good, "Connection: Upgrade\n", "", 1), 426},
		{"other Connection", "GET / HTTP/1.1", strings.Replace(good, ": Upgrade", ": keep-alive", 1), 426},
		{"no version", "GET / HTTP/1.1", strings.Replace(good, "Sec-WebSocket-Version: 13\n", "", 1), 426},
		{"version 8", "GET / HTTP/1.1", strings.Replace(good, "13", "8", 1), 426},
		{"two versions", "GET / HTTP/1.1", good + "Sec-WebSocket-Version: 13\n", 426},
		{"no key", "GET / HTTP/1.1", good[:strings.Index(good, "Sec-WebSocket-Key")], 400},
		{"key not base64", "GET / HTTP/1.1", strings.Replace(good, "dGhl", "d*hl", 1), 400},
		{"short key", "GET / HTTP/1.1", strings.Replace(good, "dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 1), 400},
		{"two keys", "GET / HTTP/1.1", good + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n", 400},
		{"all right", "GET / HTTP/1.1", good, 101},
		{"all right, other case, in a list", "GET / HTTP/1.1", strings.NewReplacer(": Upgrade", ": keep-alive,upgrade", "websocket", "WebSocket").Replace(good), 101},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			request := strings.ReplaceAll(tt.line+"\nHost: example.test\n"+tt.header+"\n", "\n", "\r\n")
			if got := status(t, address, request); got != tt.want {
				t.Errorf("status %d, want %d", got, tt.want)
			}
		})
	}
}

func TestDrainingServerRefuses(t *testing.T) {
	t.Parallel()
	server, address := serve(t, dispatch(echo), ws.Config{})
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := status(t, address, fmt.Sprintf(handshake, "late")); got != 503 {
		t.Errorf("status %d from a draining server, want 503", got)
	}
}

// TestCodeIsOfTheSchema: ws may not import gen/wire, so it spells the code itself.
func TestCodeIsOfTheSchema(t *testing.T) {
	t.Parallel()
	if ws.CodeTooLarge != string(wire.ErrorCodeTooLarge) {
		t.Errorf("ws says %q, the schema %q", ws.CodeTooLarge, wire.ErrorCodeTooLarge)
	}
}

// status sends a raw request and returns the status of the answer.
func status(t *testing.T, address, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := newPeer(conn)
	p.SetDeadline(time.Now().Add(patience))
	p.send(t, []byte(request))
	response, err := http.ReadResponse(p.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
