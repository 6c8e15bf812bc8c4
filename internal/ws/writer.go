package ws

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// writers write for the sockets of a server. There are at most as many as processors, and they run
// only while sockets wait for one. They never block: if the kernel does not take everything, a
// goroutine of the socket writes the rest, see Socket.write.
type writers struct {
	mu          sync.Mutex
	first, last *Socket // the sockets that wait, linked by Socket.next
	waiting     int     // number of sockets that wait
	running     int     // number of writers that run
}

// maxWaitingPerWriter is how many waiting sockets per writer justify another writer. Starting one
// costs about as much as one write.
const maxWaitingPerWriter = 8

// enqueue adds s to the sockets that wait for a writer. Its lock is held.
func (w *writers) enqueue(s *Socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == nil {
		w.first = s
	} else {
		w.last.next = s
	}
	w.last = s
	w.waiting++
	if w.running == 0 || w.waiting > w.running*maxWaitingPerWriter && w.running < runtime.GOMAXPROCS(0) {
		w.running++
		go w.run(s.server)
	}
}

// dequeue returns the next socket. If there is none it returns nil, and the writer must end.
func (w *writers) dequeue() *Socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.first
	if s == nil {
		w.running--
		return nil
	}
	w.first, s.next = s.next, nil
	w.waiting--
	return s
}

// run writes for one socket after the other until none waits.
func (w *writers) run(server *Server) {
	p := server.writeBatch()
	defer server.release(p)
	for s := w.dequeue(); s != nil; s = w.dequeue() {
		s.writeSome(p)
	}
}

// startWriter makes sure that a goroutine writes the queued frames. The lock is held.
func (s *Socket) startWriter() {
	switch {
	case s.queue.corked || s.queue.writing || s.phase == phaseClosed:
	case s.raw == nil:
		s.queue.writing = true
		s.waitAndWrite()
	default:
		s.queue.writing = true
		s.server.writers.enqueue(s)
	}
}

// waitAndWrite starts a goroutine that writes for this socket and may block. The lock is held.
func (s *Socket) waitAndWrite() {
	s.queue.waiting = true
	go s.write()
}

// writeSome writes the next batch of queued frames, and makes sure that the rest is written.
func (s *Socket) writeSome(p *writeBatch) {
	defer s.recoverWrite()
	s.mu.Lock()
	gone := s.phase == phaseClosed
	if gone {
		s.queue.end()
	} else {
		s.queue.take(&s.server.queues, p)
	}
	s.mu.Unlock()
	if !gone {
		s.flushBatch(p)
	}
}

// writeAnswers writes the texts that answer a message. The reading goroutine calls it, because
// waking another goroutine would take longer than the write. It reports whether everything was
// written.
func (s *Socket) writeAnswers(texts [][]byte) (all bool) {
	defer s.recoverWrite()
	p := s.server.writeBatch()
	defer s.server.release(p)
	p.answers(texts)
	return s.flushBatch(p)
}

// flushBatch writes as much of p as the kernel takes at once. A goroutine of the socket writes the
// rest. A shared writer writes frames that were queued meanwhile. It reports whether neither is
// needed.
func (s *Socket) flushBatch(p *writeBatch) (all bool) {
	err := p.write(s.raw)
	s.mu.Lock()
	s.traffic.bytesOut += uint64(p.n)
	if err != nil {
		s.mu.Unlock()
		s.broken()
		return false
	}
	if p.n < len(p.data) && s.phase != phaseClosed {
		defer s.mu.Unlock()
		s.queue.rest = &partialWrite{append([]byte(nil), p.data[p.n:]...), p.frames}
		s.queue.inFlight = len(s.queue.rest.data)
		s.waitAndWrite()
		return false
	}
	s.traffic.framesOut += uint64(p.frames)
	closeSent := s.written()
	all = !s.queue.writing
	s.mu.Unlock()
	if closeSent {
		s.closeSendingHalf()
		s.writerEnded()
	}
	return all
}

// written is called after a batch was written. If more frames are queued, the socket waits for a
// writer again. It returns true after the close frame was written; then closeSendingHalf and
// writerEnded must follow. The lock is held.
func (s *Socket) written() (closeSent bool) {
	s.queue.inFlight = 0
	s.signalSpace()
	switch {
	case s.phase == phaseClosed:
		s.queue.end()
	case !s.queue.empty():
		s.server.writers.enqueue(s)
	case s.phase == phaseCloseQueued:
		s.markCloseSent()
		return true
	default:
		s.queue.end()
	}
	return false
}

