package store

import (
	"fmt"
	"os"
)

// makeRoom brings what has been committed into the database when the disk was full: pages lie in the write-ahead log many times
// over, and its room can be used again then. Where there is none for that either it is tried again with the next group.
func (w *writer) makeRoom() {
	if w.full {
		w.full = w.alone(func(b *batch) error { return b.run("PRAGMA wal_checkpoint(PASSIVE)") }) != nil
	}
}

// wal is the write-ahead log as the writer knows it. The database copies it into itself, and then begins it anew, but only in a
// moment in which nobody reads what is in it. While queries and commands keep coming there is none, and it grows until the disk is
// full: two thousand commands a second made 2 GB in a minute.
type wal struct {
	path  string
	limit int64 // maxWAL but in tests
	next  int64 // how many bytes it must have for the writer to do something about it
}

// maxWAL is how long the write-ahead log may become, in bytes, before commands wait for queries so that it can begin anew.
const maxWAL = 64 << 20

// How long commands wait for queries then, and for other programs otherwise, in milliseconds.
const (
	waitForQueries  = "PRAGMA busy_timeout = 200"
	waitForPrograms = "PRAGMA busy_timeout = " + busyTimeout
)

func newWAL(database string) *wal {
	return &wal{path: dbFile(database).wal(), limit: maxWAL, next: maxWAL}
}

// size returns the length of the log, 0 where there is none.
func (l *wal) size() int64 {
	info, err := os.Stat(l.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// shorten empties the write-ahead log when it has become too long. Queries that begin meanwhile read the database itself, so it waits
// only for those that are under way; where one of them takes its time, as a backup does, it is tried again when the log has grown by
// as much again.
func (w *writer) shorten() {
	if w.wal.size() < w.wal.next {
		return
	}
	for _, statement := range []string{waitForQueries, "PRAGMA wal_checkpoint(TRUNCATE)", waitForPrograms} {
		// Not prepared, since a timeout is set when its statement is parsed. What does not succeed shows in the size.
		_, _ = w.conn.ExecContext(w.ctx, statement)
	}
	w.wal.next = w.wal.size() + w.wal.limit
}

// place is where a database was when it was opened.
type place struct {
	path string
	file os.FileInfo
}

func (f dbFile) place() (place, error) {
	info, err := os.Stat(string(f))
	return place{string(f), info}, err
}

// check fails when the file there is no longer the one that is open: what is written then nobody finds again once the program has
// ended, though the system lets it write.
func (p place) check() error {
	now, err := os.Stat(p.path)
	if err != nil {
		return fmt.Errorf("the database is no longer where it was: %w", err)
	}
	if !os.SameFile(now, p.file) {
		return fmt.Errorf("%s is no longer the database that this program has open", p.path)
	}
	return nil
}
