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

// echoBuffer is the size of an echo server's read buffer. No message is longer.
const echoBuffer = 512

// accept serves each connection of l in its own goroutine until l is closed.
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

// closeQuietly closes a connection and ignores the error.
func closeQuietly(c io.Closer) { _ = c.Close() }

// serveTCP is the limit of the machine with a goroutine for each connection: it returns the bytes
// without any protocol.
func serveTCP(l net.Listener) error {
	return accept(l, func(conn *net.TCPConn) {
		defer closeQuietly(conn)
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

// handshakeTimeout limits a handshake.
const handshakeTimeout = 10 * time.Second

// handshake upgrades conn and starts the loop in a new goroutine, whose stack has not grown during
// the handshake.
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

// serveLean is a minimal WebSocket echo server with gobwas/ws: no checks, limits or queue, one read
// and one write for each message, and a buffer only while there is input.
func serveLean(l net.Listener) error {
	buffers := sync.Pool{New: func() any { return new([echoBuffer]byte) }}
	return accept(l, func(conn *net.TCPConn) {
		handshake(conn, func(conn *net.TCPConn) {
			defer closeQuietly(conn)
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

// errUnsupportedFrame ends a connection whose frames the lean loop does not support.
var errUnsupportedFrame = errors.New("not one short masked frame")

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

// answerInPlace turns a client frame of up to 125 bytes into a server frame. The payload keeps its
// place; the new header is written before it.
func answerInPlace(frame []byte) ([]byte, error) {
	const head, mask = 2, 4
	if len(frame) < head+mask || frame[1]&0x80 == 0 || frame[1]&0x7f > 125 || len(frame) != head+mask+int(frame[1]&0x7f) {
		return nil, errUnsupportedFrame
	}
	ws.Cipher(frame[head+mask:], [4]byte(frame[head:]), 0)
	binary.BigEndian.PutUint16(frame[mask:], binary.BigEndian.Uint16(frame)&^0x80)
	return frame[mask:], nil
}
