package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"seg.example/internal/game"
	"seg.example/migrations"
)

// lockRetry is the interval at which a program retries to get the lock for migrations.
const lockRetry = 20 * time.Millisecond

// lock returns the lock for programs that change f as a whole. It is a lock of the operating
// system, which ends with the process.
func (f dbFile) lock() *flock.Flock { return flock.New(string(f) + ".lock") }

// prepare applies the pending migrations and checks that f is the same file as before. renewed says
// why it gave the sessions new epochs, or is empty.
func (f dbFile) prepare(ctx context.Context, steps fs.FS, rnd game.Rand) (renewed string, err error) {
	lock := f.lock()
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return "", fmt.Errorf("wait for the lock %s: %w", lock.Path(), err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := f.create(); err != nil {
		return "", err
	}
	db, err := openSQLite(f.migrationDSN(), 1)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := takeSteps(ctx, db, steps); err != nil {
		return "", err
	}
	return f.identify(ctx, db, rnd)
}

// newMigrator returns a migrator for the given migrations. It refuses a database with unknown
// migrations.
func newMigrator(ctx context.Context, db *bun.DB, steps fs.FS) (*migrate.Migrator, error) {
	all := migrate.NewMigrations()
	if err := all.Discover(steps); err != nil {
		return nil, fmt.Errorf("find migrations: %w", err)
	}
	// Mark on success: by default a migration is marked as applied before it runs, and the next
	// start would skip one that failed.
	m := migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true), migrate.AfterMigration(checkForeignKeys))
	if err := m.Init(ctx); err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	unknown, err := m.MissingMigrations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("a newer version of the program has changed the database (migration %s)", unknown[0].Name)
	}
	return m, nil
}

func takeSteps(ctx context.Context, db *bun.DB, steps fs.FS) error {
	m, err := newMigrator(ctx, db, steps)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// MigrateUp applies the pending migrations of the database of url, as Open does, and creates the
// database if it does not exist.
func MigrateUp(ctx context.Context, url string, rnd game.Rand) error {
	f, err := parseURL(url)
	if err != nil {
		return err
	}
	if _, err := f.prepare(ctx, migrations.SQLite(), rnd); err != nil {
		return fmt.Errorf("migrate %s: %w", f, err)
	}
	return nil
}

// MigrateDown reverts the newest migration of the database of url and returns its name, or "" if
// there is none. Data that the older tables have no place for is lost. It returns ErrInUse if a
// program has the database open.
func MigrateDown(ctx context.Context, url string) (name string, err error) {
	f, err := parseURL(url)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(string(f)); err != nil {
		return "", err
	}
	lock := f.lock()
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return "", fmt.Errorf("wait for the lock %s: %w", lock.Path(), err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := f.alone(ctx); err != nil {
		return "", fmt.Errorf("migrate %s: %w", f, err)
	}
	db, err := openSQLite(f.migrationDSN(), 1)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return takeBack(ctx, db, migrations.SQLite())
}

// takeBack reverts only the newest migration. The library would revert all migrations that were
// applied together.
func takeBack(ctx context.Context, db *bun.DB, steps fs.FS) (name string, err error) {
	m, err := newMigrator(ctx, db, steps)
	if err != nil {
		return "", err
	}
	all, err := m.MigrationsWithStatus(ctx)
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	for i := len(all) - 1; i >= 0; i-- {
		step := &all[i]
		if !step.IsApplied() {
			continue
		}
		if err := step.Down(ctx, m, step); err != nil {
			return "", fmt.Errorf("revert %s: %w", step.Name, err)
		}
		return step.Name, m.MarkUnapplied(ctx, step)
	}
	return "", nil
}

// checkForeignKeys runs at the end of each migration, in its transaction. An error rolls the
// migration back.
func checkForeignKeys(ctx context.Context, step bun.IConn, _ *migrate.Migration) error {
	var broken int
	if err := step.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	if broken > 0 {
		return fmt.Errorf("%d rows would refer to missing rows", broken)
	}
	return nil
}
