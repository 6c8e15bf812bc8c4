package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

func (f *fixture) url() string { return "sqlite://" + f.file }

// TestBackup_underLoad: a backup that is made while commands go on is of one moment: every session's log reaches as far as the
// session says, and it is not damaged.
func TestBackup_underLoad(t *testing.T) {
	t.Parallel()
	testBackupUnderLoad(t)
}

func testBackupUnderLoad(t *testing.T) {
	t.Helper()
	f := newFixture(t)
	stop := make(chan struct{})
	var acked atomic.Int64
	var sum tally
	var writers sync.WaitGroup
	for w := range 4 {
		name := fmt.Sprint("S", w)
		f.mustCreate(name)
		writers.Go(func() {
			for i := int64(1); ; i++ {
				select {
				case <-stop:
					return
				default:
					f.mustDo(name, createUser(int64(w)*1_000_000+i, fmt.Sprint("u", i)))
					acked.Add(1)
				}
			}
		})
	}
	dir := t.TempDir()
	for i := range 5 {
		file := filepath.Join(dir, fmt.Sprint(i))
		for acked.Load() < int64(10*(i+1)) {
			time.Sleep(time.Millisecond) // look again
		}
		before := int(acked.Load())
		must(t, store.Backup(t.Context(), f.url(), file))
		b := &fixture{t: t, file: file}
		sum.acked += before
		sum.lost += max(0, before-query[int](b, "SELECT count(*) FROM users")[0])
		if got := query[string](b, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
			t.Error(got)
		}
		bad := query[string](b, `SELECT s.name FROM sessions AS s WHERE s.seq <> (SELECT count(*) FROM log AS l WHERE l.session_id = s.id)
			OR s.seq <> (SELECT count(*) FROM users AS u WHERE u.session_id = s.id)`)
		if len(bad) > 0 {
			t.Errorf("not of one moment: %v", bad)
		}
		info, err := os.Stat(file)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
	}
	close(stop)
	writers.Wait()
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 5 {
		t.Errorf("files %v", left)
	}
	sum.report(t, "5 backups under load, each with what was acknowledged before it")
}

func TestBackup_refuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	must(t, os.WriteFile(there, []byte("mine"), 0o600))
	if err := store.Backup(t.Context(), f.url(), there); !errors.Is(err, store.ErrExists) {
		t.Errorf("got %v", err)
	}
	for _, c := range [][2]string{{f.url(), filepath.Join(dir, "no", "folder")}, {"sqlite://" + filepath.Join(dir, "none.db"), filepath.Join(dir, "x")}} {
		if err := store.Backup(t.Context(), c[0], c[1]); err == nil {
			t.Errorf("%v: no error", c)
		}
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if text, _ := os.ReadFile(there); string(text) != "mine" || len(left) != 1 {
		t.Errorf("%s, files %v", text, left)
	}
}

// TestRestore: what the backup has is back, what came after it is gone, and nobody goes on where he was.
func TestRestore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B")
	f.mustDo("A", several(1, 3))
	r := request("key", "1", "B")
	if _, err := f.once(r, "B", 50); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	must(t, store.Backup(t.Context(), f.url(), backup))
	f.mustDo("A", several(4, 3))
	a, b := f.epoch("A"), f.epoch("B")

	if err := store.Restore(t.Context(), f.url(), backup, store.KeepExisting, testRand{}); !errors.Is(err, store.ErrExists) {
		t.Errorf("got %v", err)
	}
	if err := store.Restore(t.Context(), f.url(), backup, store.ReplaceExisting, testRand{}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("while it is served: got %v", err)
	}
	f.mustDo("A", several(7, 1)) // it goes on
	must(t, f.Close())
	must(t, store.Restore(t.Context(), f.url(), backup, store.ReplaceExisting, testRand{}))
	f.Store = f.open()
	if f.EpochResetReason() != "" {
		t.Errorf("renewed after a restore: %s", f.EpochResetReason())
	}
	for name, c := range map[string]struct {
		epoch string
		last  int64
	}{"A": {a, 3}, "B": {b, 1}} {
		m := f.events(name, c.epoch, 1, 10)
		if m.Reason != store.ReasonEpoch || m.LastSeq != c.last || m.Epoch == c.epoch {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if answer, err := f.once(r, "B", 51); err != nil || answer != "created 50" {
		t.Errorf("a request from before the backup: %q, %v", answer, err)
	}
	f.mustDo("A", several(4, 1))
	if c := f.all()[len(f.all())-1]; c.FirstSeq != 4 || c.Epoch == a {
		t.Errorf("told of %+v", c)
	}

	// To where nothing is, from a backup that serves again and again.
	other := &fixture{t: t, file: filepath.Join(t.TempDir(), "other.db"), recorder: new(recorder)}
	must(t, store.Restore(t.Context(), other.url(), backup, store.KeepExisting, testRand{}))
	other.Store = other.open()
	defer other.Close()
	if users, err := other.Users(t.Context(), game.UserFilter{}); err != nil || len(users) != 4 {
		t.Errorf("users %v, %v", users, err)
	}
}

// TestRestore_bypassed: a server that is started on a backup as it is gives its sessions new epochs.
func TestRestore_bypassed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 3))
	backup := filepath.Join(t.TempDir(), "backup.db")
	must(t, store.Backup(t.Context(), f.url(), backup))
	before := f.epoch("A")
	f.reopen(func() { copyFile(t, backup, f.file) }) // nothing is lost: only the id tells
	if !strings.Contains(f.EpochResetReason(), "another database") {
		t.Errorf("renewed: %q", f.EpochResetReason())
	}
	if m := f.events("A", before, 1, 10); m.Reason != store.ReasonEpoch {
		t.Errorf("got %+v", m)
	}
}

