package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gofrs/flock"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// lockRetry is how often a program that waits for another one's steps looks again.
const lockRetry = 20 * time.Millisecond

// migrateUp takes the steps that f has not taken yet, under a lock of the
// operating system, which ends with its process whatever happens to it.
func migrateUp(ctx context.Context, f dbFile, steps fs.FS) (err error) {
	lock := flock.New(string(f) + ".lock")
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return fmt.Errorf("wait for the lock %s: %w", lock.Path(), err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()

	db, err := openSQLite(f.migrationDSN(), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return takeSteps(ctx, db, steps)
}

func takeSteps(ctx context.Context, db *bun.DB, steps fs.FS) error {
	all := migrate.NewMigrations()
	if err := all.Discover(steps); err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	// Marked on success: by default a step is marked as done before it runs, and one
	// that fails is skipped by the next start.
	m := migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true), migrate.AfterMigration(checkForeignKeys))
	if err := m.Init(ctx); err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	unknown, err := m.MissingMigrations(ctx)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if len(unknown) > 0 {
		return fmt.Errorf("the database has been changed by a newer program (migration %s)", unknown[0].Name)
	}
	if _, err := m.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
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
