package ws

import (
	"net"
	"sync"
	"syscall"
	"time"

	"seg.example/gen/route"
)

// Socket is one connection. Its methods may be called from any goroutine. Only WaitWritable waits
// for the network.
type Socket struct {
	// The fields that Send reads come first, to share cache lines: a broadcast goes to thousands of
	// sockets.
	mu    sync.Mutex
	phase phase
	// dispatching: a message is being answered. Close waits for the answer.
	dispatching bool
	// refused: the socket was created only to be closed. Config.Opened did not get it.
	refused bool
	// announceClose: Config.Closing is sent before the close frame.
	announceClose bool
	queue         writeQueue
	traffic       traffic
	server        *Server
	next          *Socket // next in the list of the server's writers; guarded by their lock

	caller    route.Caller // only Trusted changes after start
	clientNet ClientNet
	keepalive keepalive
	conn      net.Conn        // nil until start
	raw       syscall.RawConn // of conn, for non-blocking calls; nil if conn does not allow them
	in        input           // only for the reading goroutine
	// closeReason says how the socket ends. It is set from phaseDraining on.
	closeReason closeStatus
	// flushDeadline is when remaining input and output are dropped, as a time since the server's
	// start. It is set from phaseCloseQueued on.
	flushDeadline time.Duration
	// maxFlush limits the time for the remaining output if it is shorter than Config.WriteTimeout;
	// 0: no limit.
	maxFlush time.Duration
}

// phase is the state of a connection. It only increases.
type phase uint8

const (
	// phaseOpen: messages are dispatched and frames are queued.
	phaseOpen phase = iota
	// phaseDraining: no new message is dispatched; the running one is answered first.
	phaseDraining
	// phaseCloseQueued: the close frame is queued. No frame is queued after it.
	phaseCloseQueued
	// phaseCloseSent: the close frame is written. Further input is read and dropped, see
	// Socket.linger.
	phaseCloseSent
	// phaseClosed: the connection is closed.
	phaseClosed
)

// start begins to read conn after the handshake, in a new goroutine. The goroutine of the HTTP
// handler would need four times the memory, because its stack has grown and it references the
// request. early is what the client sent right after its handshake.
func (s *Socket) start(conn net.Conn, early []byte) {
	s.mu.Lock()
	s.conn, s.raw, s.in.early = conn, rawConn(conn), early
	s.queue.corked = false
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

// ID identifies the connection. It is unique in the process and equals route.Caller's Conn.
func (s *Socket) ID() uint64 { return s.caller.Conn }

// ClientID returns the client_id of the connect request.
func (s *Socket) ClientID() string { return s.caller.ClientID }

// Key returns the SHA-256 sum of the client_key, like route.Caller's Key, or "" if the client sent
// none.
func (s *Socket) Key() string { return s.caller.Key }

// SessionID returns the session that the client subscribes to, or "" for all sessions.
func (s *Socket) SessionID() string { return s.caller.SessionID }

// Send queues frames and returns true, or queues none and returns false if they do not fit into
// Config.MaxQueue. Each frame is a whole WebSocket frame (TextFrame). If Send returns false, the
// caller closes the socket (CloseSlow) or sends later (WaitWritable). The frames are shared, not
// copied: they must not be changed afterwards. A closed socket drops the frames and returns true,
// because its caller need not do anything.
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

// Answer queues the answer to a message of the client, a whole WebSocket frame, even if the queue
// is over its limit. No other message is dispatched until the queue has space again, so the queue
// stays bounded. Otherwise Answer is like Send.
func (s *Socket) Answer(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer(frame)
}

// answer is Answer with the lock held.
func (s *Socket) answer(frame []byte) {
	if s.phase < phaseCloseQueued {
		s.queue.add(&s.server.queues, len(frame), frame)
		s.startWriter()
	}
}

// CloseSlow closes the socket with the code CloseSlow because it lost a message. It drops the
// queued frames: the client has a gap anyway, and should learn the reason soon.
func (s *Socket) CloseSlow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase < phaseCloseQueued {
		s.queue.drop()
		s.queueClose(closeStatus{CloseSlow, "too slow: messages were lost"})
	}
}

// Close closes the connection with a code and a reason, which is cut to 123 bytes. The close frame
// follows the answer to the message that is being dispatched and all queued frames. No further
// message is dispatched. Only the first Close counts.
func (s *Socket) Close(code CloseCode, reason string) {
	s.close(closeStatus{code, reason})
}

// CloseReplaced closes the socket with the code CloseReplaced because the same client has a newer
// connection.
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

// refuse closes a socket that Config.Opened does not get.
func (s *Socket) refuse(how closeStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = true
	s.closeLocked(how)
}

// closeLocked is close with the lock held.
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
	s.flushDeadline = s.server.uptime() + s.server.config.WriteTimeout
	s.shortenDeadline()
	if s.announceClose && how.code != noCode && s.server.config.Closing != nil {
		s.sendControl(TextFrame(s.server.config.Closing(how.code, how.reason)))
	}
	s.sendControl(how.closeFrame())
}

// AnnounceClose makes the socket send Config.Closing before its close frame.
func (s *Socket) AnnounceClose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announceClose = true
}

// sendControl queues a frame of the server itself, whatever the limit. The lock is held.
func (s *Socket) sendControl(f []byte) {
	s.queue.add(&s.server.queues, len(f), f)
	s.startWriter()
}

// setMaxFlush limits the time for remaining input and output after the socket has begun to close.
func (s *Socket) setMaxFlush(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxFlush = d
	s.shortenDeadline()
}

// shortenDeadline moves the flush deadline of a closing socket forward, also for a write that is
// running. The lock is held.
func (s *Socket) shortenDeadline() {
	if s.maxFlush == 0 || s.phase != phaseCloseQueued && s.phase != phaseCloseSent {
		return
	}
	if by := s.server.uptime() + s.maxFlush; by < s.flushDeadline {
		s.flushDeadline = by
		if s.queue.waiting {
			// Fails only when closed; the next write reports it.
			_ = s.conn.SetWriteDeadline(s.server.began.Add(by))
		}
	}
}

// beginDispatch reports whether a message may be dispatched. If so, endDispatch must follow.
func (s *Socket) beginDispatch() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteInput()
	s.dispatching = s.phase == phaseOpen
	return s.dispatching
}

// endDispatch sends the texts that answer a message, then the close frame if Close was called
// meanwhile. It reports whether everything was written.
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

// closing reports whether the socket is closing, so that further input is ignored.
func (s *Socket) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase != phaseOpen
}

// setReadDeadline sets the deadline for reading, unless the close frame was sent: then linger sets
// the deadline.
func (s *Socket) setReadDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteInput()
	if s.phase < phaseCloseSent {
		// Fails only when closed; the next read reports it.
		_ = s.conn.SetReadDeadline(t)
	}
}

// abort closes the connection at once and drops what is queued.
func (s *Socket) abort() {
	s.mu.Lock()
	s.phase = phaseClosed
	s.queue.drop()
	s.signalSpace()
	conn := s.conn
	s.mu.Unlock()
	if conn != nil {
		// The lock is not held, because TLS sends an alert and may block. The connection is given
		// up, so an error does not matter.
		_ = conn.Close()
	}
}
