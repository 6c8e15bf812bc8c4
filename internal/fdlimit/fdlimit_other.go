//go:build !unix

package fdlimit

// Get returns how many files this process may have open, if that can be known; here it cannot.
func Get() (limit uint64, known bool) { return 0, false }
