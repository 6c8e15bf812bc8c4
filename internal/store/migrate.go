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

// lockRetry is how often a program that waits for another one's steps looks again.
const lockRetry = 20 * time.Millisecond

// lock is what programs hold that change f as a whole, a lock of the operating
// system, which ends with its process whatever happens to it.
func (f dbFile) lock() *flock.Flock { return flock.New(string(f) + ".lock") }

// prepare takes the steps that f has not taken yet, and makes sure that it is the
// file that was here before; renewed says why it gave new epochs, if it did.
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

// newMigrator knows the steps that lie in steps, and refuses a database that has had others.
func newMigrator(ctx context.Context, db *bun.DB, steps fs.FS) (*migrate.Migrator, error) {
	all := migrate.NewMigrations()
	if err := all.Discover(steps); err != nil {
		return nil, fmt.Errorf("find migrations: %w", err)
	}
	// Marked on success: by default a step is marked as done before it runs, and one
	// that fails is skipped by the next start.
	m := migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true), migrate.AfterMigration(checkForeignKeys))
	if err := m.Init(ctx); err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	unknown, err := m.MissingMigrations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("the database has been changed by a newer program (migration %s)", unknown[0].Name)
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

// MigrateUp brings the database of url up to date, as Open does, and makes it if there is none. The promises of Open for
// migrations hold here too.
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

// MigrateDown takes the newest step of the database of url back and returns its name, "" when there is none to take back. What
// that step has made room for is lost. It is ErrInUse when a program has the database open.
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

// takeBack takes the newest step alone back: the library would take back all that were taken at once.
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
			return "", fmt.Errorf("take %s back: %w", step.Name, err)
		}
		return step.Name, m.MarkUnapplied(ctx, step)
	}
	return "", nil
}

// checkForeignKeys runs at the end of each step, in its transaction, so that its
// error takes the step back.
func checkForeignKeys(ctx context.Context, step bun.IConn, _ *migrate.Migration) error {
	var broken int
	if err := step.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	if broken > 0 {
		return fmt.Errorf("it leaves %d rows that refer to nothing", broken)
	}
	return nil
}
