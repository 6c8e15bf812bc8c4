//go:build !race

package ws

import (
	"syscall"
	"unsafe"
)

// readNow reads from a descriptor that never waits into p, which is not empty. EAGAIN says that there is nothing, no byte without an
// error that nothing more will come.
func readNow(fd uintptr, p []byte) (int, syscall.Errno) { return callNow(syscall.SYS_READ, fd, p) }

// writeNow writes p, which is not empty, to a descriptor that never waits. EAGAIN says that there is no room.
func writeNow(fd uintptr, p []byte) (int, syscall.Errno) { return callNow(syscall.SYS_WRITE, fd, p) }

// callNow reads or writes without telling Go's scheduler, which needs to hear of calls that may wait. Told of these it looks every
// 20 µs whether one lasts, and hands the processor of one that does to another thread: a sixth of what a short message costs.
// The race detector does not see into it, so it is not built for that.
func callNow(call, fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		//nolint:gosec // the call gets a slice's place and length, as in package syscall, which has this call but for the scheduler
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		if errno == 0 {
			return int(n), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
