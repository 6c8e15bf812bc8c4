package hub

import (
	"context"

	"seg.example/gen/wire"
)

// Subscription is a prepared subscription of one client to one session: it holds the missed events.
// The caller must close it.
type Subscription struct {
	hub     *Hub
	topic   *topic
	from    Position // the client's position
	version uint64   // of the topic, before the log was read
	missed  Missed
	closed  bool
}

// Subscribe prepares a subscription to session after position p. Events that are published before
// Add are not lost. It reads the log. The error wraps ErrNoSession if there is no such session. It
// also fails when ctx ends or the log cannot be read.
func (h *Hub) Subscribe(ctx context.Context, session string, p Position) (*Subscription, error) {
	s := &Subscription{hub: h, topic: h.acquire(session), from: p}
	s.version = s.topic.currentVersion()
	var err error
	if s.missed, err = h.read(ctx, session, p, chunkEvents); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close releases the subscription. A socket that was added with it stays subscribed. Close may be
// called repeatedly, and on nil, from one goroutine at a time.
func (s *Subscription) Close() {
	if s == nil || s.closed {
		return
	}
	s.closed = true
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.release(s.topic)
}

// firstFrames returns the welcome and the first missed events for l, and sets its position after
// them.
func (s *Subscription) firstFrames(l *listener) [][]byte {
	m := s.missed
	w := wire.Welcome{SessionID: s.topic.session, Epoch: m.Epoch, LastSeq: m.LastSeq, Contract: wire.Hash, Resumed: m.Reason == ""}
	l.epoch, l.seq = m.Epoch, m.LastSeq
	if !w.Resumed {
		w.Reason = wire.Some(m.Reason)
		return [][]byte{s.hub.options.Text(withType("welcome", &w))}
	}
	if m.LastSeq > s.from.After {
		w.From, w.To = wire.Some(s.from.After+1), wire.Some(m.LastSeq)
	}
	events := firstChunk(m.Events)
	frames := append(make([][]byte, 0, 1+len(events)), s.hub.options.Text(withType("welcome", &w)))
	l.seq = s.from.After + int64(len(events))
	for _, e := range events {
		frames = append(frames, s.hub.options.Frame(s.topic.session, e, 0))
	}
	return frames
}

// withType returns the JSON text of a frame: object with "type" as its first member. The object
// must not be empty.
func withType(typ string, object interface{ Append(dst []byte) []byte }) []byte {
	text := append(append([]byte(`{"type":"`), typ...), '"')
	open := len(text)
	text = object.Append(text)
	text[open] = ','
	return text
}
