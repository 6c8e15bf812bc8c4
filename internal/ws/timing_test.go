package ws_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// These tests use an in-memory pipe and a virtual clock. A pipe has no buffer, so the first write
// to a client that does not read blocks, and the length of the queue is exactly known.

// pipe starts a socket on a pipe and returns the client's end.
func pipe(s *ws.Server, caller route.Caller) *peer {
	client, server := net.Pipe()
	s.Start(server, caller)
	return newPeer(client)
}

// opened returns a hook for Config.Opened and the channel to which it sends the socket.
func opened() (func(*ws.Socket) error, <-chan *ws.Socket) {
	sockets := make(chan *ws.Socket, 1)
	return func(s *ws.Socket) error { sockets <- s; return nil }, sockets
}

func TestSilenceIsAllowedBetweenMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{PingInterval: 24 * time.Hour}), route.Caller{})
		defer p.Close()
		// The first two start the message timer and must stop it.
		p.send(t, frame(opText, "a"))
		time.Sleep(time.Second)
		p.send(t, frame(fin|opCont, "b"))
		p.want(t, "text:ab")
		time.Sleep(time.Hour)
		p.send(t, text("c"))
		p.want(t, "text:c")
	})
}

func TestMessageTimeout(t *testing.T) {
	t.Parallel()
	for name, start := range map[string][]byte{
		"within a header":           {fin | opText},
		"within a short payload":    text("abc")[:8],
		"within a long payload":     text(a(5000))[:700],
		"between fragments":         frame(opText, "a"),
		"between fragments, pinged": slices.Concat(frame(opText, "a"), ping("x")),
		"within a ping":             ping("abc")[:7],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pipe(ws.New(dispatch(echo), ws.Config{MessageTimeout: 3 * time.Second}), route.Caller{})
				defer p.Close()
				began := time.Now()
				p.send(t, start)
				got := p.read()
				if strings.HasPrefix(got, "pong") {
					got = p.read()
				}
				if took := time.Since(began); got != "close:1008 a message took longer than 3s" || took != 3*time.Second {
					t.Errorf("got %q after %s, want ClosePolicy after the timeout", got, took)
				}
			})
		})
	}
}

func TestLinger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{Linger: 200 * time.Millisecond}), route.Caller{})
		defer p.Close()
		p.send(t, frame(fin|opBinary, "x"))
		p.want(t, "close:1003")
		began := time.Now()
		// Input after the close frame is read, so that the connection is not reset, but ignored.
		p.send(t, text("late"))
		p.want(t, "end: EOF")
		if took := time.Since(began); took != 200*time.Millisecond {
			t.Errorf("got the connection closed %s after the close frame, want Config.Linger", took)
		}
	})
}

// TestLinger_sending: once a client that was still sending half a second after the close frame lost
// that frame, because closing a connection with unread input resets it. The server must read until
// the client is silent, but only for a limited time.
func TestLinger_sending(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		sendsFor, want time.Duration
	}{
		"for a while": {3 * time.Second, 3*time.Second + 200*time.Millisecond},
		"unlimited":   {time.Hour, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pipe(ws.New(dispatch(echo), ws.Config{Linger: 200 * time.Millisecond, WriteTimeout: 4 * time.Second}), route.Caller{})
				defer p.Close()
				p.send(t, frame(fin|opBinary, "x"))
				p.want(t, "close:1003")
				began := time.Now()
				var sender sync.WaitGroup
				defer sender.Wait()
				sender.Go(func() {
					for time.Since(began) <= row.sendsFor {
						if _, err := p.Write(text("late")); err != nil {
							return
						}
						time.Sleep(100 * time.Millisecond)
					}
				})
				p.want(t, "end: EOF")
				if took := time.Since(began); took != row.want {
					t.Errorf("got the connection closed %s after the close frame, want %s", took, row.want)
				}
			})
		})
	}
}

// TestLinger_shutdown: a client that sends after its close frame must not delay Shutdown.
func TestLinger_shutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := ws.New(dispatch(echo), ws.Config{WriteTimeout: time.Hour})
		p := pipe(server, route.Caller{})
		p.send(t, frame(fin|opBinary, "x"))
		p.want(t, "close:1003")
		var sender sync.WaitGroup
		defer sender.Wait()
		defer p.Close()
		sender.Go(func() {
			for {
				if _, err := p.Write(text("late")); err != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		began := time.Now()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < 4*time.Second || took > 5*time.Second { // half of the time, and Config.Linger
			t.Errorf("got Shutdown after %s, want 4s to 5s", took)
		}
	})
}

func TestSlowClientIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		p := pipe(ws.New(dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1000}), route.Caller{})
		defer p.Close()
		s := <-sockets
		first, next := ws.TextFrame([]byte(a(5000))), ws.TextFrame([]byte(a(61)))
		s.Send(first) // larger than the queue, but nothing is queued
		synctest.Wait()
		if s.Send(next) { // 5004 bytes are pending
			t.Error("got true from Send over the limit, want false")
		}
		s.CloseSlow()
		if !s.Send(next) { // closed already, so the frame is dropped
			t.Error("got false from Send on a closed socket, want true")
		}
		synctest.Wait()
		p.want(t, "text#5000", "close:4008", "end: EOF")
	})
}

