package store

import (
	"context"
	"testing"
)

// Pragma reads a pragma of the connection that writes.
func (s *Store) Pragma(t *testing.T, name string) string {
	t.Helper()
	var value string
	err := s.writer.do(func(b *batch) error {
		return b.w.conn.QueryRowContext(context.Background(), "PRAGMA "+name).Scan(&value)
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// WriteOnReader tries to write on a connection for reading.
func (s *Store) WriteOnReader(ctx context.Context) error {
	_, err := s.reader.NewRaw("CREATE TABLE written (id INTEGER)").Exec(ctx)
	return err
}

// Holders is how many hold the lock of a session or wait for it.
func (s *Store) Holders(session string) int {
	s.locks.mu.Lock()
	defer s.locks.mu.Unlock()
	if lk := s.locks.named[session]; lk != nil {
		return lk.users
	}
	return 0
}

// Locks is the number of locks in memory.
func (s *Store) Locks() int {
	s.locks.mu.Lock()
	defer s.locks.mu.Unlock()
	return len(s.locks.named)
}

// Requests is the number of requests that are under way.
func (s *Store) Requests() int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return len(s.requests.named)
}

// Groups is the number of transactions that the writer has committed.
func (s *Store) Groups() int64 { return s.writer.groups.Load() }

// WithWriterHeld runs f while the writer is busy, and returns once it is not any more.
func (s *Store) WithWriterHeld(t *testing.T, f func()) {
	t.Helper()
	held, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { done <- s.writer.do(func(*batch) error { close(held); <-free; return nil }) }()
	<-held
	f()
	close(free)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Queued is the number of jobs that wait for the writer.
func (s *Store) Queued() int { return len(s.writer.queue) }

// Cached tells whether a session is kept in memory.
func (s *Store) Cached(name string) bool { return s.cache.get(name) != nil }

// LogRoundTrip encodes events for the log and decodes them again.
func LogRoundTrip(events []Event) (text string, got []Event, err error) {
	if text, err = encodeLog(events); err != nil {
		return "", nil, err
	}
	got, err = DecodeLog([]byte(text))
	return text, got, err
}

// DecodeLog decodes what is in the log.
func DecodeLog(text []byte) (events []Event, err error) {
	err = decodeLog(text, func(e Event) { events = append(events, e) })
	return events, err
}

// NoteNewest is what the store does from time to time.
func (s *Store) NoteNewest(ctx context.Context) error { return s.noteNewest(ctx) }

// MoveHere lets the identity file beside a database say that this is the file it belongs to.
func MoveHere(file string) error {
	f := dbFile(file)
	p, err := f.readPassport()
	if err != nil {
		return err
	}
	if p.File, err = fileNumber(file); err != nil {
		return err
	}
	return f.writePassport(p)
}

// MarkDue lets the next Prune look at a session.
func (s *Store) MarkDue(session int64) {
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	s.due[session] = struct{}{}
}
