package load

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// runIdle opens connections, holds them, and asks each whether it is still there.
func (r *testRun) runIdle(ctx context.Context) error {
	handshakes := r.addRecorder("handshake")
	h := &idleConns{pings: r.addRecorder("ping"), until: make(chan struct{})}
	h.pings.burst = true
	err := r.connect(ctx, "", handshakes, func(i int, s *socket) {
		h.sockets = append(h.sockets, s)
		h.holding.Go(func() {
			defer r.closeSocket(s)
			defer context.AfterFunc(ctx, s.interrupt)()
			c := client{r, s, i, h.pings}
			if err := c.holdUntilEnd(ctx, h); err != nil {
				r.countError(ctx, err)
			}
		})
	})
	r.runTimed(ctx, func(due context.Context) {
		h.end, _ = due.Deadline()
		close(h.until)
		for _, s := range h.sockets {
			s.interrupt()
		}
		h.holding.Wait()
	})
	return err
}

// idleConns are the connections that are held.
type idleConns struct {
	pings   *recorder
	sockets []*socket
	holding sync.WaitGroup
	until   chan struct{} // closed once end is known
	end     time.Time     // how long they are held
}

// deadline returns the moment up to which a connection is held, none as long as that is not known.
func (h *idleConns) deadline() time.Time {
	select {
	case <-h.until:
		return h.end
	default:
		return time.Time{}
	}
}

// holdUntilEnd keeps a connection open to the end, answering the server's pings, and then sends one of its own.
func (c *client) holdUntilEnd(ctx context.Context, h *idleConns) error {
	for {
		over, err := c.waitReadable(ctx, h)
		if err != nil {
			return err
		}
		if over {
			break
		}
		if err := c.socket.setTimeout(c.config.timeout); err != nil {
			return err
		}
		if _, err := c.socket.frame(); err != nil {
			return err
		}
	}
	began := time.Now()
	ping := pingExchange{}
	code, err := c.roundTrip(ctx, ping.request(nil, 0), func(frame []byte) (bool, string) { return ping.answers(frame, 0) })
	if err != nil {
		return err
	}
	c.times.record(c.number, time.Since(began))
	if code != "" {
		c.errors.add("answered "+code, 1)
	}
	return nil
}

// waitReadable returns when something comes in, or the end has come.
func (c *client) waitReadable(ctx context.Context, h *idleConns) (over bool, err error) {
	for {
		// The deadline is cleared first and looked up after, so that whoever interrupts in between is noticed by one of the two.
		if err := c.socket.conn.SetReadDeadline(time.Time{}); err != nil {
			return false, err
		}
		if end := h.deadline(); !end.IsZero() {
			if err := c.socket.conn.SetReadDeadline(end); err != nil {
				return false, err
			}
			over = !time.Now().Before(end)
		}
		if err := ctx.Err(); over || err != nil {
			return over, err
		}
		// Peeked, because a read that is cut off by the deadline must not take half a frame with it.
		if _, err := c.socket.in.Peek(1); !errors.Is(err, os.ErrDeadlineExceeded) {
			return false, err
		}
	}
}
