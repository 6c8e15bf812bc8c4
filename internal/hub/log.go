package hub

import (
	"context"
	"errors"
	"fmt"

	"seg.example/gen/wire"
)

// Event is a broadcast of a session.
type Event struct {
	Type string
	Data []byte // JSON
	Seq  int64  // its number in the session
	Time int64  // when it happened, in milliseconds since the epoch
}

// Position is how far a client has followed a session.
type Position struct {
	Epoch string // of the session; empty: it has not
	After int64  // number of the newest event that it has
}

// Missed is what a client has missed of a session, all of it as of one moment.
type Missed struct {
	Epoch   string             // of the session
	LastSeq int64              // number of its newest event
	Reason  wire.WelcomeReason // why Events says nothing; empty: it is what followed
	Events  []Event            // what followed the client's position, without a gap; the last is LastSeq unless the limit cut it short
}

// Log is where all that has happened is kept for some time.
type Log interface {
	// Since returns what has happened in a session after p, at most limit events, or that it cannot be told. It must know of
	// everything that has been published. An error that wraps ErrNoSession says that there is no such session, and that none of
	// p.Epoch is remembered.
	Since(ctx context.Context, session string, p Position, limit int) (Missed, error)
}

// ErrNoSession says that a session does not exist.
var ErrNoSession = errors.New("no such session")

// Latest knows the events of which only the newest matters to a client that is behind.
type Latest interface {
	// Key returns what an event tells the latest of, such as one company's balance; false: each one matters.
	Key(typ string, data []byte) (key string, ok bool)
	// Merge returns the data of one event that tells what two of one type and key tell, the older followed by the newer; false: one
	// cannot tell it.
	Merge(typ string, older, newer []byte) (data []byte, ok bool)
}

// What is read from the log and sent at once. It fits into a socket's queue when AwaitRoom has returned.
const (
	chunkEvents = 256
	chunkBytes  = 128 << 10
	// envelope is about what a frame has beside type and data.
	envelope = 100
)

// read reads the log when it is its turn.
func (h *Hub) read(ctx context.Context, session string, p Position, limit int) (Missed, error) {
	select {
	case h.readers <- struct{}{}:
	case <-ctx.Done():
		return Missed{}, fmt.Errorf("wait to read what was missed: %w", context.Cause(ctx))
	}
	defer func() { <-h.readers }()
	missed, err := h.o.Log.Since(ctx, session, p, limit)
	if err != nil {
		return Missed{}, fmt.Errorf("read what was missed: %w", err)
	}
	return missed, nil
}

// cut returns the events at the beginning that are to be sent at once: at least one, if there is any.
func cut(events []Event) []Event {
	size := 0
	for i, e := range events {
		size += envelope + len(e.Type) + len(e.Data)
		if size > chunkBytes && i > 0 {
			return events[:i]
		}
	}
	return events
}
