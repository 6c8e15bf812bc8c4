package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
	"weak"

	"github.com/uptrace/bun"
)

// Pragma reads a pragma of the connection that writes.
func (s *Store) Pragma(t *testing.T, name string) string {
	t.Helper()
	var value string
	if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
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

// Waiting returns the number of readers that wait for the publication of events of a session.
func (s *Store) Waiting(session string) int {
	s.telling.mu.Lock()
	defer s.telling.mu.Unlock()
	if u := s.telling.pending[session]; u != nil {
		return u.waiting
	}
	return 0
}

// Requests is the number of requests that are under way.
func (s *Store) Requests() int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return len(s.requests.named)
}

// Groups is the number of transactions that the writer has committed.
func (s *Store) Groups() int64 { return s.writer.groups.Load() }

// WithWriterHeld runs f while the writer is busy, and returns when the writer is free again.
func (s *Store) WithWriterHeld(t *testing.T, f func()) {
	t.Helper()
	held, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { done <- s.writer.submit(func(*batch) error { close(held); <-free; return nil }) }()
	<-held
	f()
	close(free)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Break lets the writer report an error of a statement that it has run before, once: when it is run for the nth time from now on, the
// first is 0. With done it is the error of what has been done all the same.
func (s *Store) Break(t *testing.T, query string, nth int, done bool) {
	t.Helper()
	err := s.writer.submit(func(b *batch) error {
		whole, ok := b.w.stmts[query]
		if !ok {
			return fmt.Errorf("not run before: %s", query)
		}
		if query == "COMMIT" {
			nth++ // the one of this change
		}
		b.w.stmts[query] = &broken{statement: whole, nth: nth, done: done, mend: func() { b.w.stmts[query] = whole }}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// broken is a statement that fails once.
type broken struct {
	statement

	nth  int
	done bool
	mend func()
}

func (s *broken) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if s.nth--; s.nth >= 0 {
		return s.statement.ExecContext(ctx, args)
	}
	s.mend()
	if s.done {
		if _, err := s.statement.ExecContext(ctx, args); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("disk I/O error")
}

// NextWAL is how long the write-ahead log must be for the writer to wait for queries, in bytes. It is greater each time that the writer
// has waited without success.
func (s *Store) NextWAL(t *testing.T) (next int64) {
	t.Helper()
	err := s.writer.submit(func(b *batch) error { next = b.w.wal.next; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// WaitForQueries sets how long the writer waits for queries, to empty the write-ahead log.
func (s *Store) WaitForQueries(t *testing.T, d time.Duration) {
	t.Helper()
	statement := fmt.Sprintf("PRAGMA busy_timeout = %d", d.Milliseconds())
	err := s.writer.submit(func(b *batch) error { b.w.wal.wait = statement; return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// WriteLarge has the writer do a job with a large argument, and returns that.
func (s *Store) WriteLarge(t *testing.T) weak.Pointer[[1 << 20]byte] {
	t.Helper()
	large := new([1 << 20]byte)
	err := s.writer.submit(func(b *batch) error {
		_, err := b.exec("UPDATE rulesets SET document = document WHERE document = ?", large[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return weak.Make(large)
}

// WriteAndPanic has the writer do a job that writes a ruleset and then panics.
func (s *Store) WriteAndPanic() error {
	return s.writer.submit(func(b *batch) error {
		if _, err := b.exec("INSERT INTO rulesets (hash, name, document) VALUES ('panic', '', '')"); err != nil {
			return err
		}
		panic("nobody expected it")
	})
}

// Queued is the number of jobs that wait for the writer.
func (s *Store) Queued() int { return len(s.writer.queue) }

// Cached reports whether a session is in memory.
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
	p, err := f.readIdentity()
	if err != nil {
		return err
	}
	if p.File, err = fileNumber(file); err != nil {
		return err
	}
	return f.writeIdentity(p)
}

// MarkDue lets the next Prune look at a session.
func (s *Store) MarkDue(session int64) {
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	s.due[session] = struct{}{}
}

// Statement is one that the writer has run, with its arguments.
type Statement struct {
	Query string
	Args  []driver.NamedValue
}

// Record runs f and returns the statements that the writer has run meanwhile, all of which it must have run before.
func (s *Store) Record(tb testing.TB, f func() error) []Statement {
	tb.Helper()
	var all []Statement
	change := func(wrap func(query string, s statement) statement) {
		err := s.writer.submit(func(b *batch) error {
			for query, prepared := range b.w.stmts {
				b.w.stmts[query] = wrap(query, prepared)
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	change(func(query string, s statement) statement { return recorded{s, query, &all} })
	if err := f(); err != nil {
		tb.Fatal(err)
	}
	change(func(query string, s statement) statement {
		r, ok := s.(recorded)
		if !ok {
			tb.Errorf("not recorded: %s", query)
			return s
		}
		return r.statement
	})
	return all[1 : len(all)-1] // without the end of the first change and the beginning of the second
}

// recorded is a statement that notes when it is run.
type recorded struct {
	statement

	query string
	to    *[]Statement
}

func (r recorded) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	*r.to = append(*r.to, Statement{r.query, slices.Clone(args)})
	return r.statement.ExecContext(ctx, args)
}

// Queries runs f and returns the queries that bun has made of it on the connections for reading. It ends the housekeeping of s,
// whose queries would be among them.
func (s *Store) Queries(f func()) []string {
	s.keeper.stop()
	<-s.keeper.ended
	hook := new(listener)
	plain := s.reader
	s.reader = plain.WithQueryHook(hook)
	f()
	s.reader = plain
	return hook.queries
}

// listener notes queries; transactions begin and end by themselves.
type listener struct{ queries []string }

// BeforeQuery is not of interest.
func (l *listener) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery notes a query.
func (l *listener) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if e.Operation() == "SELECT" {
		l.queries = append(l.queries, e.Query)
	}
}

// Readers is how many connections only read.
func (s *Store) Readers() int { return s.reader.Stats().OpenConnections }
