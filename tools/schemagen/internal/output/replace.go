//go:build !windows

package output

import "github.com/google/renameio/v2"

// Replace writes a file whole or not at all.
func Replace(path string, data []byte) error { return renameio.WriteFile(path, data, 0o644) }
