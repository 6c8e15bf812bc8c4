package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/store"
)

// TestOpen_onlyItsOwnerReads: a database holds what players keep from each other, and was made for everybody to read, though its
// backups were not.
func TestOpen_onlyItsOwnerReads(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	must(t, f.NoteNewest(t.Context()))
	for _, suffix := range []string{"", "-wal", "-shm", ".lock", ".identity"} {
		info, err := os.Stat(f.file + suffix)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("seg.db%s has mode %v", suffix, info.Mode())
		}
	}
}

// TestOpen_keepsItsMode: who lets others read the database is not overruled.
func TestOpen_keepsItsMode(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.reopen(func() { must(t, os.Chmod(f.file, 0o640)) })
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(f.file + suffix)
		must(t, err)
		if info.Mode().Perm() != 0o640 {
			t.Errorf("seg.db%s has mode %v", suffix, info.Mode())
		}
	}
}

// TestOpen_throughALink: programs that name a database by its path and by a link to it did not wait for each other, and a restore
// put a file in the place of the link.
func TestOpen_throughALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "disk"), 0o700))
	file, link := filepath.Join(dir, "disk", "seg.db"), filepath.Join(dir, "seg.db")
	must(t, os.Symlink(filepath.Join("disk", "seg.db"), link)) // to what is not there yet
	f := &fixture{recorder: new(recorder), file: link, t: t}
	f.Store = f.open()
	must(t, f.AddRuleset(t.Context(), rules.ID, []byte("{}")))
	f.mustCreate("A")
	backup := filepath.Join(dir, "backup.db")
	must(t, store.Backup(t.Context(), f.url(), backup))
	must(t, f.Close())
	must(t, store.Restore(t.Context(), f.url(), backup, store.ReplaceExisting, testRand{}))
	if to, err := os.Readlink(link); err != nil {
		t.Errorf("the link is gone (%s, %v)", to, err)
	}
	left, err := filepath.Glob(link + "*")
	must(t, err)
	if !slices.Equal(left, []string{link}) {
		t.Errorf("beside the link lies %v", left)
	}
	f.file = file
	f.Store = f.open()
	defer f.Close()
	if f.EpochResetReason() != "" {
		t.Errorf("named by its path it is another database: %s", f.EpochResetReason())
	}
	f.mustDo("A", several(1, 1))
}

// TestRestore_besideAnOldLog: the write-ahead log of a program that was killed, whose database has been removed, was taken for that of
// the restored one.
func TestRestore_besideAnOldLog(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 3))
	backup := filepath.Join(t.TempDir(), "backup.db")
	must(t, store.Backup(t.Context(), f.url(), backup))
	f.mustDo("A", several(4, 50))
	old := filepath.Join(t.TempDir(), "old-wal")
	copyFile(t, f.file+"-wal", old)
	must(t, f.Close())
	remove(t, f.file)
	must(t, os.Rename(old, f.file+"-wal"))
	must(t, store.Restore(t.Context(), f.url(), backup, store.KeepExisting, testRand{}))
	if got := query[string](f, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
		t.Error(got)
	}
	if seq := query[int64](f, "SELECT seq FROM sessions"); !slices.Equal(seq, []int64{3}) {
		t.Errorf("the newest event is %v, and the backup ends with 3", seq)
	}
	f.Store = f.open()
}

// TestBackup_besideAnOldLog: a backup was spoilt by the log of a database that had once lain in its place.
func TestBackup_besideAnOldLog(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	for _, suffix := range []string{"-wal", "-journal"} {
		dir := t.TempDir()
		to := filepath.Join(dir, "backup.db")
		copyFile(t, f.file+"-wal", to+suffix)
		if err := store.Backup(t.Context(), f.url(), to); !errors.Is(err, store.ErrExists) || !strings.Contains(err.Error(), to+suffix) {
			t.Errorf("got %v", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("left %v, %v", left, err)
		}
	}
}

// TestBackup_toAURI: a file that is named like a URI was looked for where that would point to.
func TestBackup_toAURI(t *testing.T) {
	f := newFixture(t)
	f.mustCreate("A")
	dir := t.TempDir()
	t.Chdir(dir)
	must(t, store.Backup(t.Context(), f.url(), "file:b.db"))
	left, err := os.ReadDir(".")
	must(t, err)
	if len(left) != 1 || left[0].Name() != "file:b.db" {
		t.Errorf("files %v", left)
	}
}

// TestStore_fileReplaced: a program whose database was put away went on to acknowledge what nobody would find again.
func TestStore_fileReplaced(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 1))
	away := filepath.Join(filepath.Dir(f.file), "away.db")
	identity, err := os.ReadFile(f.file + ".identity")
	must(t, err)
	told := len(f.all())
	want := map[string]string{"removed": "has been moved or deleted", "replaced": "is another file"}
	for name, replace := range map[string]func(){
		"removed":  func() {},
		"replaced": func() { copyFile(t, away, f.file) },
	} {
		must(t, os.Rename(f.file, away))
		replace()
		for what, err := range map[string]error{
			"command": f.do("A", several(10, 1)), "ping": f.Ping(t.Context()), "note": f.NoteNewest(t.Context()),
		} {
			if err == nil || !strings.Contains(err.Error(), want[name]) {
				t.Errorf("%s: %s: got %v, want an error with %q", name, what, err, want[name])
			}
		}
		must(t, os.Rename(away, f.file))
	}
	now, err := os.ReadFile(f.file + ".identity")
	must(t, err)
	if len(f.all()) != told || string(now) != string(identity) {
		t.Errorf("told of %d more; noted %s", len(f.all())-told, now)
	}
	f.mustDo("A", several(10, 1)) // it is back
	must(t, f.Ping(t.Context()))
}
