package ws

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"seg.example/gen/route"
)

// serve is the life of a socket, from its first byte to the closed connection.
func (s *Socket) serve() {
	defer s.end()
	var err error
	if !s.closing() {
		err = s.readMessages()
	}
	how, known := errors.AsType[*closeStatus](err)
	switch {
	case known:
		s.close(*how)
	case s.in.timed.Load() && errors.Is(err, os.ErrDeadlineExceeded):
		s.close(closeStatus{ClosePolicy, fmt.Sprintf("a message took longer than %s", s.server.config.MessageTimeout)})
	}
	if s.closing() {
		s.linger()
	}
}

// end closes the connection, if it is not, and forgets the socket.
func (s *Socket) end() {
	defer s.server.remove(s)
	defer s.survive()
	s.abort()
	s.stopKeepalive() // behind abort: nothing lets it beat again
	s.awaitWriter()
	s.dropMessage()
	s.freeBuffer()
	s.mu.Lock()
	s.noteInput()
	s.mu.Unlock()
	s.countEnd()
	if !s.refused {
		s.server.config.Closed(s)
	}
}

// survive, deferred, keeps a panic from ending the server.
func (s *Socket) survive() {
	if fault := recover(); fault != nil {
		s.logFault(fault)
	}
}

// linger throws away what the client still sends, then waits for the writer: a client that closed its side at once shall get its close
// frame all the same. It ends when the client closes its side, when the client has sent nothing for Config.Linger, or when Config.WriteTimeout
// is over since the close frame was queued. To close a connection while the client is sending resets it, and a reset drops what the
// client has not read yet, the close frame with it.
func (s *Socket) linger() {
	s.in.timed.Store(false)
	s.setReadDeadline(time.Time{})
	var last time.Duration
	for {
		if b := s.in.buf; b != nil {
			b.start, b.end = 0, 0
		}
		err := s.fill()
		if err == nil {
			last = s.server.age()
		} else if !errors.Is(err, os.ErrDeadlineExceeded) || !s.lingerOn(last) {
			break
		}
	}
	s.awaitWriter()
}

// lingerOn sets the deadline for what a client sends that has sent something at last, counted from the server's beginning. It is false
// when there is no time left.
func (s *Socket) lingerOn(last time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until := min(last+s.server.config.Linger, s.flushDeadline)
	if s.phase != phaseCloseSent || until <= s.server.age() {
		return false
	}
	// It fails on a closed connection only, and then the next read says so.
	_ = s.conn.SetReadDeadline(s.server.began.Add(until))
	return true
}

// readMessages reads and dispatches until the connection or the protocol ends it. A panic ends this connection only.
func (s *Socket) readMessages() (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			s.logFault(fault)
			s.endDispatch(nil)
			err = &closeStatus{CloseInternal, "internal error"}
		}
	}()
	for {
		h, err := s.readHeader()
		if err != nil {
			return err
		}
		s.in.first = s.alive()
		if h.OpCode.IsControl() {
			err = s.control(h)
		} else {
			err = s.data(h)
		}
		if err != nil {
			return err
		}
		if s.in.fragments == 0 {
			s.stopTimer()
		}
	}
}

// control handles a control frame, which may stand between the fragments of a message.
func (s *Socket) control(h ws.Header) error {
	payload, err := s.readShort(h)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.noteInput()
	s.mu.Unlock()
	if h.OpCode == ws.OpClose {
		return peerClose(payload)
	}
	if h.OpCode == ws.OpPong && s.in.first {
		return nil // it was asked for
	}
	if s.takeTokens(costFrame) && h.OpCode == ws.OpPing {
		s.Answer(frame(ws.OpPong, payload))
	}
	return s.afterAnswer()
}

// data handles a data frame: a whole message or a fragment of one.
func (s *Socket) data(h ws.Header) error {
	if err := s.checkLimits(h); err != nil {
		return err
	}
	if h.Fin && s.in.fragments == 0 && h.Length <= inputSize {
		text, err := s.readShort(h)
		if err != nil {
			return err
		}
		return s.dispatch(text)
	}
	s.in.fragments++
	if err := s.readInto(h); err != nil {
		return err
	}
	if !h.Fin {
		if !s.in.validSoFar() {
			return errNotText()
		}
		s.startTimer()
		return nil
	}
	defer s.dropMessage()
	return s.dispatch(*s.in.message)
}

// checkLimits refuses what would exceed a limit before any of it is read.
func (s *Socket) checkLimits(h ws.Header) error {
	c := s.server.config
	if h.OpCode == ws.OpBinary {
		return &closeStatus{CloseUnsupported, "binary messages are not supported"}
	}
	size := h.Length
	if s.in.message != nil {
		size += int64(len(*s.in.message))
	}
	// A negative size is one that has overflowed.
	if size < 0 || size > int64(c.MaxMessage) {
		text := fmt.Sprintf("Message is larger than %d bytes", c.MaxMessage)
		s.Answer(TextFrame(route.ErrorFrame(codeTooLarge, text)))
		return &closeStatus{CloseTooLarge, text}
	}
	if s.in.fragments >= c.MaxFragments {
		return &closeStatus{ClosePolicy, fmt.Sprintf("a message of more than %d fragments", c.MaxFragments)}
	}
	return nil
}

// dispatch answers one whole message.
func (s *Socket) dispatch(text []byte) error {
	if !utf8.Valid(text) {
		return errNotText()
	}
	s.stopTimer()
	if !s.beginDispatch() {
		return ErrClosing
	}
	if s.in.ctx == nil {
		s.in.ctx = context.WithValue(s.server.base, socketKey{}, s)
	}
	s.in.meter.refused = !s.takeTokens(costFrame)
	if s.endDispatch(s.server.dispatcher.DispatchInto(s.in.ctx, &s.caller, text, s.in.room())) {
		// Who has something to read goes first: the client's next message may come meanwhile, and then nobody has to wait for it, which
		// costs more than to read it.
		runtime.Gosched()
		return s.floodError() // nothing waits, so there is room
	}
	return s.afterAnswer()
}

// afterAnswer is called when something that the client has sent was answered, and says whether to go on. Who does not take its
// answers is not listened to until it does: otherwise it could fill its queue with them.
func (s *Socket) afterAnswer() error {
	if err := s.floodError(); err != nil {
		return err
	}
	return s.WaitWritable(s.server.base)
}

func errNotText() *closeStatus { return &closeStatus{CloseInvalidText, "text is not UTF-8"} }
