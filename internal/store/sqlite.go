package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dbFile is the path of a SQLite database file.
type dbFile string

// parseURL parses a database URL. The part after sqlite:// is a path of the operating system.
func parseURL(raw string) (dbFile, error) {
	path, ok := strings.CutPrefix(raw, "sqlite://")
	switch {
	case !ok:
		// Do not show the URL: a URL of another database may contain a password.
		return "", errors.New("the database URL must begin with sqlite://")
	case path == "":
		return "", errors.New("the database URL sqlite:// lacks a file name")
	case strings.Contains(path, ":memory:"):
		return "", fmt.Errorf("the database URL %s: a database in memory would lose the game; name a file", raw)
	case strings.ContainsAny(path, "?#"):
		return "", fmt.Errorf("the database URL %s: options after ? or # are not known", raw)
	}
	// Clean removes a second slash at the beginning, after which SQLite expects a host.
	return dbFile(behindLinks(filepath.Clean(path))), nil
}

// maxLinks is the maximum number of links to follow. Links may form a circle.
const maxLinks = 40

// behindLinks returns the file that path refers to, also if it does not exist. SQLite puts its
// other files next to that file, and so must we: otherwise programs that use different names for
// one database would not notice each other.
func behindLinks(path string) string {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return path
			}
			to = filepath.Join(dir, to)
		}
		path = filepath.Clean(to)
	}
	return path
}

// logs returns the files next to f in which SQLite keeps changes that are not yet in f.
func (f dbFile) logs() []string {
	return []string{f.wal(), string(f) + "-shm", string(f) + "-journal"}
}

func (f dbFile) wal() string { return string(f) + "-wal" }

// create creates an empty database that only the owner of the file can read, if there is none: it
// holds secrets of players. SQLite gives its other files the same mode.
func (f dbFile) create() error {
	file, err := os.OpenFile(string(f), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// busyTimeout is how long a connection waits for another program's write lock, in milliseconds.
const busyTimeout = "10000"

// uri returns the URI of f. SQLite could mistake a path for a URI.
func (f dbFile) uri() string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(string(f))}).EscapedPath()
}

// dsn returns the data source name of f, with pragmas for every connection.
func (f dbFile) dsn(params url.Values, pragmas ...string) string {
	params.Set("_busy_timeout", busyTimeout)
	for _, p := range pragmas {
		params.Add("_pragma", p)
	}
	return f.uri() + "?" + params.Encode()
}

// pageSize is the size of a page of the database, SQLite's default, in bytes.
const pageSize = 4096

// writerDSN returns the data source name of the connection that writes: every commit is durable,
// and a transaction takes the write lock at its beginning. A transaction that took the lock later
// would fail at once, without waiting, if another program had written meanwhile. SQLite copies the
// write-ahead log into the database when it has a quarter of maxWAL bytes, and cuts it to maxWAL
// when it starts again from the beginning.
func (f dbFile) writerDSN(maxWAL int64) string {
	return f.dsn(url.Values{"_txlock": {"immediate"}},
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-65536)",
		fmt.Sprintf("wal_autocheckpoint(%d)", maxWAL/4/pageSize), fmt.Sprintf("journal_size_limit(%d)", maxWAL))
}

func (f dbFile) readerDSN() string {
	return f.dsn(url.Values{}, "query_only(1)")
}

// migrationDSN returns a data source name without foreign keys, because a migration that rebuilds a
// table would otherwise delete the rows that refer to it. They are checked at the end of the
// migration.
func (f dbFile) migrationDSN() string {
	return f.dsn(url.Values{"_txlock": {"immediate"}}, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(0)")
}

// isUnique reports whether err is the violation of a unique constraint.
func isUnique(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// isForeign reports whether err is the violation of a foreign key.
func isForeign(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// isFull reports whether err says that the disk is full. SQLite has then rolled back the statement.
func isFull(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_FULL
}
