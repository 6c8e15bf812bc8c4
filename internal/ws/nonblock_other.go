//go:build !unix

package ws

import (
	"net"
	"syscall"
)

// rawConn returns nil: the descriptors of other systems may wait.
func rawConn(net.Conn) syscall.RawConn { return nil }

func readNow(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }

func writeNow(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }
