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

// State is the result of Inspect.
type State struct {
	// File is the path of the database.
	File string
	// Exists reports whether the file exists.
	Exists bool
	// Applied are the names of the applied migrations, Pending those that the next Open applies,
	// Unknown those of a newer version of the program, which make Open fail.
	Applied, Pending, Unknown []string
}

// Inspect checks the database of url, which may be in use, and changes nothing. The error says why
// Open would fail: the database cannot be opened, written or created.
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

// tryFolder checks that files can be created in dir.
func tryFolder(dir string) error {
	f, err := os.CreateTemp(dir, ".seg-doctor-*")
	if err != nil {
		return fmt.Errorf("no file can be created there: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// inspectDSN does not create a database.
func (f dbFile) inspectDSN() string {
	return f.dsn(url.Values{"_txlock": {"immediate"}, "mode": {"rw"}})
}

// inspect reads the applied migrations of f, in a transaction that can write.
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

// compare compares the applied migrations with the known ones.
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

// applied returns the names of the applied migrations. A database without the table of migrations
// has none.
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
