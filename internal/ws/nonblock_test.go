package ws_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// stuff sends frames of size bytes, numbered, until the kernel and the socket take no more, and returns how many it has sent.
func stuff(t *testing.T, s *ws.Socket, size int) int {
	t.Helper()
	for n := range 1 << 20 {
		if !s.Send(ws.TextFrame(numbered(n, size))) {
			return n
		}
	}
	t.Fatal("a client that does not read is sent to without end")
	return 0
}

// numbered returns a text of size bytes that begins with its number.
func numbered(n, size int) []byte {
	return []byte(fmt.Sprint(n, " ", a(size))[:size])
}

// wantNumbered reads n frames of stuff.
func (p *peer) wantNumbered(t *testing.T, n, size int) {
	t.Helper()
	for i := range n {
		if got, want := p.read(), "text:"+string(numbered(i, size)); got != want {
			t.Fatalf("frame %d: got %.40q, want %.40q", i, got, want)
		}
	}
}

// TestTornBatch: what the kernel has taken half of is completed before anything else, the close frame too.
func TestTornBatch(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1 << 20})
	p := dial(t, address, "c")
	s := <-sockets
	n := stuff(t, s, 1009)
	waitUntil(t, func() bool { return ws.Waits(s) })
	s.Close(ws.CloseRestart, "")
	p.wantNumbered(t, n, 1009)
	p.want(t, "close:4000", "end: EOF")
}

// TestTooSlowAmidABatch: what is dropped are whole frames, so the client can read the reason.
func TestTooSlowAmidABatch(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1 << 20})
	p := dial(t, address, "c")
	s := <-sockets
	n := stuff(t, s, 1009)
	waitUntil(t, func() bool { return ws.Waits(s) })
	s.CloseSlow()
	got := p.readAll()
	texts := got[:max(0, len(got)-2)]
	if end := got[len(texts):]; len(end) != 2 || !matches(end[0], "close:4008") || end[1] != "end: EOF" {
		t.Fatalf("%d frames, then %.80q", len(texts), end)
	}
	if len(texts) >= n {
		t.Errorf("all %d frames have come", n)
	}
	for i, text := range texts {
		if text != "text:"+string(numbered(i, 1009)) {
			t.Fatalf("frame %d: %.40q", i, text)
		}
	}
}

// TestDeadlineDoesNotOutliveItsWrite: a client that was slow once is served as before, also when the time has passed that it had then.
func TestDeadlineDoesNotOutliveItsWrite(t *testing.T) {
	t.Parallel()
	timeout := time.Second
	for ; !answersAfter(t, timeout); timeout *= 2 {
		if timeout > patience {
			t.Fatalf("in %s the client could not read what was sent to it", timeout)
		}
	}
	t.Logf("with a timeout of %s", timeout)
}

// answersAfter lets a client be slow, then read all, then ask for something when timeout has passed. It is false when the machine was too
// slow to read all within the timeout, so that the server had to drop the client.
func answersAfter(t *testing.T, timeout time.Duration) bool {
	t.Helper()
	hook, sockets := opened()
	server, address := serve(t, dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1 << 20, WriteTimeout: timeout})
	p := dial(t, address, "c")
	defer p.Close()
	s := <-sockets
	n := stuff(t, s, 1009)
	waitUntil(t, func() bool { return ws.Waits(s) || server.Stats().Open == 0 })
	for range n {
		if got := p.read(); strings.HasPrefix(got, "end") {
			return false
		}
	}
	waitUntil(t, func() bool { return server.Stats().QueuedBytes == 0 })
	<-time.After(timeout) // nothing can be seen of a deadline that has gone by
	p.send(t, text("still there"))
	p.want(t, "text:still there")
	return true
}

// TestGreedyRequests: a client that asks without reading the answers is not listened to until it does. It is not closed, and the
// answers do not pile up.
func TestGreedyRequests(t *testing.T) {
	t.Parallel()
	const n, size, limit = 3000, 4001, 64 << 10
	server, address := serve(t, dispatch(func(_ context.Context, _ *route.Caller, text string) []string {
		var i int
		if _, err := fmt.Sscan(text, &i); err != nil {
			t.Error(err)
		}
		return []string{string(numbered(i, size))}
	}), ws.Config{MaxQueue: limit, Rate: -1})
	p := dial(t, address, "c")
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range n {
			p.Write(text(fmt.Sprint(i)))
		}
	})
	waitUntil(t, func() bool { return server.Stats().QueuedBytes > limit/4 })
	p.wantNumbered(t, n, size)
	writer.Wait()
}

// TestCloseWhileAnswering: what a message is answered with comes before the close frame that was asked for meanwhile.
func TestCloseWhileAnswering(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(func(_ context.Context, _ *route.Caller, text string) []string {
		s := <-sockets
		s.Send(ws.TextFrame([]byte("an event")))
		s.Close(ws.CloseRestart, "")
		return []string{text, text}
	}), ws.Config{Opened: hook})
	p := dial(t, address, "c")
	p.send(t, text("answer"))
	p.want(t, "text:an event", "text:answer", "text:answer", "close:4000", "end: EOF")
}

// greedy answers with what it gets and spoils all the room that it is given.
type greedy struct{ rooms chan int }

