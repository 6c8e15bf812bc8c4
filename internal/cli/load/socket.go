package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/gobwas/ws"

	"seg.example/internal/bot"
)

// socket is a fast WebSocket connection: it sends each frame with one write and receives into one
// buffer. Receiving also answers pings, so only one goroutine may use it; others may call interrupt.
type socket struct {
	conn    net.Conn
	in      *bufio.Reader
	message []byte
	out     bytes.Buffer
	// fragmented is true while a message continues in the next data frame.
	fragmented bool
}

// dial connects with this client id. session may be empty.
func dial(ctx context.Context, c config, clientID, session string) (*socket, error) {
	u, err := url.Parse(c.url)
	if err != nil {
		return nil, err
	}
	query := u.Query()
	query.Set("client_id", clientID)
	if session != "" {
		query.Set("session_id", session)
	}
	u.RawQuery = query.Encode()
	dialer := ws.Dialer{Timeout: c.timeout}
	conn, early, _, err := dialer.Dial(ctx, u.String())
	if err != nil {
		return nil, err
	}
	if early == nil {
		early = bufio.NewReaderSize(conn, 1024)
	}
	return &socket{conn: conn, in: early}, nil
}

// setTimeout sets the deadline for all reads and writes.
func (s *socket) setTimeout(d time.Duration) error { return s.conn.SetDeadline(time.Now().Add(d)) }

// interrupt makes all reads and writes fail immediately.
func (s *socket) interrupt() {
	// It fails only on a closed connection, which has nothing to interrupt.
	_ = s.conn.SetDeadline(time.Unix(1, 0))
}

// send sends one frame.
func (s *socket) send(op ws.OpCode, payload []byte) error {
	header := ws.Header{Fin: true, OpCode: op, Masked: true, Mask: ws.NewMask(), Length: int64(len(payload))}
	s.out.Reset()
	if err := ws.WriteHeader(&s.out, header); err != nil {
		return err
	}
	begin := s.out.Len()
	s.out.Write(payload)
	ws.Cipher(s.out.Bytes()[begin:], header.Mask, 0)
	_, err := s.conn.Write(s.out.Bytes())
	return err
}

// receive returns the next text message. It is valid until the next call. receive answers pings. If
// the server closes the connection, it returns a *closedError.
func (s *socket) receive() ([]byte, error) {
	for {
		if whole, err := s.frame(); whole || err != nil {
			return s.message, err
		}
	}
}

// frame receives one frame and handles control frames. whole is true if a message is complete.
func (s *socket) frame() (whole bool, err error) {
	state := ws.StateClientSide
	if s.fragmented {
		state |= ws.StateFragmented
	}
	h, err := ws.ReadHeader(s.in)
	if err != nil {
		return false, err
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return false, err
	}
	if h.OpCode.IsControl() {
		return false, s.control(h)
	}
	if !s.fragmented {
		s.message = s.message[:0]
	}
	s.fragmented = !h.Fin
	return h.Fin, s.read(h.Length)
}

// maxReceived bounds the size of a message, in bytes.
const maxReceived = 64 << 20

// read appends a payload to the message.
func (s *socket) read(length int64) error {
	begin := len(s.message)
	if length > maxReceived-int64(begin) {
		return fmt.Errorf("a message of more than %d bytes", maxReceived)
	}
	s.message = append(s.message, make([]byte, length)...)
	_, err := io.ReadFull(s.in, s.message[begin:])
	return err
}

func (s *socket) control(h ws.Header) error {
	var buf [ws.MaxControlFramePayloadSize]byte
	payload := buf[:h.Length]
	if _, err := io.ReadFull(s.in, payload); err != nil {
		return err
	}
	if h.OpCode == ws.OpPing {
		return s.send(ws.OpPong, payload)
	}
	if h.OpCode != ws.OpClose {
		return nil // an unsolicited pong
	}
	closed := &closedError{}
	if len(payload) >= 2 {
		closed.code, closed.reason = binary.BigEndian.Uint16(payload), string(payload[2:])
	}
	return closed
}

// close sends a close frame and closes the connection.
func (s *socket) close() {
	if s.setTimeout(time.Second) == nil {
		// If the connection is broken, the server cannot receive a close frame.
		_ = s.send(ws.OpClose, binary.BigEndian.AppendUint16(nil, uint16(ws.StatusNormalClosure)))
	}
	_ = s.conn.Close() // there is nothing to do about an error
}

// closedError has the code and reason with which the server closed the connection.
type closedError struct {
	code   uint16
	reason string
}

// Error returns the code and the reason.
func (e *closedError) Error() string {
	if e.code == 0 {
		return "closed by the server without a code"
	}
	return fmt.Sprintf("closed by the server with %d (%s)", e.code, e.reason)
}

// errorKind returns the text of an error without the parts that differ between connections, so that
// equal errors are counted together.
func errorKind(err error) string {
	if refused, ok := errors.AsType[ws.StatusError](err); ok {
		return fmt.Sprintf("refused with HTTP status %d", int(refused))
	}
	if closed, ok := errors.AsType[*closedError](err); ok {
		return closed.Error()
	}
	if slow, ok := errors.AsType[*bot.SlowError](err); ok {
		return slow.Error()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		if op.Timeout() {
			return op.Op + ": timeout"
		}
		return op.Op + ": " + op.Err.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was lost"
	}
	return err.Error()
}
