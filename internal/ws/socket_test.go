package ws_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
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

// TestSentBehindTheHandshake: a client may send before it gets the answer to its handshake. Then
// net/http has already read the message, or a part of it.
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
		t.Errorf("got log %s, want the panic and its stack", &log)
	}
}

// TestFramesNeverInterleave: many goroutines send to one socket while it answers messages and
// pings. A torn frame would show as an invalid one.
func TestFramesNeverInterleave(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1 << 20})
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
			t.Errorf("got frame %[2]q %[1]d times, want %[3]d", counts[f], f, n)
		}
		delete(counts, f)
	}
	if len(counts) > 0 {
		t.Errorf("got unexpected frames %v", counts)
	}
}

// TestOpenedBeforeTheHandshake: the server must know a socket before its client knows that it is
// connected. Frames that are sent before must wait for the answer to the handshake.
func TestOpenedBeforeTheHandshake(t *testing.T) {
	t.Parallel()
	var open atomic.Int64
	_, address := serve(t, dispatch(echo), ws.Config{Opened: func(s *ws.Socket) error {
		s.Send(ws.TextFrame([]byte("before")))
		open.Add(1)
		return nil
	}})
	for i := range int64(100) {
		p := dial(t, address, "c")
		if got := open.Load(); got != i+1 {
			t.Fatalf("got %d open sockets, want %d", got, i+1)
		}
		p.want(t, "text:before")
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
		Opened: func(s *ws.Socket) error { s.Send(ws.TextFrame([]byte("welcome"))); sockets <- s; return nil },
		Closed: func(s *ws.Socket) { s.Send(ws.TextFrame([]byte("nobody reads this"))); ended <- s },
	})
	first := dial(t, address, "first", text("early"))
	s := <-sockets
	second := dial(t, address, "second")
	other := <-sockets
	if s.ClientID() != "first" || other.ClientID() != "second" || s.ID() == other.ID() || s.SessionID() != "" {
		t.Errorf("got sockets %q %d %q and %q %d", s.ClientID(), s.ID(), s.SessionID(), other.ClientID(), other.ID())
	}
	// If a Dispatch sets Trusted, it stays set for the later messages of this connection only.
	first.send(t, text("password"), text("x"))
	first.want(t, "text:welcome", fmt.Sprintf("text:first %d false", s.ID()),
		fmt.Sprintf("text:first %d true", s.ID()), fmt.Sprintf("text:first %d true", s.ID()))
	second.send(t, text("x"))
	second.want(t, "text:welcome", fmt.Sprintf("text:second %d false", other.ID()))
	other.CloseReplaced()
	second.want(t, "close:4001", "end: EOF")
	second.Close()
	if got := <-ended; got != other {
		t.Errorf("got a call of Closed for %q", got.ClientID())
	}
	first.Close() // without a close frame
	if got := <-ended; got != s {
		t.Errorf("got a call of Closed for %q", got.ClientID())
	}
}

func TestLongCloseReason(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook})
	p := dial(t, address, "c")
	// 122 bytes, then a character of four bytes: it does not fit, and half of it would not be
	// UTF-8.
	(<-sockets).Close(ws.CloseRestart, a(122)+"😀")
	if got := p.read(); got != "close:4000 "+a(122) {
		t.Errorf("got %q, want the reason without its last character", got)
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
			t.Errorf("echo of %d bytes: got %d bytes and error %v", len(message), len(got), err)
		}
	}
}

// TestTLS: TLS closes its sending half in another way, and its kernel buffer is one layer below.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := ws.New(dispatch(echo), generous(ws.Config{}))
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := server.Upgrade(w, r, route.Caller{}); err != nil {
			t.Error(err)
		}
	}))
	defer front.Close()
	defer server.Shutdown(t.Context())
	dialer := gobwas.Dialer{TLSConfig: front.Client().Transport.(*http.Transport).TLSClientConfig}
	conn, _, _, err := dialer.Dial(t.Context(), "wss://"+front.Listener.Addr().String()+"/")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := newPeer(conn)
	p.SetDeadline(time.Now().Add(timeout))
	p.send(t, text(a(20000)), frame(fin|opBinary, "x"))
	p.want(t, "text#20000", "close:1003", "end: EOF")
}

func TestDrainingServerRefuses(t *testing.T) {
	t.Parallel()
	server, address := serve(t, dispatch(echo), ws.Config{})
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := status(t, address, fmt.Sprintf(handshake, "late")); got != 503 {
		t.Errorf("draining server: got status %d, want 503", got)
	}
}

// TestCodesAreOfTheSchema: ws must not import gen/wire, so it declares the codes itself.
func TestCodesAreOfTheSchema(t *testing.T) {
	t.Parallel()
	want := []string{
		string(wire.ErrorCodeTooLarge), string(wire.ErrorCodeRateLimited), string(wire.ErrorCodeUnauthorized),
		string(wire.ErrorCodeInvalidField), string(wire.ErrorCodeInternal),
	}
	if got := ws.Codes(); !slices.Equal(got, want) {
		t.Errorf("got codes %q, want those of the schema %q", got, want)
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
	p.SetDeadline(time.Now().Add(timeout))
	p.send(t, []byte(request))
	response, err := http.ReadResponse(p.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
