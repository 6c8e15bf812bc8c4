package ws

import (
	"context"
	"io"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// inputSize is the size of a buffer, in bytes. Most messages fit into it with their header and are read in one go and judged where
// they lie.
const inputSize = 2 << 10

// buffer holds what is read and not used: data[start:end]. A socket has one only while there is something in it, or while there is
// no other way to wait for that.
type buffer struct {
	data       [inputSize]byte
	start, end int
}

// unread returns what is in it.
func (b *buffer) unread() []byte { return b.data[b.start:b.end] }

// firstPiece bounds what is made room for before a byte of a longer message has come, whatever length its header claims.
const firstPiece = 4 << 10

// input is the reading side of a socket: raw bytes, and the message that is being put together from them.
type input struct {
	ctx   context.Context //nolint:containedctx // made once, with the first message, for the Dispatch of each
	early []byte          // what came behind the handshake, to be read before the connection
	buf   *buffer         // nil while nothing is in it
	// ready is readable, bound once: it is called with the descriptor whenever there may be something to read.
	ready func(fd uintptr) bool
	err   error // of the last attempt

	// The message under way, of more than one frame or too long for buf.
	fragments int     // frames of it so far; 0: none is under way
	message   *[]byte // from the server's pool; nil: none is taken
	checked   int     // bytes of it that are known to be UTF-8
	// timed: Config.MessageTimeout is running. Others may look at it.
	timed atomic.Bool

	traffic traffic // what has come in since the socket's was added to last

	first bool // the frame under way is the first since the last ping
	meter meter
}

// state returns what ws.CheckHeader needs to know.
func (in *input) state() ws.State {
	if in.fragments > 0 {
		return ws.StateServerSide | ws.StateFragmented
	}
	return ws.StateServerSide
}

// readHeader reads a frame header and holds it against the protocol.
func (s *Socket) readHeader() (ws.Header, error) {
	for {
		h, n, err := parseHeader(s.in.unread())
		if err != nil {
			return h, err
		}
		if n > 0 {
			s.in.buf.start += n
			s.in.traffic.framesIn++
			if err := ws.CheckHeader(h, s.in.state()); err != nil {
				return h, &closeStatus{CloseProtocol, err.Error()}
			}
			return h, nil
		}
		if err := s.fill(); err != nil {
			return h, err
		}
	}
}

// readShort returns the payload of a frame that fits into the buffer, unmasked, valid until the next read.
func (s *Socket) readShort(h ws.Header) ([]byte, error) {
	n := int(h.Length)
	for len(s.in.unread()) < n {
		s.startTimer()
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		return nil, nil
	}
	payload := s.in.unread()[:n]
	s.in.buf.start += n
	ws.Cipher(payload, h.Mask, 0)
	return payload, nil
}

// readInto appends the payload of a frame to the message under way, unmasked. Room is made as the bytes come in, doubling: what a
// header claims is not believed.
func (s *Socket) readInto(h ws.Header) error {
	if s.in.message == nil {
		s.in.message, _ = s.server.messages.Get().(*[]byte)
	}
	message := (*s.in.message)[:len(*s.in.message)]
	from, todo := len(message), int(h.Length)
	for todo > 0 {
		n := min(todo, max(firstPiece, len(message)))
		message = slices.Grow(message, n)
		piece := message[len(message) : len(message)+n]
		if err := s.readFull(piece); err != nil {
			return err
		}
		message = message[:len(message)+n]
		todo -= n
	}
	ws.Cipher(message[from:], h.Mask, 0)
	*s.in.message = message
	return nil
}

// readFull fills p, from the buffer first.
func (s *Socket) readFull(p []byte) error {
	n := copy(p, s.in.unread())
	if n > 0 {
		s.in.buf.start += n
	}
	for n < len(p) {
		s.startTimer()
		m, err := s.read(p[n:])
		n += m
		if err != nil && n < len(p) {
			return err
		}
	}
	return nil
}

// unread returns what is read and not used.
func (in *input) unread() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf.unread()
}

