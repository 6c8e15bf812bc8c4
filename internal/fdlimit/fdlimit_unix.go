//go:build unix

package fdlimit

import "syscall"

// Get returns how many files this process may have open, including sockets. known is false if the
// system does not tell. The Go runtime raises the soft limit to the hard limit when the process
// starts.
func Get() (limit uint64, known bool) {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0, false
	}
	return uint64(r.Cur), true //nolint:unconvert // signed on some systems
}
