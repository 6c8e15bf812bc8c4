//go:build !unix

package main

// fileLimit returns how many files this process may have open, if that can be known; here it cannot.
func fileLimit() (limit uint64, known bool) { return 0, false }