// room returns the part of the buffer that holds nothing, for what is needed before more is read.
func (in *input) room() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf.data[in.buf.end:in.buf.end]
}

// fill reads more into the buffer; at least one byte, or there is an error. The buffer must not be full.
func (s *Socket) fill() error {
	rest := s.in.unread()
	if len(rest) > 0 {
		s.startTimer()
	} else if s.raw != nil && len(s.in.early) == 0 {
		return s.awaitInput()
	}
	b := s.in.buf
	if b == nil {
		b, _ = s.server.buffers.Get().(*buffer)
		s.in.buf = b
	}
	b.start, b.end = 0, copy(b.data[:], rest)
	n, err := s.read(b.data[b.end:])
	b.end += n
	if n > 0 {
		return nil
	}
	return err
}

// awaitInput waits until there is something to read and takes a buffer only then: most sockets wait most of the time.
func (s *Socket) awaitInput() error {
	if s.in.ready == nil {
		s.in.ready = s.readable
	}
	err := s.raw.Read(s.in.ready)
	if err == nil {
		err = s.in.err
	}
	return err
}

// readable reads into a buffer, or gives it back and tells that there is nothing to read.
func (s *Socket) readable(fd uintptr) bool {
	b := s.in.buf
	if b == nil {
		b, _ = s.server.buffers.Get().(*buffer)
		s.in.buf = b
	}
	n, errno := readNow(fd, b.data[:])
	if n > 0 {
		s.in.traffic.bytesIn += uint64(n)
		b.start, b.end = 0, n
		s.in.err = nil
		return true
	}
	s.freeBuffer()
	if errno == syscall.EAGAIN {
		return false
	}
	s.in.err = errno
	if errno == 0 {
		s.in.err = io.EOF
	}
	return true
}

// freeBuffer gives the buffer back, with what is in it.
func (s *Socket) freeBuffer() {
	if s.in.buf != nil {
		s.server.buffers.Put(s.in.buf)
		s.in.buf = nil
	}
}

// read reads at least one byte into p, or returns an error.
func (s *Socket) read(p []byte) (int, error) {
	if len(s.in.early) > 0 {
		n := copy(p, s.in.early)
		s.in.early = s.in.early[n:]
		s.in.traffic.bytesIn += uint64(n)
		return n, nil
	}
	for range maxEmptyReads {
		if n, err := s.conn.Read(p); n > 0 || err != nil {
			s.in.traffic.bytesIn += uint64(n)
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// maxEmptyReads bounds how often a connection may read nothing without an error, as package bufio does.
const maxEmptyReads = 100

// startTimer starts Config.MessageTimeout for the message under way, unless it runs already. It is not started for a message that
// has arrived whole: setting deadlines costs.
func (s *Socket) startTimer() {
	if !s.in.timed.Load() {
		s.in.timed.Store(true)
		s.setReadDeadline(after(s.server.config.MessageTimeout))
	}
}

// stopTimer ends Config.MessageTimeout: a message is complete, silence is allowed again.
func (s *Socket) stopTimer() {
	if s.in.timed.Load() {
		s.in.timed.Store(false)
		s.setReadDeadline(time.Time{})
	}
}

// validSoFar tells whether the message under way can still become UTF-8: whether all of it is, but for the last character that the
// next fragment may complete. A client that sends rubbish is not allowed to go on until its message ends.
func (in *input) validSoFar() bool {
	rest := (*in.message)[in.checked:]
	whole := len(rest)
	for i := 1; i <= min(utf8.UTFMax-1, len(rest)); i++ {
		if b := rest[len(rest)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(rest[len(rest)-i:]) {
				whole -= i
			}
			break
		}
	}
	if !utf8.Valid(rest[:whole]) {
		return false
	}
	in.checked += whole
	return true
}

// dropMessage forgets the message under way and gives its memory back.
func (s *Socket) dropMessage() {
	s.in.fragments, s.in.checked = 0, 0
	if s.in.message != nil {
		*s.in.message = (*s.in.message)[:0]
		s.server.messages.Put(s.in.message)
		s.in.message = nil
	}
}