// TestQueueLimit fills a queue to its last byte, which is allowed, and one byte beyond, which is
// not.
func TestQueueLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit int
		want  []string
	}{
		{limit: 3 * 100, want: []string{"text#98", "text#98", "text#98", "close:4000"}},
		{limit: 3*100 - 1, want: []string{"text#98", "close:4008"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			hook, sockets := opened()
			p := pipe(ws.New(dispatch(echo), ws.Config{Opened: hook, MaxQueue: tt.limit}), route.Caller{})
			defer p.Close()
			s := <-sockets
			for range 3 {
				if !s.Send(ws.TextFrame([]byte(a(98)))) {
					s.CloseSlow()
				}
				synctest.Wait() // the first is being written, and counts until the client has read it
			}
			s.Close(ws.CloseRestart, "")
			p.want(t, tt.want...)
		})
	}
}

// TestAnswer_overLimit: a long answer arrives even if an event is queued. Once the client
// was closed when the answer alone exceeded the limit.
func TestAnswer_overLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		long := func(_ context.Context, _ *route.Caller, _ string) []string { return []string{a(5000), a(5000)} }
		p := pipe(ws.New(dispatch(long), ws.Config{Opened: hook, MaxQueue: 1000}), route.Caller{})
		defer p.Close()
		s := <-sockets
		s.Send(ws.TextFrame([]byte("an event")))
		synctest.Wait() // it is being written
		p.send(t, text("ask"))
		synctest.Wait()
		if s.Send(ws.TextFrame([]byte("another one"))) {
			t.Error("got true from Send over the limit, want false")
		}
		s.Answer(ws.TextFrame([]byte("of a command")))
		p.want(t, "text:an event", "text#5000", "text#5000", "text:of a command")
	})
}

// TestSend_overLimit: while WaitWritable would return, one Send of any size is accepted.
// Once events over the limit did not fit behind an answer, and the client that had caused them was
// closed.
func TestSend_overLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		waits int // bytes, with a limit of 1000: 250 is a quarter
		fits  bool
	}{{250, true}, {251, false}} {
		synctest.Test(t, func(t *testing.T) {
			hook, sockets := opened()
			p := pipe(ws.New(dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1000}), route.Caller{})
			defer p.Close()
			s := <-sockets
			s.Send(ws.TextFrame([]byte(a(tt.waits - 4)))) // with a header of 4 bytes
			synctest.Wait()
			if got := s.Send(ws.TextFrame([]byte(a(5000)))); got != tt.fits {
				t.Errorf("Send of 5000 bytes with %d pending: got %t", tt.waits, got)
			}
		})
	}
}

func TestWriteTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		ended := make(chan time.Time, 1)
		p := pipe(ws.New(dispatch(echo), ws.Config{
			Opened: hook, Closed: func(*ws.Socket) { ended <- time.Now() }, WriteTimeout: 4 * time.Second,
		}), route.Caller{})
		defer p.Close()
		began := time.Now()
		(<-sockets).Send(ws.TextFrame([]byte("never read")))
		if took := (<-ended).Sub(began); took != 4*time.Second {
			t.Errorf("got dropped after %s, want one WriteTimeout", took)
		}
		p.want(t, "end: EOF")
	})
}

// TestClose_slowReader: a client that reads slowly must not delay its end without limit by
// resetting the write timeout.
func TestClose_slowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		ended := make(chan time.Time, 1)
		p := pipe(ws.New(dispatch(echo), ws.Config{
			Opened: hook, Closed: func(*ws.Socket) { ended <- time.Now() }, WriteTimeout: 4 * time.Second, MaxQueue: 1 << 20,
		}), route.Caller{})
		defer p.Close()
		s := <-sockets
		for range 40 {
			s.Send(ws.TextFrame([]byte(a(10000)))) // each is written alone
		}
		s.CloseReplaced()
		began := time.Now()
		var reader sync.WaitGroup
		defer reader.Wait()
		reader.Go(func() {
			for p.read() == "text#10000" {
				time.Sleep(time.Second)
			}
		})
		if took := (<-ended).Sub(began); took > 8*time.Second {
			t.Errorf("got the end after %s, want one WriteTimeout", took)
		}
	})
}

// countingConn counts the writes that reach a connection.
type countingConn struct {
	net.Conn
	writes []int
}

func (c *countingConn) Write(p []byte) (int, error) {
	c.writes = append(c.writes, len(p))
	return c.Conn.Write(p)
}

func TestBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		client, end := net.Pipe()
		conn := &countingConn{Conn: end}
		server := ws.New(dispatch(echo), ws.Config{Opened: hook})
		server.Start(conn, route.Caller{})
		p := newPeer(client)
		defer p.Close()
		s := <-sockets
		s.Send(ws.TextFrame([]byte("first")))
		synctest.Wait()
		small, large := ws.TextFrame([]byte(a(98))), ws.TextFrame([]byte(a(20000)))
		s.Send(slices.Repeat([][]byte{small}, 100)...)
		s.Send(large, small, small)
		p.want(t, "text:first")
		for range 100 {
			p.want(t, "text#98")
		}
		p.want(t, "text#20000", "text#98", "text#98")
		synctest.Wait()
		// The first alone, 64 together, the other 36, the large one alone and in two pieces, the
		// last two.
		if want := []int{7, 6400, 3600, 16384, 3620, 200}; !slices.Equal(conn.writes, want) {
			t.Errorf("got writes of %v bytes, want %v", conn.writes, want)
		}
	})
}

// slowly answers after a minute, or when ctx is cancelled, and says which.
func slowly(ctx context.Context, _ *route.Caller, text string) []string {
	select {
	case <-time.After(time.Minute):
		return []string{text + " done"}
	case <-ctx.Done():
		return []string{text + " cancelled"}
	}
}

// TestCloseWaitsForTheAnswer: a command may be committed while its client is closed. The client
// must get the answer before the close frame.
func TestCloseWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		p := pipe(ws.New(dispatch(slowly), ws.Config{Opened: hook}), route.Caller{})
		defer p.Close()
		s := <-sockets
		p.send(t, text("one"))
		synctest.Wait()
		s.Close(ws.CloseReplaced, "first")
		s.Close(ws.CloseRestart, "only the first close counts")
		s.Send(ws.TextFrame([]byte("an event of the command")))
		p.want(t, "text:an event of the command", "text:one done", "close:4001 first", "end: EOF")
	})
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := ws.New(dispatch(slowly), ws.Config{})
		idle, busy := pipe(server, route.Caller{}), pipe(server, route.Caller{})
		defer idle.Close()
		defer busy.Close()
		busy.send(t, text("one"))
		synctest.Wait()
		ended := make(chan error)
		go func() { ended <- server.Shutdown(t.Context()) }()
		idle.want(t, "close:4000", "end: EOF")
		if !server.Draining() {
			t.Error("got false from Draining, want true")
		}
		// A connection after Shutdown is refused: the server does not read it.
		late := pipe(server, route.Caller{})
		defer late.Close()
		late.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := late.Write(text("x")); err == nil {
			t.Error("got a new connection during Shutdown, want it refused")
		}
		busy.want(t, "text:one done", "close:4000", "end: EOF")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := server.Shutdown(t.Context()); err != nil {
			t.Errorf("second Shutdown: got %v, want no error", err)
		}
	})
}

func TestShutdownOutOfTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cancelled := make(chan bool, 2)
		server := ws.New(dispatch(func(ctx context.Context, _ *route.Caller, _ string) []string {
			<-ctx.Done()
			cancelled <- true
			return nil
		}), ws.Config{})
		stuck, stuckToo := pipe(server, route.Caller{}), pipe(server, route.Caller{})
		defer stuck.Close()
		defer stuckToo.Close()
		stuck.send(t, text("one"))
		stuckToo.send(t, text("two"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		err := server.Shutdown(ctx)
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second {
			t.Errorf("Shutdown: got %v after %s, want an error when ctx ends", err, took)
		}
		if !strings.HasPrefix(err.Error(), "2 sockets") {
			t.Errorf("Shutdown: got %v, want the number of sockets", err)
		}
		stuck.want(t, "end: EOF")
		<-cancelled
		<-cancelled
	})
}

// TestShutdownDoesNotWaitForReaders: a client that does not read must not make Shutdown fail:
// neither before its close frame was written, nor during a write, nor after another Close.
func TestShutdownDoesNotWaitForReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		server := ws.New(dispatch(echo), ws.Config{Opened: hook, WriteTimeout: time.Hour})
		idle := pipe(server, route.Caller{})
		<-sockets
		writing := pipe(server, route.Caller{})
		(<-sockets).Send(ws.TextFrame([]byte(a(1000))), ws.TextFrame([]byte(a(1000))))
		leaving := pipe(server, route.Caller{})
		(<-sockets).CloseReplaced()
		for _, p := range []*peer{idle, writing, leaving} {
			defer p.Close()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		began := time.Now()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("got Shutdown after %s", took)
		}
	})
}

// TestShutdownLeavesTimeForLateAnswers: a command that takes most of Shutdown's time is still
// answered.
func TestShutdownLeavesTimeForLateAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := ws.New(dispatch(slowly), ws.Config{})
		busy := pipe(server, route.Caller{})
		defer busy.Close()
		busy.send(t, text("one"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 70*time.Second)
		defer cancel()
		ended := make(chan error)
		go func() { ended <- server.Shutdown(ctx) }()
		time.Sleep(65 * time.Second) // the answer was sent five seconds ago
		busy.want(t, "text:one done", "close:4000", "end: EOF")
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
