//go:build !unix

package fdlimit

// Get returns how many files this process may have open. On this system the limit is not known.
func Get() (limit uint64, known bool) { return 0, false }
