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

// inputSize is the size of a buffer, in bytes. Most messages fit into it with their header. They
// are read with one call and decoded in place.
const inputSize = 2 << 10

// buffer holds input that was read and not used yet: data[start:end]. A socket has one only while
// it holds input or the connection does not support non-blocking reads.
type buffer struct {
	data       [inputSize]byte
	start, end int
}

// unread returns the unused input.
func (b *buffer) unread() []byte { return b.data[b.start:b.end] }

// firstChunk is how much memory is allocated before the first byte of a longer message arrives,
// whatever length its header claims.
const firstChunk = 4 << 10

// input is the reading side of a socket: raw input and the message that is being read.
type input struct {
	ctx   context.Context //nolint:containedctx // created with the first message
	early []byte          // sent by the client right after its handshake; read before the connection
	buf   *buffer         // nil while there is no unused input
	// ready is the method value of readable, created once. It is called with the descriptor when
	// there may be input.
	ready func(fd uintptr) bool
	err   error // of the last call of ready

	// The message that is being read, if it has several frames or does not fit into buf.
	fragments int     // frames so far; 0: no message is being read
	message   *[]byte // from the server's pool; nil: none is taken
	checked   int     // length of the prefix that is known to be valid UTF-8
	// timerRunning: Config.MessageTimeout is running. Other goroutines may read it.
	timerRunning atomic.Bool

	traffic traffic // input since it was last added to the socket's traffic

	firstSincePing bool // the current frame is the first since the last ping
	meter          meter
}

// state returns the state for ws.CheckHeader.
func (in *input) state() ws.State {
	if in.fragments > 0 {
		return ws.StateServerSide | ws.StateFragmented
	}
	return ws.StateServerSide
}

// readHeader reads and checks a frame header.
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

// readShort returns the unmasked payload of a frame that fits into the buffer. It is valid until
// the next read.
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

// readInto appends the unmasked payload of a frame to the message. Memory grows with the bytes that
// have arrived, by doubling, not with the length in the header.
func (s *Socket) readInto(h ws.Header) error {
	if s.in.message == nil {
		s.in.message, _ = s.server.messages.Get().(*[]byte)
	}
	message := (*s.in.message)[:len(*s.in.message)]
	from, todo := len(message), int(h.Length)
	for todo > 0 {
		n := min(todo, max(firstChunk, len(message)))
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

// readFull fills p, first from the buffer.
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

// unread returns the unused input.
func (in *input) unread() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf.unread()
}

// scratch returns the free part of the buffer, which may be used until the next read.
func (in *input) scratch() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf.data[in.buf.end:in.buf.end]
}

// fill reads at least one byte into the buffer, or returns an error. The buffer must not be full.
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

// awaitInput waits for input and takes a buffer only then, because most sockets wait most of the
// time.
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

// readable reads into a buffer, or releases it and returns false if there is no input.
func (s *Socket) readable(fd uintptr) bool {
	b := s.in.buf
	if b == nil {
		b, _ = s.server.buffers.Get().(*buffer)
		s.in.buf = b
	}
	n, errno := readNonblock(fd, b.data[:])
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

// freeBuffer releases the buffer and drops its input.
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

// maxEmptyReads limits how often a connection may return no bytes and no error, like package bufio.
const maxEmptyReads = 100

// startTimer starts Config.MessageTimeout for the current message, unless it is running. It is not
// called for a message that has arrived whole, because setting a deadline is expensive.
func (s *Socket) startTimer() {
	if !s.in.timerRunning.Load() {
		s.in.timerRunning.Store(true)
		s.setReadDeadline(after(s.server.config.MessageTimeout))
	}
}

// stopTimer stops Config.MessageTimeout, because a message is complete.
func (s *Socket) stopTimer() {
	if s.in.timerRunning.Load() {
		s.in.timerRunning.Store(false)
		s.setReadDeadline(time.Time{})
	}
}

// validPrefix reports whether the fragments so far are valid UTF-8, except for an incomplete last
// character that the next fragment may complete. So invalid UTF-8 is rejected before the message
// ends.
func (in *input) validPrefix() bool {
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

// dropMessage drops the current message and releases its memory.
func (s *Socket) dropMessage() {
	s.in.fragments, s.in.checked = 0, 0
	if s.in.message != nil {
		*s.in.message = (*s.in.message)[:0]
		s.server.messages.Put(s.in.message)
		s.in.message = nil
	}
}
