//go:build linux

package sockets

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"syscall"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// maxPending bounds the broadcasts that go out in one write.
const maxPending = 64

// limitRoom is what the machine can do at best when many broadcasts are under way: one goroutine takes what has come up to now and
// brings it to one client after the other, one write for each, without any queue. A client that does not read stops everybody.
type limitRoom struct {
	pending chan []byte
	closed  chan struct{}

	mu    sync.Mutex
	conns map[*net.TCPConn]syscall.RawConn
}

func serveLimit(l net.Listener) error {
	r := limitRoom{
		pending: make(chan []byte, maxPending), closed: make(chan struct{}), conns: map[*net.TCPConn]syscall.RawConn{},
	}
	defer close(r.closed)
	go r.broadcast()
	return accept(l, func(conn *net.TCPConn) { handshake(conn, r.read) })
}

// read takes in what a client publishes.
func (r *limitRoom) read(conn *net.TCPConn) {
	defer closeQuietly(conn)
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	r.mu.Lock()
	r.conns[conn] = raw
	r.mu.Unlock()
	for {
		text, err := wsutil.ReadClientText(conn)
		if err != nil {
			break
		}
		frame, err := ws.CompileFrame(ws.NewTextFrame(text))
		if err != nil {
			break
		}
		select {
		case r.pending <- frame:
		case <-r.closed:
		}
	}
	r.mu.Lock()
	delete(r.conns, conn)
	r.mu.Unlock()
}

func (r *limitRoom) broadcast() {
	var batch []byte
	for {
		select {
		case frame := <-r.pending:
			batch = append(batch[:0], frame...)
		case <-r.closed:
			return
		}
		for range min(len(r.pending), maxPending-1) {
			batch = append(batch, <-r.pending...)
		}
		r.mu.Lock()
		for _, raw := range r.conns {
			// A client that has gone is taken out by its reader.
			_ = writeAll(raw, batch)
		}
		r.mu.Unlock()
	}
}

// writeAll writes batch and waits where the kernel's buffer is full.
func writeAll(raw syscall.RawConn, batch []byte) error {
	rest := bytes.NewBuffer(batch)
	var failed error
	err := raw.Write(func(fd uintptr) bool {
		for rest.Len() > 0 {
			n, err := syscall.Write(int(fd), rest.Bytes())
			if errors.Is(err, syscall.EAGAIN) {
				return false
			}
			if err != nil {
				failed = err
				return true
			}
			rest.Next(n)
		}
		return true
	})
	return errors.Join(err, failed)
}
