//go:build !windows

package output

import "github.com/google/renameio/v2"

// Replace writes a file atomically.
func Replace(path string, data []byte) error { return renameio.WriteFile(path, data, 0o644) }
