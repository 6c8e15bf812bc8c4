package load

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// runIdle opens connections, keeps them open, and sends one ping on each at the end.
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

// idleConns are the open connections.
type idleConns struct {
	pings   *recorder
	sockets []*socket
	holding sync.WaitGroup
	until   chan struct{} // closed when end is set
	end     time.Time     // when to send the ping and close
}

// deadline returns the end, or the zero time if it is not known yet.
func (h *idleConns) deadline() time.Time {
	select {
	case <-h.until:
		return h.end
	default:
		return time.Time{}
	}
}

// holdUntilEnd keeps a connection open and answers the server's pings. At the end it sends a ping
// of its own.
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

// waitReadable waits until data arrives. over is true if the end came first.
func (c *client) waitReadable(ctx context.Context, h *idleConns) (over bool, err error) {
	for {
		// Clear the deadline before reading the end. Then an interrupt in between is noticed either
		// way.
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
		// Peek, because a read that the deadline interrupts could lose half a frame.
		if _, err := c.socket.in.Peek(1); !errors.Is(err, os.ErrDeadlineExceeded) {
			return false, err
		}
	}
}
