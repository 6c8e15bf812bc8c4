//go:build linux

package sockets

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/gobwas/ws"
)

// echoBuffer is what an echoing server reads at once, in bytes. No message here is longer.
const echoBuffer = 512

// accept hands each connection of l to serve in a goroutine of its own until l is closed.
func accept(l net.Listener, serve func(conn *net.TCPConn)) error {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			go serve(tcp)
		}
	}
}

// closing closes a connection that is not needed any more; one that is broken already is no matter.
func closing(c io.Closer) { _ = c.Close() }

// serveTCP is what the machine can do with a goroutine for each connection: no protocol at all, bytes come back as they are.
func serveTCP(l net.Listener) error {
	return accept(l, func(conn *net.TCPConn) {
		defer closing(conn)
		buf := make([]byte, echoBuffer)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			if _, err := conn.Write(buf[:n]); err != nil {
				return
			}
		}
	})
}

// handshakeTimeout bounds a handshake.
const handshakeTimeout = 10 * time.Second

// handshake upgrades conn; what it makes the stack grow to is gone when its goroutine ends, so the loop gets another one.
func handshake(conn *net.TCPConn, loop func(conn *net.TCPConn)) {
	err := conn.SetDeadline(time.Now().Add(handshakeTimeout))
	if err == nil {
		_, err = ws.Upgrader{}.Upgrade(conn)
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = conn.Close()
		return
	}
	go loop(conn)
}

// serveLean is the least that a WebSocket echo over gobwas/ws does: no checks, no limits, no queue, one read and one write for a
// message, a buffer only while there is something to read.
func serveLean(l net.Listener) error {
	buffers := sync.Pool{New: func() any { return new([echoBuffer]byte) }}
	return accept(l, func(conn *net.TCPConn) {
		handshake(conn, func(conn *net.TCPConn) {
			defer closing(conn)
			raw, err := conn.SyscallConn()
			if err != nil {
				return
			}
			for err == nil {
				err = echoLean(conn, raw, &buffers)
			}
		})
	})
}

// errOdd ends a connection whose frames the lean loop does not know.
var errOdd = errors.New("not one short masked frame")

// echoLean answers one frame.
func echoLean(conn *net.TCPConn, raw syscall.RawConn, buffers *sync.Pool) error {
	var buf *[echoBuffer]byte
	var n int
	var failed error
	err := raw.Read(func(fd uintptr) bool {
		buf, _ = buffers.Get().(*[echoBuffer]byte)
		n, failed = syscall.Read(int(fd), buf[:])
		if errors.Is(failed, syscall.EAGAIN) {
			buffers.Put(buf)
			return false
		}
		return true
	})
	defer buffers.Put(buf)
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	frame, err := answerInPlace(buf[:n])
	if err != nil {
		return err
	}
	_, err = conn.Write(frame)
	return err
}

// answerInPlace turns a client's frame of up to 125 bytes into a server's: the payload stays where it is, the header is written
// again right before it.
func answerInPlace(frame []byte) ([]byte, error) {
	const head, mask = 2, 4
	if len(frame) < head+mask || frame[1]&0x80 == 0 || frame[1]&0x7f > 125 || len(frame) != head+mask+int(frame[1]&0x7f) {
		return nil, errOdd
	}
	ws.Cipher(frame[head+mask:], [4]byte(frame[head:]), 0)
	binary.BigEndian.PutUint16(frame[mask:], binary.BigEndian.Uint16(frame)&^0x80)
	return frame[mask:], nil
}
