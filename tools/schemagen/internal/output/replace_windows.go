package output

import (
	"os"
	"path/filepath"
)

// Replace writes a file beside its place and moves it there, which renameio does not offer for Windows.
func Replace(path string, data []byte) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), staging)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left there, the next run sweeps up
	beside := filepath.Join(dir, "0")
	if err := os.WriteFile(beside, data, 0o644); err != nil { //nolint:gosec // sources are for everybody
		return err
	}
	return os.Rename(beside, path)
}
