//go:build unix && (!linux || race)

package ws

import (
	"errors"
	"syscall"
)

// readNow reads from a descriptor that never waits into p, which is not empty. EAGAIN says that there is nothing, no byte without an
// error that nothing more will come.
func readNow(fd uintptr, p []byte) (int, syscall.Errno) { return callNow(syscall.Read, fd, p) }

// writeNow writes p, which is not empty, to a descriptor that never waits. EAGAIN says that there is no room.
func writeNow(fd uintptr, p []byte) (int, syscall.Errno) { return callNow(syscall.Write, fd, p) }

func callNow(call func(fd int, p []byte) (int, error), fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := call(int(fd), p)
		if err == nil {
			return n, 0
		}
		errno, known := errors.AsType[syscall.Errno](err)
		if !known {
			return 0, syscall.EIO // package syscall has no other errors for these calls
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
