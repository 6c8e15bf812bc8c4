package ws

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// writers write for the sockets of a server, as many at a time as there are processors, and only while a socket stands in line. They
// never wait for a client: what the kernel does not take at once is left to a goroutine of the socket's own, see Socket.write.
type writers struct {
	mu          sync.Mutex
	first, last *Socket // in line, linked by Socket.next
	waiting     int     // how many these are
	busy        int     // writers that run
}

// maxWaitingPerWriter is how many sockets in line for each writer call for another one. To start it costs about as much as to write to one.
const maxWaitingPerWriter = 8

// enqueue lets s stand in line. Its lock is held.
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
	if w.busy == 0 || w.waiting > w.busy*maxWaitingPerWriter && w.busy < runtime.GOMAXPROCS(0) {
		w.busy++
		go w.run(s.server)
	}
}

// dequeue returns who is first in line; nil when nobody is, and then the writer has to end.
func (w *writers) dequeue() *Socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.first
	if s == nil {
		w.busy--
		return nil
	}
	w.first, s.next = s.next, nil
	w.waiting--
	return s
}

// run writes for one socket after the other until nobody stands in line.
func (w *writers) run(server *Server) {
	p := server.writeBatch()
	defer server.release(p)
	for s := w.dequeue(); s != nil; s = w.dequeue() {
		s.writeSome(p)
	}
}

// startWriter sees to it that somebody writes. The lock is held.
func (s *Socket) startWriter() {
	switch {
	case s.queue.held || s.queue.writing || s.phase == phaseClosed:
	case s.raw == nil:
		s.queue.writing = true
		s.waitAndWrite()
	default:
		s.queue.writing = true
		s.server.writers.enqueue(s)
	}
}

// waitAndWrite leaves the writing to a goroutine of the socket's own. The lock is held.
func (s *Socket) waitAndWrite() {
	s.queue.waiting = true
	go s.write()
}

// writeSome writes what is queued, as much as goes out at once, and takes care that the rest follows.
func (s *Socket) writeSome(p *writeBatch) {
	defer s.surviveWrite()
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

// writeAnswers writes the texts that answer a message from the reading goroutine, which is the one that writes: the client waits for
// them, and to wake another goroutine would take longer than to write. It is true when nothing is left to be written.
func (s *Socket) writeAnswers(texts [][]byte) (all bool) {
	defer s.surviveWrite()
	p := s.server.writeBatch()
	defer s.server.release(p)
	p.answers(texts)
	return s.flushBatch(p)
}

// flushBatch writes what p is loaded with, as much as the kernel takes at once. What it does not is left to a goroutine that waits, as is
// what has been queued meanwhile to those who write in turn. It is true when nothing is left to either.
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
	said := s.written()
	all = !s.queue.writing
	s.mu.Unlock()
	if said {
		s.closeSendingHalf()
		s.writerEnded()
	}
	return all
}

// written is called when what was taken has been written: if more is queued the socket stands in line again, if not nobody writes
// any more. It is true when the close frame has been written, and then closeSendingHalf and writerEnded must follow. The lock is
// held.
func (s *Socket) written() (said bool) {
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

// markCloseSent notes that the close frame is written. The lock is held.
func (s *Socket) markCloseSent() {
	s.phase = phaseCloseSent
	// It fails on a closed connection only, and then the reading goroutine sees for itself.
	_ = s.conn.SetReadDeadline(after(s.server.config.Linger))
}

// broken ends a socket whose stream may have stopped within a frame: nothing sensible can follow.
func (s *Socket) broken() {
	s.abort()
	s.writerEnded()
}

// surviveWrite, deferred, keeps a panic from ending the server.
func (s *Socket) surviveWrite() {
	if fault := recover(); fault != nil {
		s.logFault(fault)
		s.broken()
	}
}

// write sends what is queued until nothing is, waiting for the client. There is one such goroutine at most, it belongs to the socket,
// and every write has a deadline, so it ends.
func (s *Socket) write() {
	defer s.surviveWrite()
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

// nextStep is what a writer that waits has to do.
type nextStep uint8

const (
	thenWrite     nextStep = iota // write what was taken
	thenHalfClose                 // the close frame is out: close the sending half
	thenEnd                       // nothing: the writer's end is noted
)

// nextBatch takes what is to be written next, sets the deadline for it, and says what to do.
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
	_ = s.conn.SetWriteDeadline(time.Time{}) // who writes next does not wait
	return thenEnd
}

// boundWrite sets the deadline of the next piece that is written. The lock is held.
func (s *Socket) boundWrite() {
	deadline := after(s.server.config.WriteTimeout)
	if s.phase >= phaseCloseQueued {
		deadline = s.server.began.Add(s.flushDeadline)
	}
	// It fails on a closed connection only, and then the write says so.
	_ = s.conn.SetWriteDeadline(deadline)
}

// closeSendingHalf tells the client that nothing follows its close frame, where the connection has halves. It is called without the
// lock, for TLS says goodbye and may wait for that.
func (s *Socket) closeSendingHalf() {
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok {
		// It fails when the connection is gone, which the reading goroutine sees for itself.
		_ = half.CloseWrite()
	}
}

func (s *Socket) writerEnded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.end()
}

// awaitWriter returns once nothing is being written. Only the reading goroutine calls it.
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

// flush writes what p is loaded with and waits until the kernel has taken it, in pieces that have a deadline each: a client that takes
// a long frame slowly, but takes it, is not to be cut off within it.
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

// wrote notes that n bytes were written and rest bytes are to follow, and tells whether none are.
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

// logFault logs a panic that was stopped from ending the server.
func (s *Socket) logFault(fault any) {
	s.server.config.Log.Error("panic in a socket", "conn", s.ID(), "panic", fault, "stack", string(debug.Stack()))
}
