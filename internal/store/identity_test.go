package store_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seg.example/internal/store"
)

// reopen closes the store, lets between change its files, and opens it again.
func (f *fixture) reopen(between func()) {
	f.t.Helper()
	must(f.t, f.Close())
	between()
	f.Store = f.open()
}

// copyFile writes a copy of from into to, which keeps its place on the disk if it exists.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	out, err := os.Create(to)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, err)
	must(t, out.Close())
}

func remove(t *testing.T, file string) {
	t.Helper()
	must(t, os.Remove(file))
}

// TestIdentity: whichever way a database comes to lie where another was, its sessions get new epochs; one that was only left
// alone keeps them.
func TestIdentity(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		between func(t *testing.T, f *fixture, old string) // old is a copy from before the last event
		renewed string
	}{
		"nothing": {func(*testing.T, *fixture, string) {}, ""},
		"an older copy over it": {func(t *testing.T, f *fixture, old string) {
			t.Helper()
			copyFile(t, old, f.file)
		}, "older than what was here"},
		"a copy in its place": {func(t *testing.T, f *fixture, old string) {
			t.Helper()
			must(t, os.Rename(old, f.file))
		}, "put here from elsewhere"},
		"a copy of the folder": {func(t *testing.T, f *fixture, old string) {
			t.Helper()
			for _, suffix := range []string{"", ".identity"} {
				copyFile(t, f.file+suffix, old+suffix)
				must(t, os.Rename(old+suffix, f.file+suffix))
			}
		}, "put here from elsewhere"},
		"no identity file": {func(t *testing.T, f *fixture, _ string) {
			t.Helper()
			remove(t, f.file+".identity")
		}, "no identity file"},
		"a torn identity file": {func(t *testing.T, f *fixture, _ string) {
			t.Helper()
			must(t, os.WriteFile(f.file+".identity", []byte(`{"id":`), 0o600))
		}, "no identity file"},
		"another database over it": {func(t *testing.T, f *fixture, _ string) {
			t.Helper()
			other := newFixture(t)
			other.mustCreate("A")
			for i := range int64(5) {
				other.mustDo("A", several(i+1, 1))
			}
			must(t, other.Close())
			copyFile(t, other.file, f.file)
			other.Store = other.open()
		}, "another database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if f.EpochResetReason() != "" {
				t.Errorf("a new database: %s", f.EpochResetReason())
			}
			f.mustCreate("A")
			f.mustDo("A", several(1, 1))
			old := filepath.Join(t.TempDir(), "old.db")
			f.reopen(func() { copyFile(t, f.file, old) })
			f.mustDo("A", several(2, 1))
			before := f.epoch("A")
			f.reopen(func() { c.between(t, f, old) })
			if got := f.EpochResetReason(); c.renewed == "" && got != "" || !strings.Contains(got, c.renewed) {
				t.Errorf("renewed: %q", got)
			}
			m := f.events("A", before, 1, 10)
			if resumed := m.Reason == "" && len(m.Events) == 1; resumed != (c.renewed == "") {
				t.Errorf("who returns gets %+v", m)
			}
			// The new epoch continues the sequence numbers, and stays from now on.
			f.mustDo("A", several(77, 1))
			f.reopen(func() {})
			if f.EpochResetReason() != "" {
				t.Errorf("renewed again: %s", f.EpochResetReason())
			}
			if m := f.events("A", f.epoch("A"), m.LastSeq, 10); m.Reason != "" || len(m.Events) != 1 || m.LastSeq != m.Events[0].Seq {
				t.Errorf("got %+v", m)
			}
		})
	}
}

// TestIdentity_beforeTheFirst: a database of a program that knew no identity keeps its epochs.
func TestIdentity_beforeTheFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 2))
	f.reopen(func() {
		remove(t, f.file+".identity")
		_, err := execSQL(f, "DELETE FROM identity")
		must(t, err)
	})
	if m := f.events("A", f.epoch("A"), 1, 10); f.EpochResetReason() != "" || len(m.Events) != 1 {
		t.Errorf("%q, %+v", f.EpochResetReason(), m)
	}
}

// TestIdentity_underASecondProgram: a program that has a session in memory notices that the session has another epoch.
func TestIdentity_underASecondProgram(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 1))
	before := f.epoch("A")
	remove(t, f.file+".identity")
	second := f.open()
	defer second.Close()
	if second.EpochResetReason() == "" {
		t.Fatal("not renewed")
	}
	f.mustDo("A", several(2, 1))
	if c := f.all()[len(f.all())-1]; c.Epoch == before || c.FirstSeq != 2 {
		t.Errorf("told of %+v", c)
	}
}

// TestIdentity_noted: how far the log has come is noted while the program runs, for the case that it does not end well.
func TestIdentity_noted(t *testing.T) {
	t.Parallel()
	f := newFixtureWith(t, func(o *store.Options) { o.Tick = time.Hour }) // only when it is told to
	f.mustCreate("A")
	f.mustDo("A", several(1, 1))
	old := filepath.Join(t.TempDir(), "old.db")
	f.reopen(func() { copyFile(t, f.file, old) })
	f.mustDo("A", several(2, 1))
	must(t, f.NoteNewest(t.Context()))
	crashed := &fixture{t: t, file: filepath.Join(t.TempDir(), "seg.db"), recorder: new(recorder)}
	copyFile(t, f.file+".identity", crashed.file+".identity")
	copyFile(t, old, crashed.file)
	setFile(t, crashed.file)
	crashed.Store = crashed.open()
	defer crashed.Close()
	if got := crashed.EpochResetReason(); !strings.Contains(got, "older") {
		t.Errorf("renewed: %q", got)
	}
}

// setFile makes the identity file beside a copied database say that it has always been here.
func setFile(t *testing.T, file string) {
	t.Helper()
	must(t, store.MoveHere(file))
}