// markCloseSent records that the close frame was written. The lock is held.
func (s *Socket) markCloseSent() {
	s.phase = phaseCloseSent
	// Fails only when closed; the next read reports it.
	_ = s.conn.SetReadDeadline(after(s.server.config.Linger))
}

// broken ends a socket after a failed write. The stream may have stopped within a frame, so no
// close frame can follow.
func (s *Socket) broken() {
	s.abort()
	s.writerEnded()
}

// recoverWrite is deferred. It keeps a panic from ending the process.
func (s *Socket) recoverWrite() {
	if fault := recover(); fault != nil {
		s.logFault(fault)
		s.broken()
	}
}

// write writes queued frames until none is left, and waits for the client. A socket has at most one
// such goroutine. Every write has a deadline, so the goroutine ends.
func (s *Socket) write() {
	defer s.recoverWrite()
	p := s.server.writeBatch()
	defer s.server.release(p)
	for {
		switch s.nextBatch(p) {
		case thenWrite:
			if err := s.flush(p); err != nil {
				s.broken()
				return
			}
		case thenHalfClose:
			s.closeSendingHalf()
			s.writerEnded()
			return
		case thenEnd:
			return
		}
	}
}

// nextStep is what the writing goroutine does next.
type nextStep uint8

const (
	thenWrite     nextStep = iota // write the batch
	thenHalfClose                 // the close frame was written: close the sending half
	thenEnd                       // nothing is left
)

// nextBatch takes the next frames, sets their deadline, and returns the next step.
func (s *Socket) nextBatch(p *writeBatch) nextStep {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == phaseClosed {
		s.queue.end()
		return thenEnd
	}
	s.queue.inFlight = 0
	if rest := s.queue.rest; rest != nil {
		p.data, p.frames = rest.data, rest.frames
		s.queue.rest, s.queue.inFlight = nil, len(rest.data)
	} else {
		s.queue.take(&s.server.queues, p)
	}
	s.signalSpace()
	switch {
	case p.frames > 0:
		s.boundWrite()
		return thenWrite
	case s.phase == phaseCloseQueued:
		s.markCloseSent()
		return thenHalfClose
	}
	s.queue.end()
	_ = s.conn.SetWriteDeadline(time.Time{}) // the next write may not block, so it needs no deadline
	return thenEnd
}

// boundWrite sets the deadline of the next write. The lock is held.
func (s *Socket) boundWrite() {
	deadline := after(s.server.config.WriteTimeout)
	if s.phase >= phaseCloseQueued {
		deadline = s.server.began.Add(s.flushDeadline)
	}
	// Fails only when closed; the next write reports it.
	_ = s.conn.SetWriteDeadline(deadline)
}

// closeSendingHalf closes the sending half of the connection, if it has one. The lock is not held,
// because TLS sends an alert and may block.
func (s *Socket) closeSendingHalf() {
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok {
		// Fails only when the connection is broken; the next read reports it.
		_ = half.CloseWrite()
	}
}

func (s *Socket) writerEnded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.end()
}

// awaitWriter waits until no goroutine writes. Only the reading goroutine calls it.
func (s *Socket) awaitWriter() {
	s.mu.Lock()
	if !s.queue.writing {
		s.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	s.queue.idle = idle
	s.mu.Unlock()
	<-idle
}

// flush writes the whole batch in pieces. Each piece has its own deadline, so that a slow client
// can read a long frame.
func (s *Socket) flush(p *writeBatch) error {
	for rest := p.data; ; {
		n, err := s.conn.Write(rest[:min(len(rest), maxBatch)])
		rest = rest[n:]
		if done := s.wrote(n, len(rest)); err != nil {
			return fmt.Errorf("write %d frames: %w", p.frames, err)
		} else if done {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic.framesOut += uint64(p.frames)
	return nil
}

// wrote records that n bytes were written and rest bytes remain. It reports whether none remain.
func (s *Socket) wrote(n, rest int) (done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic.bytesOut += uint64(n)
	if s.queue.inFlight = rest; rest > 0 {
		s.signalSpace()
		s.boundWrite()
	}
	return rest == 0
}

// logFault logs a panic.
func (s *Socket) logFault(fault any) {
	s.server.config.Log.Error("panic in a socket", "conn", s.ID(), "panic", fault, "stack", string(debug.Stack()))
}
