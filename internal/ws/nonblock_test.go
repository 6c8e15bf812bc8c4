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

// fillQueue sends numbered frames of size bytes until kernel and socket take no more. It returns
// their number.
func fillQueue(t *testing.T, s *ws.Socket, size int) int {
	t.Helper()
	for n := range 1 << 20 {
		if !s.Send(ws.TextFrame(numbered(n, size))) {
			return n
		}
	}
	t.Fatal("got an unlimited queue, want Send to refuse frames")
	return 0
}

// numbered returns a text of size bytes that begins with n.
func numbered(n, size int) []byte {
	return []byte(fmt.Sprint(n, " ", a(size))[:size])
}

// wantNumbered reads the n frames of stuff.
func (p *peer) wantNumbered(t *testing.T, n, size int) {
	t.Helper()
	for i := range n {
		if got, want := p.read(), "text:"+string(numbered(i, size)); got != want {
			t.Fatalf("frame %d: got %.40q, want %.40q", i, got, want)
		}
	}
}

// TestPartialWrite: the rest of a batch that the kernel took in part is written before any other
// frame, including the close frame.
func TestPartialWrite(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1 << 20})
	p := dial(t, address, "c")
	s := <-sockets
	n := fillQueue(t, s, 1009)
	waitUntil(t, func() bool { return ws.Waits(s) })
	s.Close(ws.CloseRestart, "")
	p.wantNumbered(t, n, 1009)
	p.want(t, "close:4000", "end: EOF")
}

// TestCloseSlow_partialWrite: only whole frames are dropped, so the client can read the close
// frame.
func TestCloseSlow_partialWrite(t *testing.T) {
	t.Parallel()
	hook, sockets := opened()
	_, address := serve(t, dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1 << 20})
	p := dial(t, address, "c")
	s := <-sockets
	n := fillQueue(t, s, 1009)
	waitUntil(t, func() bool { return ws.Waits(s) })
	s.CloseSlow()
	got := p.readAll()
	texts := got[:max(0, len(got)-2)]
	if end := got[len(texts):]; len(end) != 2 || !matches(end[0], "close:4008") || end[1] != "end: EOF" {
		t.Fatalf("got %d frames, then %.80q, want a close frame", len(texts), end)
	}
	if len(texts) >= n {
		t.Errorf("got all %d frames, want the queue to be dropped", n)
	}
	for i, text := range texts {
		if text != "text:"+string(numbered(i, 1009)) {
			t.Fatalf("frame %d: got %.40q", i, text)
		}
	}
}

// TestDeadlineDoesNotOutliveItsWrite: after a slow write its deadline must not affect later writes.
func TestDeadlineDoesNotOutliveItsWrite(t *testing.T) {
	t.Parallel()
	writeTimeout := time.Second
	for ; !answersAfter(t, writeTimeout); writeTimeout *= 2 {
		if writeTimeout > timeout {
			t.Fatalf("the machine is too slow: the client did not read all frames within %s", writeTimeout)
		}
	}
	t.Logf("with a timeout of %s", writeTimeout)
}

// answersAfter makes a client slow, lets it read everything, and sends a request after timeout. It
// returns false if the machine was too slow to read everything within timeout, so that the server
// dropped the client.
func answersAfter(t *testing.T, timeout time.Duration) bool {
	t.Helper()
	hook, sockets := opened()
	server, address := serve(t, dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1 << 20, WriteTimeout: timeout})
	p := dial(t, address, "c")
	defer p.Close()
	s := <-sockets
	n := fillQueue(t, s, 1009)
	waitUntil(t, func() bool { return ws.Waits(s) || server.Stats().Open == 0 })
	for range n {
		if got := p.read(); strings.HasPrefix(got, "end") {
			return false
		}
	}
	waitUntil(t, func() bool { return server.Stats().QueuedBytes == 0 })
	<-time.After(timeout) // nothing shows that a deadline has passed
	p.send(t, text("still there"))
	p.want(t, "text:still there")
	return true
}

// TestReading_waitsForWrites: the server stops reading from a client that does not read its
// answers, so that they do not pile up. It does not close the client.
func TestReading_waitsForWrites(t *testing.T) {
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

// TestCloseWhileAnswering: the answer to a message comes before the close frame of a Close during
// the dispatch.
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

// scratchDispatcher answers with the message and overwrites all of scratch.
type scratchDispatcher struct{ rooms chan int }

func (g scratchDispatcher) DispatchInto(_ context.Context, _ *route.Caller, frame, room []byte) [][]byte {
	answer := slices.Clone(frame)
	rest := room[len(room):cap(room)]
	for i := range rest {
		rest[i] = '!'
	}
	g.rooms <- len(rest)
	return [][]byte{answer}
}

// TestScratchIsFree: scratch must not contain input that is still needed: neither the message nor
// what follows it.
func TestScratchIsFree(t *testing.T) {
	t.Parallel()
	texts := []string{"one", "two", a(5000), "four", a(1000), a(1000), a(1000), "eight"}
	rooms := make(chan int, len(texts))
	_, address := serve(t, scratchDispatcher{rooms}, ws.Config{})
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
		t.Errorf("got %d bytes of scratch after a short message, want at least 1024", n)
	}
}

// TestFanOut sends shared frames to many sockets, with a frame of its own for each in between. Each
// must get its frames in order.
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

// TestSlowUnderTLS: under TLS everything is written through the connection, without non-blocking
// calls.
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
	n := fillQueue(t, s, 1009)
	p.wantNumbered(t, n, 1009)
	p.send(t, closing(1000, "bye"))
	p.want(t, "close:1000", "end: EOF")
	waitUntil(t, func() bool { return server.Stats().Open == 0 })
}

// panickingConn is a connection whose writes panic.
type panickingConn struct{ net.Conn }

func (panickingConn) Write([]byte) (int, error) { panic("write panics") }

// TestWrite_panics: a panic during a write ends only its connection.
func TestWrite_panics(t *testing.T) {
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
	if !strings.Contains(log.String(), "write panics") {
		t.Errorf("got log %q, want the panic", log)
	}
}

// TestBatchesAreShared: a batch with the same frames as the last one is not copied again. Equal
// bytes in other frames do not count.
func TestBatchesAreShared(t *testing.T) {
	t.Parallel()
	one, two := []byte("one"), []byte("two")
	got := ws.Batches([][][]byte{{one, two}, {one, two}, {one, []byte("two")}, {two, one}, {one}, {one, two}, {}})
	// Batches has put an X into the buffer after each: only the second batch uses the buffer again.
	if want := []string{"onetwo", "Xnetwo", "onetwo", "twoone", "one", "onetwo", ""}; !slices.Equal(got, want) {
		t.Errorf("got batches %q, want %q", got, want)
	}
}
