//go:build !race && !msan && !asan

package ws

import (
	"syscall"
	"unsafe"
)

// readNonblock reads into p, which is not empty, from a non-blocking descriptor. EAGAIN means that
// there is no input. 0 bytes without an error mean that the stream has ended.
func readNonblock(fd uintptr, p []byte) (int, syscall.Errno) { return rawCall(syscall.SYS_READ, fd, p) }

// writeNonblock writes p, which is not empty, to a non-blocking descriptor. EAGAIN means that the
// kernel's buffer is full.
func writeNonblock(fd uintptr, p []byte) (int, syscall.Errno) {
	return rawCall(syscall.SYS_WRITE, fd, p)
}

// rawCall makes a system call without telling Go's scheduler, which must know about calls that may
// block. Telling it costs a sixth of the time of a short message: it checks every 20 µs whether the
// call still runs, and then gives the processor to another thread. "tools/bench sockets ping" shows
// the gain: 5.4 to 5.6 µs of server CPU per ping instead of 5.9 to 6.3.
//
// The race, memory and address sanitizers do not see memory that a raw call reads or writes. Builds
// for them use nonblock_syscall_unix.go.
func rawCall(call, fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		//nolint:gosec // passes a slice's address and length, as package syscall does
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		if errno == 0 {
			return int(n), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
