package hub

import (
	"context"
	"errors"
	"time"

	"seg.example/gen/wire"
)

// replayMode decides which missed events a client gets.
type replayMode uint8

const (
	// everyEvent: all of them, for a client that reconnects, or after another program has
	// published.
	everyEvent replayMode = iota
	// latestEvents: all except events that can be conflated, for a client that is too slow.
	latestEvents
)

// reasonDeleted is the reason of a resync if the session was deleted.
const reasonDeleted = "deleted"

// retryDelay is the wait before frames that did not fit into the queue are sent again.
const retryDelay = 5 * time.Millisecond

// startCatchUp starts to send l what it missed, from the log. The caller holds h.mu and the lock of
// the topic.
func (h *Hub) startCatchUp(l *listener, mode replayMode) {
	l.state = behind
	if h.closed {
		return
	}
	ctx, stop := context.WithCancel(h.base)
	l.stop = stop
	h.counts.behind.Add(1)
	h.catchUps.Go(func() {
		defer h.counts.behind.Add(-1)
		c := catchUp{hub: h, listener: l, mode: mode, limit: chunkEvents}
		if err := c.run(ctx); err != nil && ctx.Err() == nil {
			h.options.OnError(err)
			l.socket.CloseInternal()
		}
	})
}

// catchUp sends a listener what it missed, from the log. It runs in a goroutine of its own, which
// ends when the listener has caught up or is removed, or when the hub is closed.
type catchUp struct {
	hub      *Hub
	listener *listener
	mode     replayMode
	limit    int // how many events to read at once
}

// run reads and sends until the listener has caught up. It fails only if the log cannot be read.
func (c *catchUp) run(ctx context.Context) error {
	l := c.listener
	// From here on only this goroutine changes the position.
	l.topic.mu.Lock()
	p := Position{l.epoch, l.seq}
	l.topic.mu.Unlock()
	for {
		if l.socket.WaitWritable(ctx) != nil {
			return nil //nolint:nilerr // the socket is closing: nothing is left to do
		}
		version := l.topic.currentVersion()
		missed, err := c.hub.read(ctx, l.topic.session, p, c.limit)
		if errors.Is(err, ErrNoSession) {
			missed, err = Missed{Epoch: p.Epoch, LastSeq: p.After, Reason: reasonDeleted}, nil
		}
		if err != nil {
			return err
		}
		var frames [][]byte
		p, frames = c.prepare(p, missed)
		if c.send(ctx, frames) != nil {
			return nil //nolint:nilerr // the socket is closing, or ctx ended
		}
		l.setPosition(p)
		if c.done(version, missed.LastSeq) {
			return nil
		}
	}
}

// prepare returns the frames to send after position p, and the new position.
func (c *catchUp) prepare(p Position, m Missed) (Position, [][]byte) {
	session := c.listener.topic.session
	if m.Reason != "" {
		c.hub.counts.resyncs.Add(1)
		w := wire.Resync{SessionID: session, Epoch: m.Epoch, LastSeq: m.LastSeq, Reason: string(m.Reason)}
		return Position{m.Epoch, m.LastSeq}, [][]byte{c.hub.options.Text(withType("resync", &w))}
	}
	events := firstChunk(m.Events)
	c.adjustLimit(len(events), len(m.Events))
	after := Position{m.Epoch, p.After + int64(len(events))}
	var dropped int
	if c.mode == latestEvents && c.hub.options.Conflation != nil {
		events, dropped = conflate(c.hub.options.Conflation, p.After, events)
		c.hub.counts.conflated.Add(uint64(dropped))
	}
	frames := make([][]byte, len(events))
	last := p.After
	for i, e := range events {
		prev := int64(0)
		if e.Seq != last+1 {
			prev = last
		}
		frames[i] = c.hub.options.Frame(session, e, prev)
		last = e.Seq
	}
	return after, frames
}

// adjustLimit sets the size of the next read: as many events as could be sent at once.
func (c *catchUp) adjustLimit(sent, read int) {
	if sent < read {
		c.limit = sent + 1
	} else {
		c.limit = min(2*c.limit, chunkEvents)
	}
}

// send waits for space in the queue and queues frames. It fails when the socket is closing or ctx
// ends.
func (c *catchUp) send(ctx context.Context, frames [][]byte) error {
	s := c.listener.socket
	for !s.Send(frames...) {
		// Live frames have filled the queue, or these frames are larger than its limit. Frames of
		// any size fit once the queue is short.
		pause := time.NewTimer(retryDelay)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
		if err := s.WaitWritable(ctx); err != nil {
			return err
		}
	}
	return nil
}

// done switches the listener to live events if it has caught up, and reports whether it did.
func (c *catchUp) done(version uint64, last int64) bool {
	l := c.listener
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	return l.goLive(version, last)
}
