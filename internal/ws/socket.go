package ws

import (
	"net"
	"sync"
	"syscall"
	"time"

	"seg.example/gen/route"
)

// Socket is one connection. Its methods may be called from any goroutine; none of them but AwaitRoom waits for the network.
type Socket struct {
	// What Send looks at comes first and stands together: a broadcast goes to thousands of sockets.
	mu    sync.Mutex
	phase phase
	// dispatching: a message is being answered; a Close waits for it.
	dispatching bool
	// refused: it was never open, but only to be closed, and Config.Opened has not seen it.
	refused bool
	// announces: Config.Closing is sent before the close frame.
	announces bool
	out       outbox
	traffic   traffic
	server    *Server
	next      *Socket // behind this one in the line of the server's writers, whose lock guards it

	caller route.Caller // all but Trusted stays as it was at the start
	source Source
	pulse  pulse
	conn   net.Conn        // nil until start
	raw    syscall.RawConn // conn's, where one may read and write without waiting; else nil
	in     input           // touched by the reading goroutine only
	// farewell is how the socket ends, from phaseLeaving on.
	farewell ending
	// giveUp is when what is left to write is dropped, and what is left to read, counted from the server's beginning, from phaseSealed on.
	giveUp time.Duration
	// rush bounds what is left to write instead of Config.WriteTimeout, where that is longer; 0: it does not.
	rush time.Duration
}

// phase is how far a socket is on its way to the end. It only grows.
type phase uint8

const (
	// phaseOpen: messages are dispatched, frames are taken.
	phaseOpen phase = iota
	// phaseLeaving: no new message is dispatched; the answer of the one under way is waited for.
	phaseLeaving
	// phaseSealed: the close frame is queued, behind it nothing is taken.
	phaseSealed
	// phaseSaid: the close frame is written; what the client still sends is read and thrown away, see Socket.linger.
	phaseSaid
	// phaseDead: the connection is closed.
	phaseDead
)

// start gives s its connection, on which the handshake has been answered, and reads it in a goroutine of its own: that of the HTTP
// handler has a grown stack and holds on to the request, four times the memory of a fresh one. early is what the client has sent
// behind its handshake.
func (s *Socket) start(conn net.Conn, early []byte) {
	s.mu.Lock()
	s.conn, s.raw, s.in.early = conn, direct(conn), early
	s.out.held = false
	s.startPulse()
	if !s.out.empty() {
		s.startWriter()
	}
	aborted := s.phase == phaseDead
	s.mu.Unlock()
	if !s.refused {
		s.server.config.Log.Debug("connection opened", "conn", s.Number(), "client", s.ClientID(), "session", s.SessionID())
	}
	if aborted {
		s.abort()
	}
	go s.serve()
}

// Number returns the number of the connection, unique in the process: route.Caller's Conn.
func (s *Socket) Number() uint64 { return s.caller.Conn }

// ClientID returns the id that the client gave itself.
func (s *Socket) ClientID() string { return s.caller.ClientID }

// Key returns what proves who the client is: route.Caller's Key, empty when it gave none.
func (s *Socket) Key() string { return s.caller.Key }

// SessionID returns the session whose broadcasts the client asked for; empty: those of all.
func (s *Socket) SessionID() string { return s.caller.SessionID }

// Send queues frames, each a whole WebSocket frame (TextFrame), behind what is queued already: all of them, or none when they do not
// fit beside it within Config.MaxQueue, and only then it is false. Nothing is closed then: the caller decides between TooSlow and
// sending later, see AwaitRoom. The frames are shared, not copied: nobody may change them afterwards. A socket that is closed takes
// nothing and says nothing: Send is true, for there is nothing that its caller could do about it.
func (s *Socket) Send(frames ...[]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase >= phaseSealed || len(frames) == 0 {
		return true
	}
	size := sizeOf(frames)
	if !s.out.fits(size, s.server.config.MaxQueue) {
		return false
	}
	s.out.add(&s.server.queues, size, frames...)
	s.startWriter()
	return true
}

// Answer queues what answers a message of the client, a whole WebSocket frame, whatever else waits: no other message is dispatched
// until there is room again, so this bounds itself. For the rest it is as Send.
func (s *Socket) Answer(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer(frame)
}

// answer is Answer for whoever holds the lock.
func (s *Socket) answer(frame []byte) {
	if s.phase < phaseSealed {
		s.out.add(&s.server.queues, len(frame), frame)
		s.startWriter()
	}
}

// TooSlow closes the socket with CloseSlow because it has missed something that it was to be sent. What is queued is dropped: the
// client has a gap behind it, and the sooner it hears the reason, the better.
func (s *Socket) TooSlow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase < phaseSealed {
		s.out.drop()
		s.seal(ending{CloseSlow, "too slow: messages were lost"})
	}
}

