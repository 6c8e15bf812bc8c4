package store

import (
	"context"
	"fmt"
	"os"
)

// limitWAL copies the write-ahead log into the database after the disk was full: the log may
// contain many versions of a page, and its space can be used again then. If that fails too, the
// writer tries again with the next group.
func (w *writer) limitWAL() {
	if w.full {
		w.full = w.runAlone(func(b *batch) error { return b.run("PRAGMA wal_checkpoint(PASSIVE)") }) != nil
	}
}

// wal is the state of the write-ahead log for the writer. SQLite copies the log into the database,
// but starts it again from the beginning only when no query reads from it. Under a constant load of
// queries and commands that never happens, and the log grows until the disk is full: 2,000 commands
// a second made 2 GB in a minute.
type wal struct {
	path string
	max  int64  // Options.MaxWAL
	next int64  // length in bytes from which on the writer waits for queries in order to empty the log; used only by the writer
	wait string // statement that sets how long it waits; tests change it
}

// How long the writer waits for those who read from the log, to empty it, and for other programs
// that write, in milliseconds.
const (
	waitForNobody   = "PRAGMA busy_timeout = 0"
	waitForQueries  = "PRAGMA busy_timeout = 200"
	waitForPrograms = "PRAGMA busy_timeout = " + busyTimeout
)

func newWAL(database string, limit int64) *wal {
	return &wal{path: dbFile(database).wal(), max: limit, next: limit, wait: waitForQueries}
}

// size returns the length of the log in bytes, 0 if it does not exist.
func (l *wal) size() int64 {
	info, err := os.Stat(l.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// truncateWAL empties the write-ahead log when it is too long. New queries read the database file
// meanwhile, so it waits only for running ones. If one of them takes long, such as a backup, it
// tries again when the log has grown by the same amount.
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

// empty copies the log into the database and empties it, if no query reads from it at the end of
// the wait.
func (w *writer) empty(wait string) {
	for _, statement := range []string{wait, "PRAGMA wal_checkpoint(TRUNCATE)", waitForPrograms} {
		// Not prepared, since SQLite sets the timeout when it parses the statement. A failure shows
		// in the size.
		_, _ = w.conn.ExecContext(w.ctx, statement)
	}
}

// trimWAL empties the write-ahead log when it is too long and no query reads from it. Without it, a
// log that grew during a long query would keep its length until the next command. Commands do not
// wait meanwhile: a reader's connection copies the log, and the writer copies only the rest.
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
		default: // it has already been notified
		}
	}
	return nil
}

// fileLocation is the path and the inode of a database at the time of opening.
type fileLocation struct {
	path string
	file os.FileInfo
}

func (f dbFile) location() (fileLocation, error) {
	info, err := os.Stat(string(f))
	return fileLocation{string(f), info}, err
}

// check returns an error if the path no longer leads to the open file: the operating system still
// allows writes to it, but nobody could find them after the program has ended.
func (p fileLocation) check() error {
	now, err := os.Stat(p.path)
	if err != nil {
		return fmt.Errorf("the database file has been moved or deleted: %w", err)
	}
	if !os.SameFile(now, p.file) {
		return fmt.Errorf("%s is another file than the database that this program has open", p.path)
	}
	return nil
}
