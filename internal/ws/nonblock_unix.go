//go:build unix

package ws

import (
	"net"
	"syscall"
)

// rawConn returns conn's own access to the kernel. It is nil for all but the plain connections of package net: under TLS, or whatever
// else is put around them, the bytes that the kernel carries are others than those that are read and written.
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
	if err != nil {
		return nil // closed already, as whoever reads will see
	}
	return raw
}
