package ws_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// TestWaitWritable fills a queue of 1000 bytes with frames of 100 bytes. The first is being
// written. WaitWritable returns when at most 250 bytes are pending.
func TestWaitWritable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		p := pipe(ws.New(dispatch(echo), ws.Config{Opened: hook, MaxQueue: 1000}), route.Caller{})
		defer p.Close()
		s := <-sockets
		if err := s.WaitWritable(t.Context()); err != nil {
			t.Errorf("WaitWritable with an empty queue: got %v, want no error", err)
		}
		for range 4 {
			s.Send(ws.TextFrame([]byte(a(98))))
			synctest.Wait()
		}
		waited := make(chan error, 1)
		go func() { waited <- s.WaitWritable(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-waited:
			t.Fatalf("WaitWritable returned %v with 400 pending bytes, want it to wait", err)
		default:
		}
		p.want(t, "text#98") // the other three are written together, and count until they are read
		synctest.Wait()
		select {
		case err := <-waited:
			t.Fatalf("WaitWritable returned %v with 300 pending bytes, want it to wait", err)
		default:
		}
		p.want(t, "text#98", "text#98", "text#98")
		if err := <-waited; err != nil {
			t.Error(err)
		}
	})
}

// TestWaitWritableEnds: WaitWritable returns when the socket closes or ctx ends.
func TestWaitWritableEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(s *ws.Socket, p *peer, cancel context.CancelFunc)
		want error
	}{
		"closed":    {func(s *ws.Socket, _ *peer, _ context.CancelFunc) { s.Close(ws.CloseRestart, "") }, ws.ErrClosing},
		"too slow":  {func(s *ws.Socket, _ *peer, _ context.CancelFunc) { s.CloseSlow() }, ws.ErrClosing},
		"gone":      {func(_ *ws.Socket, p *peer, _ context.CancelFunc) { p.Close() }, ws.ErrClosing},
		"timeout":   {func(*ws.Socket, *peer, context.CancelFunc) { time.Sleep(time.Minute) }, ws.ErrClosing},
		"cancelled": {func(_ *ws.Socket, _ *peer, cancel context.CancelFunc) { cancel() }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hook, sockets := opened()
				p := pipe(ws.New(dispatch(echo), ws.Config{Opened: hook, MaxQueue: 100}), route.Caller{})
				defer p.Close()
				s := <-sockets
				s.Send(ws.TextFrame([]byte(a(98))))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				waited := make(chan error, 1)
				go func() { waited <- s.WaitWritable(ctx) }()
				synctest.Wait()
				tt.end(s, p, cancel)
				if err := <-waited; !errors.Is(err, tt.want) {
					t.Errorf("WaitWritable: got %v, want %v", err, tt.want)
				}
				p.Close()
			})
		})
	}
}

// TestWaitWritableWhileDispatching: a socket that will close after an answer does not accept more.
func TestWaitWritableWhileDispatching(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		p := pipe(ws.New(dispatch(slowly), ws.Config{Opened: hook, MaxQueue: 100}), route.Caller{})
		defer p.Close()
		s := <-sockets
		p.send(t, text("one"))
		s.Send(ws.TextFrame([]byte(a(98))))
		waited := make(chan error, 1)
		go func() { waited <- s.WaitWritable(t.Context()) }()
		synctest.Wait()
		s.Close(ws.CloseRestart, "")
		if err := <-waited; !errors.Is(err, ws.ErrClosing) {
			t.Errorf("WaitWritable: got %v, want %v", err, ws.ErrClosing)
		}
		p.want(t, "text#98", "text:one done", "close:4000", "end: EOF")
	})
}
