package ws

import (
	"net"
	"sync"
	"syscall"
	"time"

	"seg.example/gen/route"
)

// Socket is one connection. Its methods may be called from any goroutine; none of them but WaitWritable waits for the network.
type Socket struct {
	// What Send looks at comes first and stands together: a broadcast goes to thousands of sockets.
	mu    sync.Mutex
	phase phase
	// dispatching: a message is being answered; Close waits for that.
	dispatching bool
	// refused: it was never open, but only to be closed, and Config.Opened has not seen it.
	refused bool
	// announces: Config.Closing is sent before the close frame.
	announces bool
	queue     writeQueue
	traffic   traffic
	server    *Server
	next      *Socket // behind this one in the line of the server's writers, whose lock guards it

	caller    route.Caller // all but Trusted stays as it was at the start
	source    ClientNet
	keepalive keepalive
	conn      net.Conn        // nil until start
	raw       syscall.RawConn // conn's, where one may read and write without waiting; else nil
	in        input           // touched by the reading goroutine only
	// closeReason is how the socket ends, from phaseLeaving on.
	closeReason closeStatus
	// flushDeadline is when what is left to write and to read is dropped, as an age of the server. It is set from phaseCloseQueued on.
	flushDeadline time.Duration
	// maxFlush bounds the time for what is left to write, if it is shorter than Config.WriteTimeout; 0: it does not.
	maxFlush time.Duration
}

// phase is the state of a connection. It only grows.
type phase uint8

const (
	// phaseOpen: messages are dispatched, frames are taken.
	phaseOpen phase = iota
	// phaseDraining: no new message is dispatched; the running one is answered first.
	phaseDraining
	// phaseCloseQueued: the close frame is queued; nothing is queued after it.
	phaseCloseQueued
	// phaseCloseSent: the close frame is written; what the client still sends is read and dropped, see Socket.linger.
	phaseCloseSent
	// phaseClosed: the connection is closed.
	phaseClosed
)

// start gives s its connection, on which the handshake has been answered, and reads it in a goroutine of its own: that of the HTTP
// handler has a grown stack and holds on to the request, four times the memory of a fresh one. early is what the client has sent
// behind its handshake.
func (s *Socket) start(conn net.Conn, early []byte) {
	s.mu.Lock()
	s.conn, s.raw, s.in.early = conn, rawConn(conn), early
	s.queue.held = false
	s.startKeepalive()
	if !s.queue.empty() {
		s.startWriter()
	}
	aborted := s.phase == phaseClosed
	s.mu.Unlock()
	if !s.refused {
		s.server.config.Log.Debug("connection opened", "conn", s.ID(), "client", s.ClientID(), "session", s.SessionID())
	}
	if aborted {
		s.abort()
	}
	go s.serve()
}

// ID identifies the connection. It is unique in the process: route.Caller's Conn.
func (s *Socket) ID() uint64 { return s.caller.Conn }

// ClientID returns the client_id of the connect request.
func (s *Socket) ClientID() string { return s.caller.ClientID }

// Key returns the SHA-256 sum of the client_key: route.Caller's Key; empty: there is none.
func (s *Socket) Key() string { return s.caller.Key }

// SessionID returns the session whose broadcasts the client wants; empty: those of all.
func (s *Socket) SessionID() string { return s.caller.SessionID }

// Send queues frames, each a whole WebSocket frame (TextFrame), behind what is queued already: all of them, or none when they do not
// fit beside it within Config.MaxQueue, and only then it is false. Nothing is closed then: the caller decides between CloseSlow and
// sending later, see WaitWritable. The frames are shared, not copied: nobody may change them afterwards. A socket that is closed takes
// nothing and says nothing: Send is true, for there is nothing that its caller could do about it.
func (s *Socket) Send(frames ...[]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase >= phaseCloseQueued || len(frames) == 0 {
		return true
	}
	size := sizeOf(frames)
	if !s.queue.fits(size, s.server.config.MaxQueue) {
		return false
	}
	s.queue.add(&s.server.queues, size, frames...)
	s.startWriter()
	return true
}

