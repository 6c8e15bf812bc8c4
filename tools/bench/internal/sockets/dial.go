//go:build linux

package sockets

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// target is a server to measure.
type target struct {
	name string
	addr string
	path string // of the handshake's request; empty: there is no handshake. One that ends in "=" gets a number
	pid  int
}

// maxConcurrentDials is the number of connections that are opened concurrently.
const maxConcurrentDials = 32

// dialAll opens n connections to t. The caller must pass the connections to closeAll, also after an
// error.
func dialAll(ctx context.Context, t target, n int) ([]*net.TCPConn, error) {
	conns := make([]*net.TCPConn, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxConcurrentDials)
	for i := range conns {
		group.Go(func() (err error) {
			conns[i], err = dial(ctx, t, i)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return conns, fmt.Errorf("connect %d sockets to %s: %w", n, t.name, err)
	}
	return conns, nil
}

// closeAll resets the connections. Ten thousand connections that are closed normally would occupy
// their ports for a minute.
func closeAll(conns []*net.TCPConn) {
	for _, conn := range conns {
		if conn != nil {
			// A connection that the server has closed already is closed.
			_ = conn.SetLinger(0)
			_ = conn.Close()
		}
	}
}

func dial(ctx context.Context, t target, number int) (*net.TCPConn, error) {
	plain, err := (&net.Dialer{Timeout: handshakeTimeout}).DialContext(ctx, "tcp", t.addr)
	if err != nil {
		return nil, err
	}
	conn, ok := plain.(*net.TCPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("not a TCP connection: %T", plain), plain.Close())
	}
	if t.path == "" {
		return conn, nil
	}
	path := t.path
	if strings.HasSuffix(path, "=") {
		path += fmt.Sprint("c", number)
	}
	if err := upgrade(conn, path, t.addr); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// maxAnswer is the most bytes of the answer to a handshake.
const maxAnswer = 2 << 10

// upgrade sends a WebSocket handshake. No server sends anything after its answer.
func upgrade(conn *net.TCPConn, path, host string) error {
	if err := conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, host); err != nil {
		return fmt.Errorf("send the handshake: %w", err)
	}
	var buf [maxAnswer]byte
	n := 0
	for !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
		m, err := conn.Read(buf[n:])
		if err != nil {
			return fmt.Errorf("no answer to the handshake: %w: %q", err, buf[:n])
		}
		if n += m; n == len(buf) {
			break
		}
	}
	if !bytes.HasPrefix(buf[:n], []byte("HTTP/1.1 101 ")) {
		return fmt.Errorf("the handshake was refused: %q", buf[:n])
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("clear deadline: %w", err)
	}
	return nil
}

// clientFrame returns text as a masked client frame.
func clientFrame(text []byte) []byte {
	key := [4]byte{0x5a, 0x13, 0xc7, 0x88}
	frame := []byte{0x81}
	if len(text) <= 125 {
		frame = append(frame, 0x80|byte(len(text)))
	} else {
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(len(text)))
	}
	frame = append(frame, key[:]...)
	for i, c := range text {
		frame = append(frame, c^key[i%len(key)])
	}
	return frame
}

// errNoText means that a server sent something else than an unfragmented text frame.
var errNoText = errors.New("the server sent something else than a text frame")

// frameLength returns the length of the server frame at the beginning of data, 0 if data is too
// short to tell.
func frameLength(data []byte) (int, error) {
	switch {
	case len(data) > 0 && data[0] != 0x81:
		return 0, errNoText
	case len(data) < 2 || data[1] == 126 && len(data) < 4:
		return 0, nil
	case data[1] <= 125:
		return 2 + int(data[1]), nil
	case data[1] == 126:
		return 4 + int(binary.BigEndian.Uint16(data[2:])), nil
	}
	return 0, errNoText
}
