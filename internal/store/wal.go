package store

import (
	"context"
	"fmt"
	"os"
)

// limitWAL brings what has been committed into the database when the disk was full: pages lie in the write-ahead log many times
// over, and its room can be used again then. Where there is none for that either it is tried again with the next group.
func (w *writer) limitWAL() {
	if w.full {
		w.full = w.runAlone(func(b *batch) error { return b.run("PRAGMA wal_checkpoint(PASSIVE)") }) != nil
	}
}

// wal is the write-ahead log as the writer knows it. The database copies it into itself, and then begins it anew, but only in a
// moment in which nobody reads what is in it. While queries and commands keep coming there is none, and it grows until the disk is
// full: two thousand commands a second made 2 GB in a minute.
type wal struct {
	path string
	max  int64  // Options.MaxWAL
	next int64  // the writer waits for queries, to empty the log, when it is longer than this, in bytes; only the writer uses it
	wait string // the statement that says how long it waits: waitForQueries but in tests
}

// How long the writer waits for those who read from the log, to empty it, and for other programs that write, in milliseconds.
const (
	waitForNobody   = "PRAGMA busy_timeout = 0"
	waitForQueries  = "PRAGMA busy_timeout = 200"
	waitForPrograms = "PRAGMA busy_timeout = " + busyTimeout
)

func newWAL(database string, limit int64) *wal {
	return &wal{path: dbFile(database).wal(), max: limit, next: limit, wait: waitForQueries}
}

// size returns the length of the log, 0 where there is none.
func (l *wal) size() int64 {
	info, err := os.Stat(l.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// truncateWAL empties the write-ahead log when it has become too long. Queries that begin meanwhile read the database itself, so it waits
// only for those that are under way; where one of them takes its time, as a backup does, it is tried again when the log has grown by
// as much again.
func (w *writer) truncateWAL() {
	size := w.wal.size()
	if size <= w.wal.max {
		w.wal.next = w.wal.max
	}
	if size > w.wal.next {
		w.empty(w.wal.wait)
		w.wal.next = w.wal.size() + w.wal.max
	}
}

// empty copies the log into the database and empties it, if nobody reads from it any more after the wait.
func (w *writer) empty(wait string) {
	for _, statement := range []string{wait, "PRAGMA wal_checkpoint(TRUNCATE)", waitForPrograms} {
		// Not prepared, since a timeout is set when its statement is parsed. What does not succeed shows in the size.
		_, _ = w.conn.ExecContext(w.ctx, statement)
	}
}

// trimWAL empties the write-ahead log when it is too long and nobody reads from it any more. Without it a log that had grown while
// somebody read for long would keep its length until the next command. Commands do not wait meanwhile: the log is copied on
// a connection of the reader's, and only what is left then, which is little, by the writer.
func (s *Store) trimWAL(ctx context.Context) error {
	if s.writer.wal.size() <= s.o.MaxWAL {
		return nil
	}
	var busy, frames, copied int64
	if err := s.reader.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &frames, &copied); err != nil {
		return fmt.Errorf("copy the write-ahead log into the database: %w", err)
	}
	if busy == 0 && copied == frames {
		select {
		case s.writer.trims <- struct{}{}:
		default: // it has been told already
		}
	}
	return nil
}

// fileLocation is where a database was when it was opened.
type fileLocation struct {
	path string
	file os.FileInfo
}

func (f dbFile) location() (fileLocation, error) {
	info, err := os.Stat(string(f))
	return fileLocation{string(f), info}, err
}

// check fails when the file there is no longer the one that is open: what is written then nobody finds again once the program has
// ended, though the system lets it write.
func (p fileLocation) check() error {
	now, err := os.Stat(p.path)
	if err != nil {
		return fmt.Errorf("the database is no longer where it was: %w", err)
	}
	if !os.SameFile(now, p.file) {
		return fmt.Errorf("%s is no longer the database that this program has open", p.path)
	}
	return nil
}
