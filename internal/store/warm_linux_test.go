package store_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestStore_Open_readersOpenNothingLater: SQLite opens the write-ahead log only when a connection first reads, and a reader that had been opened
// but not used failed when the process could open no more files.
func TestStore_Open_readersOpenNothingLater(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	want := f.Readers() + 1 // and the writer
	if got := openCount(t, f.file+"-wal"); got != want {
		t.Errorf("%d connections have the write-ahead log open, not %d", got, want)
	}
}

// openCount returns how often this process has path open.
func openCount(t *testing.T, path string) (n int) {
	t.Helper()
	path, err := filepath.EvalSymlinks(path)
	must(t, err)
	const folder = "/proc/self/fd"
	entries, err := os.ReadDir(folder)
	must(t, err)
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil && to == path {
			n++
		}
	}
	return n
}
