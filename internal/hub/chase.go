package hub

import (
	"context"
	"errors"
	"time"

	"seg.example/gen/wire"
)

// detail says what a client that is behind gets of what it has missed.
type detail uint8

const (
	// everyEvent: it comes back, or another program has published; it shall see what others saw.
	everyEvent detail = iota
	// latestEvents: it is too slow; of some events only the latest.
	latestEvents
)

// deleted is the reason of a resync whose session is gone.
const deleted = "deleted"

// crowdedPause is how long to wait with what does not fit beside what else a client is sent.
const crowdedPause = 5 * time.Millisecond

// startChase lets l be read to from the log until it has everything. Its topic's lock and that of h are held.
func (h *Hub) startChase(l *listener, d detail) {
	l.state = behind
	if h.closed {
		return
	}
	ctx, stop := context.WithCancel(h.base)
	l.stop = stop
	h.counts.behind.Add(1)
	h.chases.Go(func() {
		defer h.counts.behind.Add(-1)
		c := chase{hub: h, listener: l, detail: d, limit: chunkEvents}
		if err := c.run(ctx); err != nil && ctx.Err() == nil {
			h.o.Trouble(err)
			l.socket.Failed()
		}
	})
}

// chase is the reading of the log for a listener that is behind. One goroutine runs it; it ends when the listener has everything,
// has gone, or the hub is closed.
type chase struct {
	hub      *Hub
	listener *listener
	detail   detail
	limit    int // of events to read at once
}

// run reads and sends until the listener has everything. The error is that of the log.
func (c *chase) run(ctx context.Context) error {
	l := c.listener
	// Only this goroutine changes it from now on.
	l.topic.mu.Lock()
	p := Position{l.epoch, l.seq}
	l.topic.mu.Unlock()
	for {
		if l.socket.AwaitRoom(ctx) != nil {
			return nil //nolint:nilerr // the socket ends, and with it the matter
		}
		mark := l.topic.mark()
		missed, err := c.hub.read(ctx, l.topic.session, p, c.limit)
		if errors.Is(err, ErrNoSession) {
			missed, err = Missed{Epoch: p.Epoch, LastSeq: p.After, Reason: deleted}, nil
		}
		if err != nil {
			return err
		}
		var frames [][]byte
		p, frames = c.prepare(p, missed)
		if c.send(ctx, frames) != nil {
			return nil //nolint:nilerr // as above
		}
		l.moved(p)
		if c.done(mark, missed.LastSeq) {
			return nil
		}
	}
}

// prepare returns what to send of what was missed since p, and the position after it.
func (c *chase) prepare(p Position, m Missed) (Position, [][]byte) {
	session := c.listener.topic.session
	if m.Reason != "" {
		c.hub.counts.resyncs.Add(1)
		w := wire.Resync{SessionID: session, Epoch: m.Epoch, LastSeq: m.LastSeq, Reason: string(m.Reason)}
		return Position{m.Epoch, m.LastSeq}, [][]byte{c.hub.o.Text(typed("resync", &w))}
	}
	events := cut(m.Events)
	c.adapt(len(events), len(m.Events))
	after := Position{m.Epoch, p.After + int64(len(events))}
	var dropped int
	if c.detail == latestEvents && c.hub.o.Latest != nil {
		events, dropped = conflate(c.hub.o.Latest, p.After, events)
		c.hub.counts.conflated.Add(uint64(dropped))
	}
	frames := make([][]byte, len(events))
	last := p.After
	for i, e := range events {
		prev := int64(0)
		if e.Seq != last+1 {
			prev = last
		}
		frames[i] = c.hub.o.Frame(session, e, prev)
		last = e.Seq
	}
	return after, frames
}

// adapt makes the next read about as long as what can be sent at once, when of read events only sent could be.
func (c *chase) adapt(sent, read int) {
	if sent < read {
		c.limit = sent + 1
	} else {
		c.limit = min(2*c.limit, chunkEvents)
	}
}

// send queues frames, when there is room. The error is that the socket ends or ctx has ended.
func (c *chase) send(ctx context.Context, frames [][]byte) error {
	s := c.listener.socket
	for !s.Send(frames...) {
		// Others have filled the queue, or there is more than it holds: that fits when the queue is empty, which is soon or never.
		pause := time.NewTimer(crowdedPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
		if err := s.AwaitRoom(ctx); err != nil {
			return err
		}
	}
	return nil
}

// done turns the listener live if it has everything.
func (c *chase) done(mark uint64, last int64) bool {
	l := c.listener
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	return l.turnLive(mark, last)
}
