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
	Seq  int64  // number in the session and epoch, from 1
	Time int64  // Unix time in milliseconds
}

// Position is the newest event of a session that a client has.
type Position struct {
	Epoch string // empty: the client has none
	After int64  // seq of the newest event that the client has
}

// Missed is what a client missed of a session, read in one consistent snapshot.
type Missed struct {
	Epoch   string             // of the session
	LastSeq int64              // seq of the newest event of the session
	Reason  wire.WelcomeReason // why the client cannot resume and Events is empty; empty: it can
	Events  []Event            // the events after the position, without gaps, up to LastSeq or the limit
}

// Log is the event log, which keeps events for some time.
type Log interface {
	// Since returns at most limit events of a session after p, or the reason why it cannot. It must
	// know all published events. The error wraps ErrNoSession if there is no such session and the
	// log holds no deleted session with p.Epoch.
	Since(ctx context.Context, session string, p Position, limit int) (Missed, error)
}

// ErrNoSession means that a session does not exist.
var ErrNoSession = errors.New("no such session")

// Conflater merges events if only the newest of them matters to a slow client.
type Conflater interface {
	// Key returns what an event is about, such as one company's balance; false: the event must not
	// be merged.
	Key(typ string, data []byte) (key string, ok bool)
	// Merge returns the data of one event that stands for two of the same type and key; false: they
	// cannot be merged.
	Merge(typ string, older, newer []byte) (data []byte, ok bool)
}

// Limits of one read and one Send. A chunk fits into a socket's queue after WaitWritable has
// returned.
const (
	chunkEvents = 256
	chunkBytes  = 128 << 10
	// frameOverhead is about the size of a frame without type and data.
	frameOverhead = 100
)

// read reads the log. At most Options.Readers reads run at once.
func (h *Hub) read(ctx context.Context, session string, p Position, limit int) (Missed, error) {
	select {
	case h.readers <- struct{}{}:
	case <-ctx.Done():
		return Missed{}, fmt.Errorf("wait to read what was missed: %w", context.Cause(ctx))
	}
	defer func() { <-h.readers }()
	missed, err := h.options.Log.Since(ctx, session, p, limit)
	if err != nil {
		return Missed{}, fmt.Errorf("read what was missed: %w", err)
	}
	return missed, nil
}

// firstChunk returns the first events that fit into chunkBytes: at least one, if there is any.
func firstChunk(events []Event) []Event {
	size := 0
	for i, e := range events {
		size += frameOverhead + len(e.Type) + len(e.Data)
		if size > chunkBytes && i > 0 {
			return events[:i]
		}
	}
	return events
}