// Answer queues the answer to a message of the client, a whole WebSocket frame, even if the queue is over its limit. No other message is
// dispatched until there is space again, so the queue stays bounded. Otherwise it is like Send.
func (s *Socket) Answer(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer(frame)
}

// answer is Answer for whoever holds the lock.
func (s *Socket) answer(frame []byte) {
	if s.phase < phaseCloseQueued {
		s.queue.add(&s.server.queues, len(frame), frame)
		s.startWriter()
	}
}

// CloseSlow closes the socket with the code CloseSlow because it lost a message. What is queued is dropped: the client has a gap anyway, and
// should learn the reason soon.
func (s *Socket) CloseSlow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase < phaseCloseQueued {
		s.queue.drop()
		s.queueClose(closeStatus{CloseSlow, "too slow: messages were lost"})
	}
}

// Close ends the connection with a close frame of the given code and reason (cut to 123 bytes), behind the answer of the message
// that is being dispatched and behind what is queued. No further message is dispatched. Only the first Close counts.
func (s *Socket) Close(code CloseCode, reason string) {
	s.close(closeStatus{code, reason})
}

// CloseReplaced closes the socket with the code CloseReplaced because the same client has a newer connection.
func (s *Socket) CloseReplaced() {
	s.close(closeStatus{CloseReplaced, "replaced by a newer connection of the same client"})
}

// CloseInternal closes the socket with the code CloseInternal because of an error of the server.
func (s *Socket) CloseInternal() { s.close(closeStatus{CloseInternal, "internal error"}) }

func (s *Socket) close(how closeStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeLocked(how)
}

// refuse closes a socket that nobody has seen yet.
func (s *Socket) refuse(how closeStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = true
	s.closeLocked(how)
}

// closeLocked is close for whoever holds the lock.
func (s *Socket) closeLocked(how closeStatus) {
	if s.phase != phaseOpen {
		return
	}
	if s.dispatching {
		s.phase, s.closeReason = phaseDraining, how
		s.signalSpace()
		return
	}
	s.queueClose(how)
}

// queueClose queues the close frame. The lock is held.
func (s *Socket) queueClose(how closeStatus) {
	s.phase, s.closeReason = phaseCloseQueued, how
	s.signalSpace()
	s.flushDeadline = s.server.age() + s.server.config.WriteTimeout
	s.shortenDeadline()
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
	s.queue.add(&s.server.queues, len(f), f)
	s.startWriter()
}

// setMaxFlush lets the socket take no longer than d for what is left to write and to read, once it is closing.
func (s *Socket) setMaxFlush(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxFlush = d
	s.shortenDeadline()
}

// shortenDeadline brings the moment forward at which a closing socket gives up, the write under way included. The lock is held.
func (s *Socket) shortenDeadline() {
	if s.maxFlush == 0 || s.phase != phaseCloseQueued && s.phase != phaseCloseSent {
		return
	}
	if by := s.server.age() + s.maxFlush; by < s.flushDeadline {
		s.flushDeadline = by
		if s.queue.waiting {
			// Fails only when closed; the next write reports it.
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
	alone := s.raw != nil && !s.queue.writing && s.phase < phaseCloseQueued && 0 < size && size <= maxBatch
	switch {
	case alone:
		s.queue.writing, s.queue.inFlight = true, size
	default:
		for _, text := range answers {
			s.answer(TextFrame(text))
		}
	}
	if s.phase == phaseDraining {
		s.queueClose(s.closeReason)
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
	if s.phase < phaseCloseSent {
		// Fails only when closed; the next read reports it.
		_ = s.conn.SetReadDeadline(t)
	}
}

// abort closes the connection at once, whatever is queued or under way.
func (s *Socket) abort() {
	s.mu.Lock()
	s.phase = phaseClosed
	s.queue.drop()
	s.signalSpace()
	conn := s.conn
	s.mu.Unlock()
	if conn != nil {
		// Without the lock, for TLS says goodbye and may wait for that. Closed is closed: an error changes nothing any more.
		_ = conn.Close()
	}
}
