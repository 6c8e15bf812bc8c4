package output

import (
	"os"
	"path/filepath"
)

// Replace writes a file to a folder next to its path and renames it. renameio does not support
// Windows.
func Replace(path string, data []byte) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), staging)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the next Apply removes what is left
	beside := filepath.Join(dir, "0")
	if err := os.WriteFile(beside, data, 0o644); err != nil { //nolint:gosec // sources are for everybody
		return err
	}
	return os.Rename(beside, path)
}
