//go:build !windows

package store

import "github.com/google/renameio/v2"

// replaceFile replaces a file atomically and syncs it.
func replaceFile(path string, data []byte) error { return renameio.WriteFile(path, data, 0o600) }
