//go:build unix

package ws

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// rawConn returns access to conn's descriptor for readNonblock and writeNonblock. It returns nil if
// they must not be used: conn is not a plain connection of package net, such as TLS, where the
// kernel carries other bytes than those that are read and written, or the descriptor is blocking.
func rawConn(conn net.Conn) syscall.RawConn {
	var plain syscall.Conn
	switch c := conn.(type) {
	case *net.TCPConn:
		plain = c
	case *net.UnixConn:
		plain = c
	default:
		return nil
	}
	raw, err := plain.SyscallConn()
	if err != nil || !isNonblocking(raw) {
		return nil // if conn is closed, the next read reports it
	}
	return raw
}

// isNonblocking reports whether a descriptor is in non-blocking mode. Package net creates it so,
// but os.File.Fd makes it blocking, also through a copy of the descriptor. A raw call on a blocking
// descriptor would stop a processor of Go's scheduler until the client sends something.
func isNonblocking(raw syscall.RawConn) bool {
	flags := 0
	var err error
	if control := raw.Control(func(fd uintptr) { flags, err = unix.FcntlInt(fd, unix.F_GETFL, 0) }); control != nil {
		return false
	}
	return err == nil && flags&unix.O_NONBLOCK != 0
}
