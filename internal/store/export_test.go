package store

import (
	"context"
	"testing"
)

// Pragma reads a pragma of the connection that writes.
func (s *Store) Pragma(t *testing.T, name string) string {
	t.Helper()
	var value string
	if err := s.writer.NewRaw("PRAGMA "+name).Scan(t.Context(), &value); err != nil {
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
