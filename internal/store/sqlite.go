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
	return dbFile(behindLinks(filepath.Clean(path))), nil
}

// maxLinks bounds how many links are followed, which may lead in a circle.
const maxLinks = 40

// behindLinks returns the file that path means, whether it is there or not. SQLite puts its other files beside that one, and so must
// ours lie: programs that name the same database differently would not notice each other otherwise.
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

// logs are the files beside f in which SQLite keeps what is not in f yet, or not for good.
func (f dbFile) logs() []string {
	return []string{f.wal(), string(f) + "-shm", string(f) + "-journal"}
}

func (f dbFile) wal() string { return string(f) + "-wal" }

// create makes an empty database, which only its owner may read, where there is none: it holds what players keep from each other.
// SQLite gives the files beside it the same mode.
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

// busyTimeout is how long a connection waits for another program that is writing, in milliseconds.
const busyTimeout = "10000"

// uri is the name of f for SQLite, which might take a path for a URI.
func (f dbFile) uri() string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(string(f))}).EscapedPath()
}

// dsn is the name of f for the driver, with pragmas for every connection.
func (f dbFile) dsn(params url.Values, pragmas ...string) string {
	params.Set("_busy_timeout", busyTimeout)
	for _, p := range pragmas {
		params.Add("_pragma", p)
	}
	return f.uri() + "?" + params.Encode()
}

// pageSize is the size of a page of the database, SQLite's default, in bytes.
const pageSize = 4096

// writerDSN: durable at each commit, and a transaction takes the write lock when
// it begins. One that asks for it later fails at once when another has written
// meanwhile, however long it would wait. The write-ahead log is copied into the
// database when it has a quarter of maxWAL bytes, and cut to maxWAL when it begins anew.
func (f dbFile) writerDSN(maxWAL int64) string {
	return f.dsn(url.Values{"_txlock": {"immediate"}},
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-65536)",
		fmt.Sprintf("wal_autocheckpoint(%d)", maxWAL/4/pageSize), fmt.Sprintf("journal_size_limit(%d)", maxWAL))
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

// isForeign tells whether err says that what a row refers to is not there.
func isForeign(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// isFull tells whether err says that there is no room on the disk. SQLite has undone what it was writing then.
func isFull(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_FULL
}
