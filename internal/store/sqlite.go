package store

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dbFile is the path of a SQLite database file.
type dbFile string

// parseURL reads a database URL; what follows sqlite:// is a path as the
// operating system writes it.
func parseURL(raw string) (dbFile, error) {
	path, ok := strings.CutPrefix(raw, "sqlite://")
	switch {
	case !ok:
		// The URL is not shown: another kind may hold a password.
		return "", errors.New("the database URL must begin with sqlite://")
	case path == "":
		return "", errors.New("the database URL sqlite:// lacks a file name")
	case strings.Contains(path, ":memory:"):
		return "", fmt.Errorf("the database URL %s: a database in memory would lose the game; name a file", raw)
	case strings.ContainsAny(path, "?#"):
		return "", fmt.Errorf("the database URL %s: options after ? or # are not known", raw)
	}
	// Cleaned: two slashes at the beginning would make a host of what follows them.
	return dbFile(filepath.Clean(path)), nil
}

// dsn is the name of f for the driver, with pragmas for every connection. The
// path is escaped, since the driver reads it as a URI.
func (f dbFile) dsn(params url.Values, pragmas ...string) string {
	params.Set("_busy_timeout", "10000") // ms; another process may be writing
	for _, p := range pragmas {
		params.Add("_pragma", p)
	}
	path := (&url.URL{Path: filepath.ToSlash(string(f))}).EscapedPath()
	return "file:" + path + "?" + params.Encode()
}

// writerDSN: durable at each commit, and a transaction takes the write lock when
// it begins. One that asks for it later fails at once when another has written
// meanwhile, however long it would wait.
func (f dbFile) writerDSN() string {
	return f.dsn(url.Values{"_txlock": {"immediate"}},
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-65536)", "wal_autocheckpoint(4000)")
}

func (f dbFile) readerDSN() string {
	return f.dsn(url.Values{}, "query_only(1)")
}

// migrationDSN: foreign keys are off, since a step that rebuilds a table would
// otherwise delete the rows that refer to it; they are checked at its end.
func (f dbFile) migrationDSN() string {
	return f.dsn(url.Values{"_txlock": {"immediate"}}, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(0)")
}

// isUnique tells whether err says that a value that must be unique is there already.
func isUnique(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// isFull tells whether err says that there is no room on the disk. SQLite has undone what it was writing then.
func isFull(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_FULL
}
