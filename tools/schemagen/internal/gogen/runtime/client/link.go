package client

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// link is one connection. It sends and receives text messages without knowing their meaning. One
// goroutine reads and one writes; pongs and the close frame are sent by the writer too, so frames
// are never interleaved.
type link struct {
	conn      net.Conn
	in        io.Reader
	heard     *atomic.Bool // set by every read
	limits    limits
	receive   func(text []byte) error // called by the reading goroutine; an *ending error closes the link as it says
	wake      chan struct{}           // signals that there is something to write; has a buffer of one
	stop      chan struct{}           // closed when the writer must stop
	writerEnd chan struct{}           // closed when the writing goroutine has ended
	asked     bool                    // a ping has not been answered yet; only used by the writing goroutine

	mu      sync.Mutex
	queue   []*message
	pong    []byte // payload of the pong to send; nil: none
	ping    bool
	goodbye []byte // payload of the close frame, the last frame; nil: none yet
	broken  error  // why this side closed the connection
}

// message is a queued text message.
type message struct {
	text    []byte
	dropped atomic.Bool // nobody waits for the answer any more, so it is not sent
}

// limits are the timeouts and size limits of a link.
type limits struct {
	maxMessage int
	keepAlive  time.Duration // not positive: no pings
	write      time.Duration
}

// ending is an error that says how to close a link.
type ending struct {
	ClosedError

	payload []byte // payload of the close frame to send
}

// violation returns an ending with a close code because of err.
func violation(code ws.StatusCode, err error) *ending {
	return &ending{ClosedError{Code: int(code), Err: err}, ws.NewCloseFrameBody(code, "")}
}

// watched is a connection that records whether data was received.
type watched struct {
	net.Conn

	heard atomic.Bool
}

// Read reads and records it.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.heard.Store(true)
	}
	return n, err
}

// newLink returns a link over conn, which has been upgraded. early, if not nil, contains data that
// arrived with the handshake.
func newLink(conn *watched, early *bufio.Reader, l limits, receive func([]byte) error) *link {
	if early == nil {
		early = bufio.NewReader(conn)
	}
	return &link{
		conn: conn, in: early, heard: &conn.heard, limits: l, receive: receive,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), writerEnd: make(chan struct{}),
	}
}

// run sends and receives messages until the connection ends. All goroutines have ended when it
// returns.
func (l *link) run() *ClosedError {
	go l.write()
	err := l.read()
	how, ordered := errors.AsType[*ending](err)
	if ordered {
		l.leave(how.payload)
	} else {
		close(l.stop)
		l.conn.Close() //nolint:errcheck,gosec // it is lost
	}
	<-l.writerEnd
	l.conn.Close() //nolint:errcheck,gosec // both sides have sent a close frame
	if ordered {
		return &how.ClosedError
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		err = l.broken
	}
	return &ClosedError{Code: codeLost, Err: err}
}

// send queues a message. Messages that are queued when the link ends are lost.
func (l *link) send(m *message) {
	l.mu.Lock()
	l.queue = append(l.queue, m)
	l.mu.Unlock()
	l.wakeWriter()
}

// leave queues a close frame after the queued messages. Only the first call has an effect.
func (l *link) leave(payload []byte) {
	l.mu.Lock()
	if l.goodbye == nil {
		l.goodbye = append([]byte{}, payload...)
	}
	l.mu.Unlock()
	l.wakeWriter()
}

// abort closes the connection because of err.
func (l *link) abort(err error) {
	l.mu.Lock()
	if l.broken == nil {
		l.broken = err
	}
	l.mu.Unlock()
	l.conn.Close() //nolint:errcheck,gosec // it is closed in any case
}

func (l *link) wakeWriter() {
	select {
	case l.wake <- struct{}{}:
	default: // already signalled
	}
}

// maxBatch bounds the bytes of one write, rounded up to whole frames, so that the write deadline is
// meaningful.
const maxBatch = 64 << 10

// write writes queued frames until the close frame is sent or the connection is lost.
func (l *link) write() {
	defer close(l.writerEnd)
	var tick <-chan time.Time
	if l.limits.keepAlive > 0 {
		ticker := time.NewTicker(l.limits.keepAlive)
		defer ticker.Stop()
		tick = ticker.C
	}
	var batch bytes.Buffer
	for last := false; !last; {
		var err error
		select {
		case <-l.stop:
			return
		case <-tick:
			err = l.listen()
		case <-l.wake:
		}
		if err == nil {
			last, err = l.drain(&batch)
		}
		if err != nil {
			l.abort(err)
			return
		}
	}
}