func (g greedy) DispatchInto(_ context.Context, _ *route.Caller, frame, room []byte) [][]byte {
	answer := slices.Clone(frame)
	rest := room[len(room):cap(room)]
	for i := range rest {
		rest[i] = '!'
	}
	g.rooms <- len(rest)
	return [][]byte{answer}
}

// TestRoomIsFree: nothing that has been read lies in the room that a Dispatcher gets, neither the message nor what comes behind it.
func TestRoomIsFree(t *testing.T) {
	t.Parallel()
	texts := []string{"one", "two", a(5000), "four", a(1000), a(1000), a(1000), "eight"}
	rooms := make(chan int, len(texts))
	_, address := serve(t, greedy{rooms}, ws.Config{})
	p := dial(t, address, "c")
	var stream []byte
	for _, message := range texts {
		half := len(message) / 2
		stream = append(stream, text(message)...)
		stream = append(append(stream, frame(opText, message[:half])...), frame(fin|opCont, message[half:])...)
	}
	go p.Write(stream)
	for _, message := range texts {
		if len(message) > 60 {
			message = fmt.Sprintf("#%d", len(message))
		} else {
			message = ":" + message
		}
		<-rooms
		p.want(t, "text"+message, "text"+message)
		<-rooms
	}
	p.send(t, text("alone"))
	p.want(t, "text:alone")
	if n := <-rooms; n < 1024 {
		t.Errorf("%d bytes of room for the answer to a short message", n)
	}
}

// TestFanOut sends frames to many sockets at once, the same to all with each one's own in between: everybody gets its own, in order.
func TestFanOut(t *testing.T) {
	t.Parallel()
	const clients, rounds = 100, 50
	sockets := make(chan *ws.Socket, clients)
	_, address := serve(t, dispatch(echo), ws.Config{Opened: func(s *ws.Socket) error { sockets <- s; return nil }})
	peers := map[string]*peer{}
	for i := range clients {
		id := fmt.Sprintf("client%03d", i)
		peers[id] = dial(t, address, id)
	}
	var all []*ws.Socket
	for range clients {
		all = append(all, <-sockets)
	}
	for i := range rounds {
		first, second := ws.TextFrame(numbered(i, 200)), ws.TextFrame(numbered(i, 300))
		for _, s := range all {
			s.Send(first)
			s.Send(ws.TextFrame([]byte(s.ClientID())), second)
		}
	}
	for id, p := range peers {
		for i := range rounds {
			p.want(t, "text:"+string(numbered(i, 200)), "text:"+id, "text:"+string(numbered(i, 300)))
		}
	}
}

// TestSlowUnderTLS: under TLS there is no way past the connection; all goes through it.
func TestSlowUnderTLS(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	server := ws.New(dispatch(echo), generous(ws.Config{Opened: hook, MaxQueue: 1 << 20}))
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := server.Upgrade(w, r, route.Caller{}); err != nil {
			t.Error(err)
		}
	}))
	front.StartTLS()
	t.Cleanup(front.Close)
	plain, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	authority := front.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	conn := tls.Client(plain, &tls.Config{RootCAs: authority, ServerName: "example.com"})
	t.Cleanup(func() { conn.Close() })
	p := shake(t, conn, "c")
	s := <-sockets
	p.send(t, text("one"), ping("p"), text(a(5000)))
	p.want(t, "text:one", "pong:p", "text#5000")
	n := stuff(t, s, 1009)
	p.wantNumbered(t, n, 1009)
	p.send(t, closing(1000, "bye"))
	p.want(t, "close:1000", "end: EOF")
	waitUntil(t, func() bool { return server.Stats().Open == 0 })
}

// panickingConn is a connection whose writes panic.
type panickingConn struct{ net.Conn }

func (panickingConn) Write([]byte) (int, error) { panic("the connection's fault") }

// TestPanicOfAWriter ends the connection that it happens on, and nothing else.
func TestPanicOfAWriter(t *testing.T) {
	t.Parallel()
	client, end := net.Pipe()
	ended := make(chan *ws.Socket, 1)
	log := new(strings.Builder)
	server := ws.New(dispatch(echo), ws.Config{Closed: func(s *ws.Socket) { ended <- s }, Log: slog.New(slog.NewTextHandler(log, nil))})
	server.Start(panickingConn{end}, route.Caller{})
	p := newPeer(client)
	p.send(t, text("answer this"))
	p.want(t, "end: EOF")
	<-ended
	if !strings.Contains(log.String(), "the connection's fault") {
		t.Errorf("the log does not tell: %q", log)
	}
}

// TestBatchesAreShared: a batch that is the same for one socket after the other is put together once; one that only looks alike
// is not taken for it.
func TestBatchesAreShared(t *testing.T) {
	t.Parallel()
	one, two := []byte("one"), []byte("two")
	got := ws.Batches([][][]byte{{one, two}, {one, two}, {one, []byte("two")}, {two, one}, {one}, {one, two}, {}})
	// The first letter is spoilt behind each: only the second batch is what was put together for the one before.
	if want := []string{"onetwo", "Xnetwo", "onetwo", "twoone", "one", "onetwo", ""}; !slices.Equal(got, want) {
		t.Errorf("batches %q, want %q", got, want)
	}
}
