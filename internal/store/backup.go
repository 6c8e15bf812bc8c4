package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"seg.example/internal/game"
	"seg.example/migrations"
)

// partial is the suffix of incomplete files.
const partial = ".partial"

// ErrExists is the error for a file that would be overwritten.
var ErrExists = errors.New("it already exists")

// ErrInUse is the error for a database that another program has open.
var ErrInUse = errors.New("another program has it open")

// Backup writes a consistent copy of the database of databaseURL to the file to, while programs
// keep using the database. It returns ErrExists, and writes nothing, if that file or the log of a
// database with that name exists. A server that is started on the copy without Restore gives its
// sessions new epochs.
func Backup(ctx context.Context, databaseURL, to string) error {
	from, err := parseURL(databaseURL)
	if err != nil {
		return err
	}
	// SQLite would read an old log as that of the backup.
	for _, path := range append(dbFile(to).logs(), to) {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("back up to %s: %w", path, ErrExists)
		}
	}
	if err := from.vacuumInto(ctx, dbFile(to)+partial); err != nil {
		return fmt.Errorf("back up %s: %w", from, err)
	}
	err = dbFile(to+partial).change(ctx, func(db *bun.DB) error {
		// The copy must not have the identity of its source.
		_, err := db.ExecContext(ctx, "UPDATE identity SET id = lower(hex(randomblob(8)))")
		return err
	})
	if err == nil {
		err = putInPlace(to)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("back up to %s: %w", to, err), discard(to+partial))
	}
	return nil
}

// Overwrite says whether Restore replaces an existing database.
type Overwrite int

// Values of Overwrite.
const (
	KeepExisting    Overwrite = iota // return ErrExists
	ReplaceExisting                  // replace it; its content is lost
)

// Restore copies a backup to the database of databaseURL, updates its tables and gives all its
// sessions new epochs, so clients that have seen newer state read the state again. The backup does
// not change. It returns ErrExists if a database exists and must not be replaced, and ErrInUse if
// it must be replaced but a program has it open. After any error the database is as before.
func Restore(ctx context.Context, databaseURL, from string, o Overwrite, rnd game.Rand) (err error) {
	to, err := parseURL(databaseURL)
	if err != nil {
		return err
	}
	lock := to.lock()
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return fmt.Errorf("restore %s: wait for the lock: %w", to, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := to.mayBeReplaced(from, o); err != nil {
		return fmt.Errorf("restore %s: %w", to, err)
	}
	if err := to.restore(ctx, dbFile(from), rnd); err != nil {
		return errors.Join(fmt.Errorf("restore %s from %s: %w", to, from, err), discard(string(to)+partial))
	}
	return nil
}

// mayBeReplaced returns an error if Restore must not write to this place.
func (f dbFile) mayBeReplaced(from string, o Overwrite) error {
	source, err := os.Stat(from)
	if err != nil {
		return err
	}
	target, err := os.Stat(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case os.SameFile(source, target):
		return errors.New("the backup is the database itself")
	case o == KeepExisting:
		return ErrExists
	}
	return nil
}

// restore replaces f with a copy of the backup from.
func (f dbFile) restore(ctx context.Context, from dbFile, rnd game.Rand) error {
	if err := from.check(ctx); err != nil {
		return err
	}
	if err := from.vacuumInto(ctx, f+partial); err != nil {
		return err
	}
	var is fileIdentity
	err := (f + partial).change(ctx, func(db *bun.DB) (err error) {
		if err := takeSteps(ctx, db, migrations.SQLite()); err != nil {
			return err
		}
		if _, err := renew(ctx, db, rnd, "another"); err != nil {
			return err
		}
		is, err = (f + partial).present(ctx, db) // renaming does not change it
		return err
	})
	if err != nil {
		return err
	}
	if err := f.stepAside(ctx); err != nil {
		return err
	}
	if err := putInPlace(string(f)); err != nil {
		return err
	}
	return f.writeIdentity(is)
}

// check returns an error for a file that is not a database of this program, or is damaged.
func (f dbFile) check(ctx context.Context) (err error) {
	known := migrate.NewMigrations()
	if err := known.Discover(migrations.SQLite()); err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	db, err := openSQLite(f.dsn(url.Values{"mode": {"ro"}}), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	state := State{}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return state.compare(ctx, tx, known.Sorted()) })
	if err != nil {
		return err
	}
	switch {
	case len(state.Applied) == 0:
		return errors.New("it is not a database of this program")
	case len(state.Unknown) > 0:
		return fmt.Errorf("a newer version of the program wrote it (migration %s)", state.Unknown[0])
	}
	var problems []string
	if err := db.NewRaw("PRAGMA integrity_check").Scan(ctx, &problems); err != nil {
		return fmt.Errorf("integrity check: %w", err)
	}
	if len(problems) != 1 || problems[0] != "ok" {
		return fmt.Errorf("it is damaged: %s", strings.Join(problems, "; "))
	}
	return nil
}

// vacuumInto writes a consistent copy of f that only the owner of the file can read.
func (f dbFile) vacuumInto(ctx context.Context, to dbFile) (err error) {
	db, err := openSQLite(f.dsn(url.Values{"mode": {"ro"}}), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := discard(string(to)); err != nil { // left by a program that was killed
		return err
	}
	empty, err := os.OpenFile(string(to), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := empty.Close(); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to.uri()); err != nil {
		return errors.Join(err, discard(string(to)))
	}
	return nil
}

// change applies changes to a database that no other program uses. Afterwards it consists of one
// file.
func (f dbFile) change(ctx context.Context, apply func(*bun.DB) error) error {
	db, err := openSQLite(f.dsn(url.Values{"_txlock": {"immediate"}, "mode": {"rw"}}, "journal_mode(DELETE)", "synchronous(FULL)"), 1)
	if err != nil {
		return err
	}
	err = db.PingContext(ctx)
	if err == nil {
		err = apply(db)
	}
	return errors.Join(err, db.Close())
}

// stepAside makes sure that no program has f open, and removes every file of f except f itself.
func (f dbFile) stepAside(ctx context.Context) error {
	if _, err := os.Stat(string(f)); err == nil {
		if err := f.alone(ctx); err != nil && !isDamaged(err) {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Also without a database: SQLite would read an old log as that of the new database.
	for _, path := range f.logs() {
		if err := discard(path); err != nil {
			return err
		}
	}
	return nil
}

// alone returns ErrInUse if another program has f open. SQLite changes the journal mode of a
// database only for the last connection.
func (f dbFile) alone(ctx context.Context) (err error) {
	db, err := openSQLite(f.dsn(url.Values{"mode": {"rw"}}), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var mode string
	_, err = db.ExecContext(ctx, "PRAGMA busy_timeout = 1000")
	if err == nil {
		err = db.NewRaw("PRAGMA journal_mode = DELETE").Scan(ctx, &mode)
	}
	if e := (*sqlite.Error)(nil); errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		return ErrInUse
	}
	if err == nil && mode != "delete" {
		return ErrInUse
	}
	return err
}

// isDamaged reports whether err says that a file is not a database, or damaged.
func isDamaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_NOTADB || code == sqlite3.SQLITE_CORRUPT
}

// putInPlace renames the complete partial file to path, durably.
func putInPlace(path string) error {
	if err := syncFile(path + partial); err != nil {
		return err
	}
	if err := os.Rename(path+partial, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// discard removes a file if it exists.
func discard(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
