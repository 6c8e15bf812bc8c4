//go:build unix

package ws

import (
	"bytes"
	"net"
	"syscall"
	"testing"
)

// pair returns two non-blocking descriptors that are connected.
func pair(t *testing.T) (near, far uintptr) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if err := syscall.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { syscall.Close(fds[0]) })
	return uintptr(fds[0]), uintptr(fds[1])
}

// TestNonblockingCalls: bytes arrive in order and complete; EAGAIN, the end of the stream and
// errors are reported.
func TestNonblockingCalls(t *testing.T) {
	t.Parallel()
	near, far := pair(t)
	buf := make([]byte, 1<<16)
	if n, errno := readNonblock(near, buf); n != 0 || errno != syscall.EAGAIN {
		t.Errorf("read without input: got %d bytes and %v, want 0 and EAGAIN", n, errno)
	}
	var sent, got []byte
	for i := 0; ; i++ {
		piece := bytes.Repeat([]byte{byte(i)}, 1009)
		n, errno := writeNonblock(near, piece)
		sent = append(sent, piece[:n]...)
		if errno == syscall.EAGAIN && n == 0 {
			break
		}
		if errno != 0 || n == 0 {
			t.Fatalf("write piece %d: got %d bytes and %v, want at least 1 and no error", i, n, errno)
		}
	}
	for len(got) < len(sent) {
		n, errno := readNonblock(far, buf)
		if errno != 0 || n == 0 {
			t.Fatalf("read after %d of %d bytes: got %d bytes and %v, want at least 1 and no error", len(got), len(sent), n, errno)
		}
		got = append(got, buf[:n]...)
	}
	if len(sent) == 0 || !bytes.Equal(got, sent) {
		t.Errorf("got %d bytes, want the %d that were sent", len(got), len(sent))
	}
	if err := syscall.Close(int(far)); err != nil {
		t.Fatal(err)
	}
	if n, errno := readNonblock(near, buf); n != 0 || errno != 0 {
		t.Errorf("read at the end: got %d bytes and %v, want 0 and no error", n, errno)
	}
	if n, errno := writeNonblock(near, buf); n != 0 || errno != syscall.EPIPE {
		t.Errorf("write after the end: got %d bytes and %v, want 0 and EPIPE", n, errno)
	}
	if n, errno := readNonblock(^uintptr(0), buf); n != 0 || errno != syscall.EBADF {
		t.Errorf("read from an invalid descriptor: got %d bytes and %v, want 0 and EBADF", n, errno)
	}
}

// TestRawConn_blockingDescriptor: raw calls on a blocking descriptor would stop a processor of Go's
// scheduler. rawConn must refuse it, and also take a connection back after it is non-blocking
// again.
func TestRawConn_blockingDescriptor(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if rawConn(conn) == nil {
		t.Fatal("new connection: got nil, want a RawConn")
	}
	copied, err := conn.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	fd := int(copied.Fd())
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	if rawConn(conn) != nil {
		t.Error("blocking descriptor: got a RawConn, want nil")
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	if rawConn(conn) == nil {
		t.Error("non-blocking again: got nil, want a RawConn")
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if rawConn(conn) != nil {
		t.Error("closed connection: got a RawConn, want nil")
	}
}
