package hub

import (
	"context"

	"seg.example/gen/wire"
)

// Opening is a client about to listen to a session: what it has missed has been looked up. It must be closed.
type Opening struct {
	hub    *Hub
	topic  *topic
	from   Position // of the client
	mark   uint64   // how much had been published before the log was read
	missed Missed
	closed bool
}

// Open prepares for a client to listen to session from p on; what is published meanwhile is not lost to it. It waits for the log.
// The error wraps ErrNoSession when there is no such session; otherwise it says that ctx has ended or the log cannot be read.
func (h *Hub) Open(ctx context.Context, session string, p Position) (*Opening, error) {
	o := &Opening{hub: h, topic: h.hold(session), from: p}
	o.mark = o.topic.mark()
	var err error
	if o.missed, err = h.read(ctx, session, p, chunkEvents); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// Close ends the opening. A socket that was added with it stays. It may be called again, and of none, from one goroutine at a time.
func (o *Opening) Close() {
	if o == nil || o.closed {
		return
	}
	o.closed = true
	o.hub.mu.Lock()
	defer o.hub.mu.Unlock()
	o.hub.letGo(o.topic)
}

// begin returns the first frames for l and notes its position after them.
func (o *Opening) begin(l *listener) [][]byte {
	m := o.missed
	w := wire.Welcome{SessionID: o.topic.session, Epoch: m.Epoch, LastSeq: m.LastSeq, Contract: wire.Hash, Resumed: m.Reason == ""}
	l.epoch, l.seq = m.Epoch, m.LastSeq
	if !w.Resumed {
		w.Reason = wire.Some(m.Reason)
		return [][]byte{o.hub.o.Text(typed("welcome", &w))}
	}
	if m.LastSeq > o.from.After {
		w.From, w.To = wire.Some(o.from.After+1), wire.Some(m.LastSeq)
	}
	events := cut(m.Events)
	frames := append(make([][]byte, 0, 1+len(events)), o.hub.o.Text(typed("welcome", &w)))
	l.seq = o.from.After + int64(len(events))
	for _, e := range events {
		frames = append(frames, o.hub.o.Frame(o.topic.session, e, 0))
	}
	return frames
}

// typed returns the text of a frame: an object, which has members, with its type put first.
func typed(typ string, object interface{ Append(dst []byte) []byte }) []byte {
	text := append(append([]byte(`{"type":"`), typ...), '"')
	open := len(text)
	text = object.Append(text)
	text[open] = ','
	return text
}
