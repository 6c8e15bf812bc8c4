//go:build unix && (!linux || race || msan || asan)

package ws

import (
	"errors"
	"syscall"
)

// readNonblock reads into p, which is not empty, from a non-blocking descriptor. EAGAIN means that
// there is no input. 0 bytes without an error mean that the stream has ended.
func readNonblock(fd uintptr, p []byte) (int, syscall.Errno) { return checkedCall(syscall.Read, fd, p) }

// writeNonblock writes p, which is not empty, to a non-blocking descriptor. EAGAIN means that the
// kernel's buffer is full.
func writeNonblock(fd uintptr, p []byte) (int, syscall.Errno) {
	return checkedCall(syscall.Write, fd, p)
}

// checkedCall makes a system call through package syscall, which tells Go's scheduler and the
// sanitizers about it.
func checkedCall(call func(fd int, p []byte) (int, error), fd uintptr, p []byte) (int, syscall.Errno) {
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
