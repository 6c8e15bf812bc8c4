package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"seg.example/migrations"
)

// State is what Inspect finds out about a database.
type State struct {
	// File is where the database is or would be.
	File string
	// Exists tells whether it is there.
	Exists bool
	// Applied, Pending and Unknown name the migrations that it has had, those that the next Open will apply, and those of a newer
	// program, for which Open would refuse it.
	Applied, Pending, Unknown []string
}

// Inspect looks at the database of url, which may be in use, and changes nothing. The error says why Open would not be able to
// work with it: it cannot be opened, written, or made where there is none.
func Inspect(ctx context.Context, url string) (State, error) {
	file, err := parseURL(url)
	if err != nil {
		return State{}, err
	}
	state := State{File: string(file)}
	steps := migrate.NewMigrations()
	if err := steps.Discover(migrations.SQLite()); err != nil {
		return state, fmt.Errorf("find migrations: %w", err)
	}
	if _, err := os.Stat(string(file)); errors.Is(err, fs.ErrNotExist) {
		state.Pending = names(steps.Sorted())
		return state, tryFolder(filepath.Dir(string(file)))
	} else if err != nil {
		return state, err
	}
	state.Exists = true
	return state, file.inspect(ctx, steps.Sorted(), &state)
}

// tryFolder makes sure that files can be made in dir.
func tryFolder(dir string) error {
	f, err := os.CreateTemp(dir, ".seg-doctor-*")
	if err != nil {
		return fmt.Errorf("no file can be made there: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// inspectDSN does not make a database where there is none.
func (f dbFile) inspectDSN() string {
	return f.dsn(url.Values{"_txlock": {"immediate"}, "mode": {"rw"}})
}

// inspect fills in which of the known steps f has had, in a transaction that could write.
func (f dbFile) inspect(ctx context.Context, known []migrate.Migration, state *State) (err error) {
	db, err := openSQLite(f.inspectDSN(), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("it cannot be written: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	return state.compare(ctx, tx, known)
}

// compare fills in which of the known steps a database has had.
func (s *State) compare(ctx context.Context, tx bun.Tx, known []migrate.Migration) (err error) {
	if s.Applied, err = applied(ctx, tx); err != nil {
		return err
	}
	had := map[string]bool{}
	for _, name := range s.Applied {
		had[name] = true
	}
	for _, name := range names(known) {
		if !had[name] {
			s.Pending = append(s.Pending, name)
		}
		delete(had, name)
	}
	for _, name := range s.Applied {
		if had[name] {
			s.Unknown = append(s.Unknown, name)
		}
	}
	return nil
}

// applied returns the names of the steps that a database has had, none where no program of ours has been yet.
func applied(ctx context.Context, tx bun.Tx) ([]string, error) {
	var tables int
	err := tx.NewRaw("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'bun_migrations'").Scan(ctx, &tables)
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if tables == 0 {
		return nil, nil
	}
	var list []string
	if err := tx.NewRaw("SELECT name FROM bun_migrations ORDER BY name").Scan(ctx, &list); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return list, nil
}

func names(steps []migrate.Migration) []string {
	list := make([]string, len(steps))
	for i, s := range steps {
		list[i] = s.Name
	}
	return list
}
