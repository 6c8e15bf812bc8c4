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

// serve runs a socket until its connection is closed.
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
	case s.in.timerRunning.Load() && errors.Is(err, os.ErrDeadlineExceeded):
		s.close(closeStatus{ClosePolicy, fmt.Sprintf("a message took longer than %s", s.server.config.MessageTimeout)})
	}
	if s.closing() {
		s.linger()
	}
}

// end closes the connection, if it is open, and removes the socket.
func (s *Socket) end() {
	defer s.server.remove(s)
	defer s.recoverPanic()
	s.abort()
	s.stopKeepalive() // after abort, so that nothing starts it again
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

// recoverPanic is deferred. It keeps a panic from ending the process.
func (s *Socket) recoverPanic() {
	if fault := recover(); fault != nil {
		s.logFault(fault)
	}
}

// linger reads and drops input, then waits for the writer, so that a client that has closed its
// side still gets its close frame. It ends when the client closes its side, when no input arrived
// for Config.Linger, or Config.WriteTimeout after the close frame was queued. Closing a connection
// with unread input would reset it, and a reset can drop the close frame before the client has read
// it.
func (s *Socket) linger() {
	s.in.timerRunning.Store(false)
	s.setReadDeadline(time.Time{})
	var last time.Duration
	for {
		if b := s.in.buf; b != nil {
			b.start, b.end = 0, 0
		}
		err := s.fill()
		if err == nil {
			last = s.server.uptime()
		} else if !errors.Is(err, os.ErrDeadlineExceeded) || !s.extendLinger(last) {
			break
		}
	}
	s.awaitWriter()
}

// extendLinger sets the read deadline again after input at the given time since the server's start.
// It returns false if no time is left.
func (s *Socket) extendLinger(last time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until := min(last+s.server.config.Linger, s.flushDeadline)
	if s.phase != phaseCloseSent || until <= s.server.uptime() {
		return false
	}
	// Fails only when closed; the next read reports it.
	_ = s.conn.SetReadDeadline(s.server.began.Add(until))
	return true
}

// readMessages reads and dispatches messages until the connection ends or a frame must end it. A
// panic ends only this connection.
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
		s.in.firstSincePing = s.markHeard()
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

// control handles a control frame. It may arrive between the fragments of a message.
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
	if h.OpCode == ws.OpPong && s.in.firstSincePing {
		return nil // the server asked for it, so it costs nothing
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
		if !s.in.validPrefix() {
			return errNotText()
		}
		s.startTimer()
		return nil
	}
	defer s.dropMessage()
	return s.dispatch(*s.in.message)
}

// checkLimits refuses a frame that exceeds a limit, before its payload is read.
func (s *Socket) checkLimits(h ws.Header) error {
	c := s.server.config
	if h.OpCode == ws.OpBinary {
		return &closeStatus{CloseUnsupported, "binary messages are not supported"}
	}
	size := h.Length
	if s.in.message != nil {
		size += int64(len(*s.in.message))
	}
	// The sum is negative if it has overflowed.
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
	if s.endDispatch(s.server.dispatcher.DispatchInto(s.in.ctx, &s.caller, text, s.in.scratch())) {
		// Yield to goroutines that already have input. The client's next message may arrive
		// meanwhile, and reading it then is cheaper than waiting for it.
		runtime.Gosched()
		return s.floodError() // the queue is empty, so there is no need to wait for space
	}
	return s.afterAnswer()
}

// afterAnswer is called when something that the client has sent was answered, and reports whether to
// continue. A client that does not read its answers is not read from meanwhile: otherwise it could fill
// its queue with them.
func (s *Socket) afterAnswer() error {
	if err := s.floodError(); err != nil {
		return err
	}
	return s.WaitWritable(s.server.base)
}

func errNotText() *closeStatus { return &closeStatus{CloseInvalidText, "text is not UTF-8"} }