// Close ends the connection with a close frame of the given code and reason (cut to 123 bytes), behind the answer of the message
// that is being dispatched and behind what is queued. No further message is dispatched. Only the first Close counts.
func (s *Socket) Close(code CloseCode, reason string) {
	s.close(ending{code, reason})
}

// Replaced closes the socket with CloseReplaced, because a newer connection of the same client took over.
func (s *Socket) Replaced() {
	s.close(ending{CloseReplaced, "replaced by a newer connection of the same client"})
}

// Failed closes the socket with CloseInternal, because the server cannot tell it what it should.
func (s *Socket) Failed() { s.close(ending{CloseInternal, "internal error"}) }

func (s *Socket) close(how ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeLocked(how)
}

// refuse closes a socket that nobody has seen yet.
func (s *Socket) refuse(how ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = true
	s.closeLocked(how)
}

// closeLocked is close for whoever holds the lock.
func (s *Socket) closeLocked(how ending) {
	if s.phase != phaseOpen {
		return
	}
	if s.dispatching {
		s.phase, s.farewell = phaseLeaving, how
		s.tellRoom()
		return
	}
	s.seal(how)
}

// seal queues the close frame. The lock is held.
func (s *Socket) seal(how ending) {
	s.phase, s.farewell = phaseSealed, how
	s.tellRoom()
	s.giveUp = s.server.age() + s.server.config.WriteTimeout
	s.hasten()
	if s.announces && how.code != noCode && s.server.config.Closing != nil {
		s.sendControl(TextFrame(s.server.config.Closing(how.code, how.reason)))
	}
	s.sendControl(how.closeFrame())
}

// AnnounceClose lets the socket send Config.Closing before its close frame.
func (s *Socket) AnnounceClose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announces = true
}

// sendControl queues a frame of the server's own, for which there is always room. The lock is held.
func (s *Socket) sendControl(f []byte) {
	s.out.add(&s.server.queues, len(f), f)
	s.startWriter()
}

// hurry lets the socket take no longer than d for what is left to write and to read, once it is closing.
func (s *Socket) hurry(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rush = d
	s.hasten()
}

// hasten brings the moment forward at which a closing socket gives up, the write under way included. The lock is held.
func (s *Socket) hasten() {
	if s.rush == 0 || s.phase != phaseSealed && s.phase != phaseSaid {
		return
	}
	if by := s.server.age() + s.rush; by < s.giveUp {
		s.giveUp = by
		if s.out.waiting {
			// It fails on a closed connection only, and then the write says so.
			_ = s.conn.SetWriteDeadline(s.server.began.Add(by))
		}
	}
}

// beginDispatch tells whether a message that has come in may be dispatched; if so, endDispatch must follow.
func (s *Socket) beginDispatch() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteInput()
	s.dispatching = s.phase == phaseOpen
	return s.dispatching
}

// endDispatch sends the texts that answer a message, and does what a Close had to put off. It is true when it has left nothing to be
// written.
func (s *Socket) endDispatch(answers [][]byte) (written bool) {
	s.mu.Lock()
	s.dispatching = false
	size := 0
	for _, text := range answers {
		size += headerSize(len(text)) + len(text)
	}
	alone := s.raw != nil && !s.out.writing && s.phase < phaseSealed && 0 < size && size <= maxBatch
	switch {
	case alone:
		s.out.writing, s.out.flying = true, size
	default:
		for _, text := range answers {
			s.answer(TextFrame(text))
		}
	}
	if s.phase == phaseLeaving {
		s.seal(s.farewell)
	}
	s.mu.Unlock()
	return alone && s.writeAnswers(answers)
}

// closing tells whether the socket is closing, so that nothing more of what the client sends matters.
func (s *Socket) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase != phaseOpen
}

// setReadDeadline sets the reading side's deadline, unless the close frame is out: the deadline is Config.Linger's from then on.
func (s *Socket) setReadDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteInput()
	if s.phase < phaseSaid {
		// It fails on a closed connection only, and then the next read says so.
		_ = s.conn.SetReadDeadline(t)
	}
}

// abort closes the connection at once, whatever is queued or under way.
func (s *Socket) abort() {
	s.mu.Lock()
	s.phase = phaseDead
	s.out.drop()
	s.tellRoom()
	conn := s.conn
	s.mu.Unlock()
	if conn != nil {
		// Without the lock, for TLS says goodbye and may wait for that. Closed is closed: an error changes nothing any more.
		_ = conn.Close()
	}
}
