package store_test

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"seg.example/internal/store"
	"seg.example/migrations"
)

func openURL(t *testing.T, url string) error {
	t.Helper()
	return openWith(t, url, nil)
}

func openWith(t *testing.T, url string, steps fs.FS) error {
	t.Helper()
	o := options(url, new(recorder))
	o.Migrations = steps
	s, err := store.Open(t.Context(), o)
	if err != nil {
		return err
	}
	return s.Close()
}

// applied returns the migrations that the database says it has had.
func applied(f *fixture) []string {
	return query[string](f, "SELECT name FROM bun_migrations ORDER BY id")
}

func tables(f *fixture) []string {
	return query[string](f, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
}

// steps is the program's own migrations and some more.
func steps(t *testing.T, more map[string]string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	own := migrations.SQLite()
	names, err := fs.Glob(own, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(own, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: text}
	}
	for name, text := range more {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

// ownSteps returns the numbers of the program's own migrations, in order.
func ownSteps(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(migrations.SQLite(), "*.up.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for i, name := range names {
		names[i], _, _ = strings.Cut(name, "_")
	}
	return names
}

const (
	second = "20260101000002" // the one that made the log what it is
	extra  = "20990101000001"
)

// TestOpen_failedMigration: a step that fails half way leaves nothing, is tried
// again by the next start, and is done once it works.
func TestOpen_failedMigration(t *testing.T) {
	t.Parallel()
	f := &fixture{t: t, file: filepath.Join(t.TempDir(), "seg.db")}
	bad := map[string]string{extra + "_bad.tx.up.sql": "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);"}
	all := ownSteps(t)
	for range 2 {
		err := openWith(t, "sqlite://"+f.file, steps(t, bad))
		if err == nil || !strings.Contains(err.Error(), extra) || !strings.Contains(err.Error(), "nowhere") {
			t.Fatalf("got %v", err)
		}
		if got := applied(f); !slices.Equal(got, all) {
			t.Errorf("taken as done: %v", got)
		}
		if slices.Contains(tables(f), "half") {
			t.Error("half of the step is there")
		}
	}
	good := map[string]string{extra + "_bad.tx.up.sql": "CREATE TABLE half (id INTEGER);"}
	if err := openWith(t, "sqlite://"+f.file, steps(t, good)); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(tables(f), "half") || !slices.Equal(applied(f), append(all, extra)) {
		t.Errorf("tables %v, taken as done: %v", tables(f), applied(f))
	}
	// The program without that step is older than the database.
	if err := openURL(t, "sqlite://"+f.file); err == nil || !strings.Contains(err.Error(), "newer version of the program") {
		t.Errorf("an older program: got %v", err)
	}
}

// TestOpen_migrationThatBreaksReferences: it has failed like any other, so it
// leaves nothing, and the next start does not pass over it.
func TestOpen_migrationThatBreaksReferences(t *testing.T) {
	t.Parallel()
	f := &fixture{t: t, file: filepath.Join(t.TempDir(), "seg.db")}
	bad := map[string]string{extra + "_bad.tx.up.sql": "INSERT INTO owners VALUES ('user', 1, 99);"}
	all := ownSteps(t)
	for range 2 {
		err := openWith(t, "sqlite://"+f.file, steps(t, bad))
		if err == nil || !strings.Contains(err.Error(), extra) || !strings.Contains(err.Error(), "refer to missing rows") {
			t.Errorf("got %v", err)
		}
		if got := applied(f); !slices.Equal(got, all) {
			t.Errorf("taken as done: %v", got)
		}
		if rows := query[int](f, "SELECT id FROM owners"); len(rows) > 0 {
			t.Errorf("it left rows %v", rows)
		}
	}
}

// TestOpen_migrationThatRebuildsATable: the rows that refer to the old table are
// still there.
func TestOpen_migrationThatRebuildsATable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := execSQL(f, `CREATE TABLE parents (id INTEGER PRIMARY KEY);
		CREATE TABLE children (parent INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE);
		INSERT INTO parents VALUES (1); INSERT INTO children VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	rebuild := map[string]string{extra + "_rebuild.tx.up.sql": `CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, name TEXT);
		INSERT INTO rebuilt (id) SELECT id FROM parents;
		DROP TABLE parents;
		ALTER TABLE rebuilt RENAME TO parents;`}
	if err := openWith(t, "sqlite://"+f.file, steps(t, rebuild)); err != nil {
		t.Fatal(err)
	}
	if rows := query[int](f, "SELECT parent FROM children"); !slices.Equal(rows, []int{1}) {
		t.Errorf("children of %v", rows)
	}
}

// TestOpen_crashBeforeTheMark: a step that is done but not marked runs again.
func TestOpen_crashBeforeTheMark(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	if _, err := execSQL(f, "DELETE FROM bun_migrations"); err != nil {
		t.Fatal(err)
	}
	if err := openURL(t, "sqlite://"+f.file); err != nil {
		t.Fatal(err)
	}
	if names := query[string](f, "SELECT name FROM sessions"); !slices.Equal(names, []string{"A"}) || !slices.Equal(applied(f), ownSteps(t)) {
		t.Errorf("sessions %v, taken as done %v", names, applied(f))
	}
}

func TestOpen_goroutinesTogether(t *testing.T) {
	t.Parallel()
	f := &fixture{t: t, file: filepath.Join(t.TempDir(), "seg.db")}
	var g errgroup.Group
	for range 8 {
		g.Go(func() error { return openURL(t, "sqlite://"+f.file) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := applied(f); !slices.Equal(got, ownSteps(t)) {
		t.Errorf("taken as done: %v", got)
	}
}

// TestOpen_processesTogether starts this test program several times, to open a
// new database and end: see TestMain.
func TestOpen_processesTogether(t *testing.T) {
	t.Parallel()
	f := &fixture{t: t, file: filepath.Join(t.TempDir(), "seg.db")}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	for range 4 {
		g.Go(func() error {
			cmd := exec.CommandContext(t.Context(), program)
			cmd.Env = append(os.Environ(), openOnly+"=sqlite://"+f.file)
			cmd.Stderr = t.Output()
			return cmd.Run()
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := applied(f); !slices.Equal(got, ownSteps(t)) {
		t.Errorf("taken as done: %v", got)
	}
}

func TestOpen_waitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seg.db")
	lock := flock.New(file + ".lock")
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := store.Open(ctx, options("sqlite://"+file, new(recorder)))
	if err == nil || !strings.Contains(err.Error(), "wait for the lock") {
		t.Errorf("got %v", err)
	}
}

func TestOpen_refusesURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                                "must begin with sqlite://",
		"seg.db":                          "must begin with sqlite://",
		"postgres://seg:secret@host/seg":  "must begin with sqlite://",
		"sqlite://":                       "lacks a file name",
		"sqlite://:memory:":               "in memory",
		"sqlite://seg.db?mode=memory":     "options after",
		"sqlite:///no/such/folder/seg.db": "no such file",
		"sqlite://" + t.TempDir():         "unable to open database file",
	} {
		err := openURL(t, url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", url, err)
		}
	}
}

// TestOpen_oddPaths: what means something in a URI is a plain character in a path.
func TestOpen_oddPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := []string{"with space.db", "100%41.db", "a&b=c;d.db", "ключ.db", "a:b.db"}
	for _, name := range names {
		if err := openURL(t, "sqlite://"+filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, e := range entries {
		found[strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".lock"), ".identity")] = true
	}
	if len(found) != len(names) {
		t.Errorf("files %v", slices.Sorted(maps.Keys(found)))
	}
}

// TestOpen_twoSlashes: more than one slash at the beginning of a path is as good
// as one.
func TestOpen_twoSlashes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seg.db")
	if err := openURL(t, "sqlite:///"+file); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestOpen_needsItsOptions(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "seg.db")})
	if err == nil || !strings.Contains(err.Error(), "required") {
		t.Errorf("got %v", err)
	}
}

// TestStore_durable holds the connections to what the design promises.
func TestStore_durable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		if got := f.Pragma(t, pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	if err := f.WriteOnReader(t.Context()); err == nil {
		t.Error("the connections for reading can write")
	}
	if err := f.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStore_Ping_closed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a closed store answers")
	}
}