// listen queues a ping if nothing was received since the last call. It returns errSilent if the
// last ping was not answered.
func (l *link) listen() error {
	if l.heard.Swap(false) {
		l.asked = false
		return nil
	}
	if l.asked {
		return errSilent
	}
	l.asked = true
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ping = true
	return nil
}

// drain writes all queued frames. last reports whether the close frame was among them.
func (l *link) drain(batch *bytes.Buffer) (last bool, err error) {
	for more := true; more && err == nil; {
		batch.Reset()
		more, last = l.take(batch)
		err = l.flush(batch)
	}
	return last, err
}

// take moves frames from the queue to batch. more reports whether frames are left in the queue;
// last reports whether the close frame is in batch.
func (l *link) take(batch *bytes.Buffer) (more, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pong != nil {
		appendFrame(batch, ws.OpPong, l.pong)
		l.pong = nil
	}
	if l.ping {
		appendFrame(batch, ws.OpPing, nil)
		l.ping = false
	}
	taken := 0
	for ; taken < len(l.queue) && batch.Len() < maxBatch; taken++ {
		if m := l.queue[taken]; !m.dropped.Load() {
			appendFrame(batch, ws.OpText, m.text)
		}
		l.queue[taken] = nil
	}
	l.queue = l.queue[taken:]
	if len(l.queue) > 0 {
		return true, false
	}
	l.queue = nil
	if l.goodbye == nil {
		return false, false
	}
	appendFrame(batch, ws.OpClose, l.goodbye)
	return false, true
}

func (l *link) flush(batch *bytes.Buffer) error {
	if batch.Len() == 0 {
		return nil
	}
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.limits.write)); err != nil {
		return err
	}
	_, err := l.conn.Write(batch.Bytes())
	return err
}

// appendFrame appends a final frame with an unpredictable mask, which clients must use (RFC 6455,
// section 10.3).
func appendFrame(batch *bytes.Buffer, op ws.OpCode, payload []byte) {
	header := ws.Header{Fin: true, OpCode: op, Masked: true, Length: int64(len(payload))}
	rand.Read(header.Mask[:])     // never fails: it would crash the program instead
	ws.WriteHeader(batch, header) //nolint:errcheck,gosec // writing to a buffer cannot fail
	start := batch.Len()
	batch.Write(payload)
	ws.Cipher(batch.Bytes()[start:], header.Mask, 0)
}

// read reads messages until the connection ends. The error is an *ending if the server can still
// get a close frame.
func (l *link) read() error {
	in := &wsutil.Reader{Source: l.in, State: ws.StateClientSide, MaxMessageSize: int64(l.limits.maxMessage), OnIntermediate: l.control}
	for {
		header, err := in.NextFrame()
		if err != nil {
			return judged(err)
		}
		if header.OpCode.IsControl() {
			err = l.control(header, in)
		} else {
			err = l.text(header, in)
		}
		if err != nil {
			return judged(err)
		}
	}
}

// judged converts a library error that is the server's fault to an *ending.
func judged(err error) error {
	if errors.Is(err, wsutil.ErrMessageTooLarge) {
		return violation(ws.StatusMessageTooBig, err)
	}
	if _, ok := errors.AsType[ws.ProtocolError](err); ok || errors.Is(err, ws.ErrHeaderLengthMSB) {
		return violation(ws.StatusProtocolError, err)
	}
	return err
}

// firstPiece bounds the memory that is allocated before a message arrives.
const firstPiece = 64 << 10

// text reads a message and passes it on.
func (l *link) text(header ws.Header, in io.Reader) error {
	if header.OpCode != ws.OpText {
		return violation(ws.StatusUnsupportedData, errors.New("a binary message"))
	}
	var whole bytes.Buffer
	whole.Grow(int(min(header.Length, firstPiece)) + bytes.MinRead)
	if _, err := whole.ReadFrom(in); err != nil {
		return err
	}
	if !utf8.Valid(whole.Bytes()) {
		return violation(ws.StatusInvalidFramePayloadData, errors.New("a text that is not UTF-8"))
	}
	return l.receive(whole.Bytes())
}

// control handles a control frame, which may come between the fragments of a message.
func (l *link) control(header ws.Header, in io.Reader) error {
	payload, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if header.OpCode == ws.OpPing {
		l.mu.Lock()
		l.pong = append([]byte{}, payload...)
		l.mu.Unlock()
		l.wakeWriter()
	}
	if header.OpCode != ws.OpClose {
		return nil
	}
	how := &ending{ClosedError{Code: codeNone}, payload}
	if len(payload) >= 2 {
		how.Code, how.Reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		how.payload = payload[:2]
	}
	return how
}
