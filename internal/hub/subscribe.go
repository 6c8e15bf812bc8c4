package hub

import (
	"context"

	"seg.example/gen/wire"
)

// Subscription is a prepared subscription of one client to one session: the missed events have been read. The caller must close it.
type Subscription struct {
	hub     *Hub
	topic   *topic
	from    Position // the client's position
	version uint64   // of the topic, before the log was read
	missed  Missed
	closed  bool
}

// Subscribe prepares a subscription to session after position p. Events that are published before Add are not lost. It reads the log.
// The error wraps ErrNoSession if there is no such session. It also fails when ctx ends or the log cannot be read.
func (h *Hub) Subscribe(ctx context.Context, session string, p Position) (*Subscription, error) {
	o := &Subscription{hub: h, topic: h.acquire(session), from: p}
	o.version = o.topic.currentVersion()
	var err error
	if o.missed, err = h.read(ctx, session, p, chunkEvents); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// Close releases the subscription. A socket that was added with it stays subscribed. Close may be called repeatedly, and on nil, from
// one goroutine at a time.
func (o *Subscription) Close() {
	if o == nil || o.closed {
		return
	}
	o.closed = true
	o.hub.mu.Lock()
	defer o.hub.mu.Unlock()
	o.hub.release(o.topic)
}

// firstFrames returns the welcome and the first missed events for l, and sets its position after them.
func (o *Subscription) firstFrames(l *listener) [][]byte {
	m := o.missed
	w := wire.Welcome{SessionID: o.topic.session, Epoch: m.Epoch, LastSeq: m.LastSeq, Contract: wire.Hash, Resumed: m.Reason == ""}
	l.epoch, l.seq = m.Epoch, m.LastSeq
	if !w.Resumed {
		w.Reason = wire.Some(m.Reason)
		return [][]byte{o.hub.options.Text(withType("welcome", &w))}
	}
	if m.LastSeq > o.from.After {
		w.From, w.To = wire.Some(o.from.After+1), wire.Some(m.LastSeq)
	}
	events := fitting(m.Events)
	frames := append(make([][]byte, 0, 1+len(events)), o.hub.options.Text(withType("welcome", &w)))
	l.seq = o.from.After + int64(len(events))
	for _, e := range events {
		frames = append(frames, o.hub.options.Frame(o.topic.session, e, 0))
	}
	return frames
}

// withType returns the JSON text of a frame: object with "type" as its first member. The object must not be empty.
func withType(typ string, object interface{ Append(dst []byte) []byte }) []byte {
	text := append(append([]byte(`{"type":"`), typ...), '"')
	open := len(text)
	text = object.Append(text)
	text[open] = ','
	return text
}