// TestRestore_refuses: what is no backup does no harm to the database that is there.
func TestRestore_refuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 30))
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, store.Backup(t.Context(), f.url(), path("damaged.db")))
	text, err := os.ReadFile(path("damaged.db"))
	must(t, err)
	for i := 4096*3 + 8; i < len(text); i += 7 {
		text[i] ^= 0x55
	}
	must(t, os.WriteFile(path("damaged.db"), text, 0o600))
	must(t, os.WriteFile(path("text.db"), []byte(strings.Repeat("this is no database\n", 300)), 0o600))
	must(t, os.WriteFile(path("empty.db"), nil, 0o600))
	newer := &fixture{t: t, file: path("newer.db")}
	must(t, openWith(t, newer.url(), steps(t, map[string]string{extra + "_new.tx.up.sql": "CREATE TABLE later (id INTEGER);"})))
	must(t, f.Close())
	before := dump(f)
	for file, want := range map[string]string{
		path("none.db"): "no such file", path("text.db"): "not a database", path("empty.db"): "not a database of this program",
		path("newer.db"): "newer version of the program", path("damaged.db"): "", f.file: "itself",
	} {
		err := store.Restore(t.Context(), f.url(), file, store.ReplaceExisting, testRand{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", file, err)
		}
	}
	if diff := cmp.Diff(before, dump(f)); diff != "" {
		t.Errorf("the database changed (-before +after):\n%s", diff)
	}
	if _, err := os.Stat(f.file + ".partial"); err == nil {
		t.Error("a part is left behind")
	}
	f.Store = f.open()
	if f.EpochResetReason() != "" {
		t.Error(f.EpochResetReason())
	}
}

// TestRestore_overDamage: a database that is damaged is what backups are for.
func TestRestore_overDamage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	backup := filepath.Join(t.TempDir(), "backup.db")
	must(t, store.Backup(t.Context(), f.url(), backup))
	must(t, f.Close())
	must(t, os.WriteFile(f.file, []byte(strings.Repeat("no database any more", 1000)), 0o600))
	must(t, store.Restore(t.Context(), f.url(), backup, store.ReplaceExisting, testRand{}))
	f.Store = f.open()
	f.mustDo("A", several(1, 1))
}

// TestMigrateDown takes steps back one by one, though they were taken at once, and up again keeps what is left.
func TestMigrateDown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 3))
	if _, err := f.once(request("k", "1", ""), "A", 9); err != nil {
		t.Fatal(err)
	}
	if _, err := store.MigrateDown(t.Context(), f.url()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("while it is served: got %v", err)
	}
	epoch := f.epoch("A")
	must(t, f.Close())
	steps := ownSteps(t)
	for i := len(steps) - 1; steps[i] >= second; i-- {
		if name, err := store.MigrateDown(t.Context(), f.url()); err != nil || name != steps[i] {
			t.Fatalf("took %s back, want %s, %v", name, steps[i], err)
		}
		if got := applied(f); !slices.Equal(got, steps[:i]) {
			t.Errorf("applied: %v", got)
		}
	}
	must(t, store.MigrateUp(t.Context(), f.url(), testRand{}))
	f.Store = f.open()
	if m := f.events("A", epoch, 0, 10); len(m.Events) != 4 || m.Reason != "" {
		t.Errorf("got %+v", m)
	}
	f.mustDo("A", createUser(10, "ten"))
	must(t, f.Close())
	slices.Reverse(steps)
	for _, want := range append(steps, "") {
		if name, err := store.MigrateDown(t.Context(), f.url()); err != nil || name != want {
			t.Errorf("took %q back, want %q, %v", name, want, err)
		}
	}
	f.Store = f.open()
	if err := f.AddRuleset(t.Context(), rules.ID, []byte("{}")); err != nil {
		t.Error(err)
	}
	f.mustCreate("A")
	if _, err := store.MigrateDown(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "none.db")); err == nil {
		t.Error("took back a step of nothing")
	}
}
