package migrations_test

import (
	"context"
	"database/sql"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/migrate"
	_ "modernc.org/sqlite"

	"seg.example/migrations"
)

// TestNames: every step is a pair of files that are one transaction each, and no
// two steps have one number.
func TestNames(t *testing.T) {
	t.Parallel()
	valid := regexp.MustCompile(`^(\d{14})_[a-z0-9_]+\.tx\.(up|down)\.sql$`)
	entries, err := fs.ReadDir(migrations.SQLite(), ".")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string][]string{}
	for _, e := range entries {
		m := valid.FindStringSubmatch(e.Name())
		if m == nil {
			t.Errorf("%s is not named like a step", e.Name())
			continue
		}
		numbers[m[1]] = append(numbers[m[1]], m[2])
	}
	for number, halves := range numbers {
		if !slices.Equal(halves, []string{"down", "up"}) {
			t.Errorf("%s has %v", number, halves)
		}
	}
	if len(numbers) == 0 {
		t.Error("there are no steps")
	}
}

// TestUpDownUp takes each step alone, up, down and up again: down leaves what was
// there before, up what the first up left.
func TestUpDownUp(t *testing.T) {
	t.Parallel()
	db := open(t)
	ups, err := fs.Glob(migrations.SQLite(), "*.up.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, up := range ups {
		m := migrator(t, db, up)
		before := tables(t, db)
		if _, err := m.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := tables(t, db)
		if cmp.Equal(before, after) {
			t.Errorf("%s changed nothing", up)
		}
		if _, err := m.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, tables(t, db)); diff != "" {
			t.Errorf("%s down (-before +after):\n%s", up, diff)
		}
		if _, err := m.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after, tables(t, db)); diff != "" {
			t.Errorf("%s up again (-first +second):\n%s", up, diff)
		}
	}
}

func open(t *testing.T) *bun.DB {
	t.Helper()
	sqldb, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "m.db"))
	if err != nil {
		t.Fatal(err)
	}
	db := bun.NewDB(sqldb, sqlitedialect.New())
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// migrator knows the steps up to and with the file up.
func migrator(t *testing.T, db *bun.DB, up string) *migrate.Migrator {
	t.Helper()
	all := migrate.NewMigrations()
	if err := all.Discover(upTo{migrations.SQLite(), up}); err != nil {
		t.Fatal(err)
	}
	m := migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true))
	if err := m.Init(context.Background()); err != nil {
		t.Fatal(err)
	}
	return m
}

// upTo is a folder of steps of which the later ones are hidden.
type upTo struct {
	fs.FS

	last string
}

func (u upTo) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(u.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() > u.last }), err
}

// tables returns the definitions of all tables and indexes but the library's own.
func tables(t *testing.T, db *bun.DB) []string {
	t.Helper()
	var all []string
	err := db.NewRaw("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '%migration%' ORDER BY name").Scan(t.Context(), &all)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		// A table that was renamed has its name in quotes.
		all[i] = strings.ReplaceAll(strings.Join(strings.Fields(all[i]), " "), `"`, "")
	}
	return all
}

// TestGame_seeds: sessions that are older than the map's seed get one each, and keep everything else.
func TestGame_seeds(t *testing.T) {
	t.Parallel()
	db := open(t)
	if _, err := migrator(t, db, "20260101000002_log.tx.up.sql").Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := db.ExecContext(t.Context(), `INSERT INTO rulesets VALUES ('h', 'classic', '{}');
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
		INSERT INTO sessions (name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at)
		SELECT 'S' || i, 'E', i, 2, 'Game', 3, 15, 7, 7, 'random', '[]', 'h', 4 FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	before := sessions(t, db)
	if _, err := migrator(t, db, "20260101000003_game.tx.up.sql").Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, sessions(t, db)); diff != "" {
		t.Errorf("sessions (-before +after):\n%s", diff)
	}
	var seeds, low, high int64
	err = db.NewRaw("SELECT count(DISTINCT seed), min(seed), max(seed) FROM sessions").Scan(t.Context(), &seeds, &low, &high)
	if err != nil || seeds < 45 || low < 0 || high >= 1<<31-1 { // two of 50 are the same in one of a million runs
		t.Errorf("%d seeds from %d to %d, %v", seeds, low, high, err)
	}
}

func sessions(t *testing.T, db *bun.DB) []string {
	t.Helper()
	var all []string
	err := db.NewRaw(`SELECT concat_ws('|', id, name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, cells,
		ruleset_hash, created_at, deleted_at) FROM sessions ORDER BY id`).Scan(t.Context(), &all)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all
}
