//go:build unix

package fdlimit

import "syscall"

// Get returns how many files, sockets among them, this process may have open, if that can be known. The Go runtime raises it
// as far as the process may by itself when it starts.
func Get() (limit uint64, known bool) {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0, false
	}
	return uint64(r.Cur), true //nolint:unconvert // signed on some systems
}
