package ws_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// readSlowly reads what p is sent in steps of so many bytes, with a pause before each.
func readSlowly(t *testing.T, p *peer, into []byte, step int, pause time.Duration) {
	t.Helper()
	for at := 0; at < len(into); at += step {
		time.Sleep(pause)
		if _, err := io.ReadFull(p.Conn, into[at:min(at+step, len(into))]); err != nil {
			t.Fatalf("after %d bytes: %v", at, err)
		}
	}
}

// TestSlowReaderOfALongFrame: a client that took a long answer slowly was cut off in the middle of it, came back, asked again and was
// cut off again. One that takes nothing any more is dropped, though it has taken a part.
func TestSlowReaderOfALongFrame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		ended := make(chan time.Time, 1)
		p := pipe(ws.New(dispatch(echo), ws.Config{
			Opened: hook, Closed: func(*ws.Socket) { ended <- time.Now() }, WriteTimeout: 4 * time.Second, PingInterval: time.Hour,
		}), route.Caller{})
		defer p.Close()
		s := <-sockets
		frame := ws.TextFrame([]byte(a(200_000)))
		got := make([]byte, len(frame))
		s.Send(frame)
		readSlowly(t, p, got, 8<<10, 1900*time.Millisecond) // 16 KiB within the timeout
		if !bytes.Equal(got, frame) {
			t.Error("it has come otherwise")
		}
		s.Send(frame)
		readSlowly(t, p, got[:64<<10], 8<<10, 1900*time.Millisecond)
		began := time.Now()
		if took := (<-ended).Sub(began); took != 4*time.Second {
			t.Errorf("dropped after %s", took)
		}
	})
}

// TestSlowReaderOfALongFrame_closing: that it takes something does not put off the end of a socket that is closing.
func TestSlowReaderOfALongFrame_closing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		ended := make(chan time.Time, 1)
		p := pipe(ws.New(dispatch(echo), ws.Config{
			Opened: hook, Closed: func(*ws.Socket) { ended <- time.Now() }, WriteTimeout: 4 * time.Second,
		}), route.Caller{})
		defer p.Close()
		s := <-sockets
		s.Send(ws.TextFrame([]byte(a(200_000))))
		time.Sleep(3 * time.Second) // of the four for the first piece
		s.CloseReplaced()
		began := time.Now()
		var reader sync.WaitGroup
		defer reader.Wait()
		reader.Go(func() {
			var err error
			for piece := make([]byte, 16<<10); err == nil; _, err = io.ReadFull(p.Conn, piece) {
				time.Sleep(900 * time.Millisecond)
			}
		})
		if took := (<-ended).Sub(began); took != 4*time.Second {
			t.Errorf("ended after %s", took)
		}
	})
}

// TestSlowCommandIsNotDeath: a client answers each ping at once, but what it says lies unread while its command waits, for the disk
// for instance. It was told "no pong" together with its answer.
func TestSlowCommandIsNotDeath(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context, *route.Caller, string) []string {
			time.Sleep(5 * time.Minute)
			return []string{"done"}
		}
		p := pipe(ws.New(dispatch(slow), ws.Config{}), route.Caller{})
		defer p.Close()
		p.send(t, text("go"))
		p.want(t, pinged)
		sent := make(chan struct{})
		go func() { // nobody reads it yet
			defer close(sent)
			p.send(t, pong())
		}()
		p.want(t, "text:done")
		<-sent
		p.want(t, pinged) // the next one has been due for long
		p.send(t, pong())
	})
}
