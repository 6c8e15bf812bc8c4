//go:build unix

package ws

import (
	"bytes"
	"syscall"
	"testing"
)

// pair returns two descriptors that are connected and never wait.
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

// TestCallsThatDoNotWait: what goes in comes out, in order and whole; what would have to wait says so; so does the end.
func TestCallsThatDoNotWait(t *testing.T) {
	t.Parallel()
	near, far := pair(t)
	buf := make([]byte, 1<<16)
	if n, errno := readNow(near, buf); n != 0 || errno != syscall.EAGAIN {
		t.Errorf("nothing to read: %d, %v", n, errno)
	}
	var sent, got []byte
	for i := 0; ; i++ {
		piece := bytes.Repeat([]byte{byte(i)}, 1009)
		n, errno := writeNow(near, piece)
		sent = append(sent, piece[:n]...)
		if errno == syscall.EAGAIN && n == 0 {
			break
		}
		if errno != 0 || n == 0 {
			t.Fatalf("piece %d: %d bytes, %v", i, n, errno)
		}
	}
	for len(got) < len(sent) {
		n, errno := readNow(far, buf)
		if errno != 0 || n == 0 {
			t.Fatalf("after %d of %d bytes: %d, %v", len(got), len(sent), n, errno)
		}
		got = append(got, buf[:n]...)
	}
	if len(sent) == 0 || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes were sent, %d others came", len(sent), len(got))
	}
	if err := syscall.Close(int(far)); err != nil {
		t.Fatal(err)
	}
	if n, errno := readNow(near, buf); n != 0 || errno != 0 {
		t.Errorf("at the end: %d, %v", n, errno)
	}
	if n, errno := writeNow(near, buf); n != 0 || errno != syscall.EPIPE {
		t.Errorf("behind the end: %d, %v", n, errno)
	}
	if n, errno := readNow(^uintptr(0), buf); n != 0 || errno != syscall.EBADF {
		t.Errorf("no descriptor: %d, %v", n, errno)
	}
}
