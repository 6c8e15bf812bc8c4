//go:build !unix

package ws

import (
	"net"
	"syscall"
)

// rawConn returns nil: the descriptors of other systems may block.
func rawConn(net.Conn) syscall.RawConn { return nil }

func readNonblock(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }

func writeNonblock(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }
