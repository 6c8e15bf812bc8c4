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

// readSlowly reads in steps of step bytes, with a pause before each.
func readSlowly(t *testing.T, p *peer, into []byte, step int, pause time.Duration) {
	t.Helper()
	for at := 0; at < len(into); at += step {
		time.Sleep(pause)
		if _, err := io.ReadFull(p.Conn, into[at:min(at+step, len(into))]); err != nil {
			t.Fatalf("after %d bytes: got %v, want more", at, err)
		}
	}
}

// TestSlowReaderOfALongFrame: once a client that read a long answer slowly was cut off in the
// middle of it, reconnected, asked again and was cut off again. A client that stops reading is
// dropped, even if it has read a part.
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
		readSlowly(t, p, got, 8<<10, 1900*time.Millisecond) // faster than 16 KiB per WriteTimeout
		if !bytes.Equal(got, frame) {
			t.Error("got another text than was sent")
		}
		s.Send(frame)
		readSlowly(t, p, got[:64<<10], 8<<10, 1900*time.Millisecond)
		began := time.Now()
		if took := (<-ended).Sub(began); took != 4*time.Second {
			t.Errorf("got dropped after %s, want one WriteTimeout", took)
		}
	})
}

// TestSlowReaderOfALongFrame_closing: slow reading must not delay the end of a closing socket.
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
			t.Errorf("got the end after %s, want one WriteTimeout", took)
		}
	})
}

// TestPing_slowCommand: a client answers each ping at once, but its pong is not read while its
// command waits, for example for the disk. Once the server closed it with "no pong".
func TestPing_slowCommand(t *testing.T) {
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
		p.want(t, pinged) // the next ping is overdue
		p.send(t, pong())
	})
}
