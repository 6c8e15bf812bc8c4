//go:build !unix

package store

// fileNumber returns nothing: what other systems know files by is not looked at.
func fileNumber(string) (string, error) { return "", nil }
