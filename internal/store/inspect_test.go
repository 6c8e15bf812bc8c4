package store_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/store"
	"seg.example/migrations"
)

// own names the program's own migrations.
func own(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(migrations.SQLite(), "*.up.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for i, f := range files {
		files[i], _, _ = strings.Cut(f, "_")
	}
	return files
}

func TestInspect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("empty.db", "")
	write("text.db", strings.Repeat("this is no database\n", 300))
	f := newFixture(t)
	newer := &fixture{t: t, file: path("newer.db")}
	step := map[string]string{extra + "_new.tx.up.sql": "CREATE TABLE later (id INTEGER);"}
	if err := openWith(t, "sqlite://"+newer.file, steps(t, step)); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, file string
		want       store.State
		fails      string
	}{
		{"none yet", path("none.db"), store.State{Pending: own(t)}, ""},
		{"an empty file", path("empty.db"), store.State{Exists: true, Pending: own(t)}, ""},
		{"in use", f.file, store.State{Exists: true, Applied: own(t)}, ""},
		{"newer", newer.file, store.State{Exists: true, Applied: append(own(t), extra), Unknown: []string{extra}}, ""},
		{"no folder", path("nowhere/seg.db"), store.State{Pending: own(t)}, "no file can be created"},
		{"no database", path("text.db"), store.State{Exists: true}, "not a database"},
		{"a folder", dir, store.State{Exists: true}, "unable to open"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := store.Inspect(t.Context(), "sqlite://"+row.file)
			if (err == nil) != (row.fails == "") || err != nil && !strings.Contains(err.Error(), row.fails) {
				t.Errorf("error %v, want %q", err, row.fails)
			}
			if got.File != row.file || got.Exists != row.want.Exists || !slices.Equal(got.Applied, row.want.Applied) ||
				!slices.Equal(got.Pending, row.want.Pending) || !slices.Equal(got.Unknown, row.want.Unknown) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range left {
			if name := filepath.Base(f); !slices.Contains([]string{"empty.db", "text.db", "newer.db", "newer.db.lock", "newer.db.identity"}, name) {
				t.Errorf("%s is left behind", name)
			}
		}
	})
	if _, err := store.Inspect(t.Context(), "mongodb://u:hidden@h/x"); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("a URL of another kind: %v", err)
	}
}

// TestInspect_changesNothing: a server that works with the database meanwhile does not notice.
func TestInspect_changesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.create("A"); err != nil {
		t.Fatal(err)
	}
	before := tables(f)
	if _, err := store.Inspect(t.Context(), "sqlite://"+f.file); err != nil {
		t.Fatal(err)
	}
	if after := tables(f); !slices.Equal(before, after) {
		t.Errorf("tables %v, then %v", before, after)
	}
	if err := f.create("B"); err != nil {
		t.Errorf("the database is not usable any more: %v", err)
	}
}
