package ws

import (
	"fmt"
	"runtime/debug"
)

const (
	// maxFrames bounds the frames that go out in one write.
	maxFrames = 64
	// maxBatch bounds the bytes of frames that are collected for one write. A longer frame goes out alone.
	maxBatch = 16 << 10
	// keepFrames is the capacity that an empty queue keeps: an idle socket should cost little.
	keepFrames = 16
)

// outbox is a socket's queue of frames. The socket's lock guards it.
type outbox struct {
	frames  [][]byte
	head    int  // frames[:head] are taken
	bytes   int  // of frames[head:]
	flying  int  // bytes handed to the writer and not yet taken by the kernel
	held    bool // nothing may be written yet: the handshake has not been answered
	writing bool
	idle    chan struct{} // closed when the writer ends; nil unless somebody waits for that
}

// fits tells whether frames may be queued beside what waits already. When nothing waits they may be of any size.
func (o *outbox) fits(frames [][]byte, limit int) bool {
	waiting := o.bytes + o.flying
	total := waiting
	for _, f := range frames {
		total += len(f)
	}
	return waiting == 0 || total <= limit
}

func (o *outbox) add(frames [][]byte) {
	for _, f := range frames {
		o.bytes += len(f)
	}
	o.frames = append(o.frames, frames...)
}

// drop forgets what the writer has not taken yet.
func (o *outbox) drop() {
	o.frames, o.head, o.bytes = nil, 0, 0
}

// take moves the frames of the next write to batch: as many as go together, at least one unless none waits.
func (o *outbox) take(batch [][]byte) [][]byte {
	o.flying = 0
	for o.head < len(o.frames) && len(batch) < maxFrames {
		f := o.frames[o.head]
		if len(batch) > 0 && o.flying+len(f) > maxBatch {
			break
		}
		batch = append(batch, f)
		o.frames[o.head] = nil
		o.head++
		o.flying += len(f)
	}
	o.bytes -= o.flying
	switch {
	case o.head < len(o.frames):
		if o.head > len(o.frames)/2 {
			o.frames = append(o.frames[:0], o.frames[o.head:]...)
			o.head = 0
		}
	case cap(o.frames) > keepFrames:
		o.frames, o.head = nil, 0
	default:
		o.frames, o.head = o.frames[:0], 0
	}
	return batch
}

// startWriter sees to it that somebody writes. The socket's lock is held.
func (s *Socket) startWriter() {
	if !s.out.held && !s.out.writing && s.phase != phaseDead {
		s.out.writing = true
		go s.write()
	}
}

// write sends what is queued until nothing is. There is one such goroutine at most, it belongs to the socket, and every write has
// a deadline, so it ends.
func (s *Socket) write() {
	defer func() {
		if fault := recover(); fault != nil {
			s.logFault(fault)
			s.abort()
			s.writerEnded()
		}
	}()
	var frames [maxFrames][]byte
	for {
		batch, then := s.nextBatch(frames[:0])
		switch then {
		case thenWrite:
			if err := s.flush(batch); err != nil {
				// The stream may have stopped within a frame: nothing sensible can follow.
				s.abort()
				s.writerEnded()
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

// nextStep is what a writer has to do.
type nextStep uint8

const (
	thenWrite     nextStep = iota // write the batch
	thenHalfClose                 // the close frame is out: close the sending half
	thenEnd                       // nothing: the writer's end is noted
)

// nextBatch takes what is to be written next, sets the deadline for it, and says what to do.
func (s *Socket) nextBatch(batch [][]byte) ([][]byte, nextStep) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == phaseDead {
		s.out.end()
		return nil, thenEnd
	}
	batch = s.out.take(batch)
	if len(batch) == 0 {
		if s.phase == phaseSealed {
			s.phase = phaseSaid
			// It fails on a closed connection only, and then the reading goroutine sees for itself.
			_ = s.conn.SetReadDeadline(after(s.server.config.Linger))
			return nil, thenHalfClose
		}
		s.out.end()
		return nil, thenEnd
	}
	deadline := s.giveUp
	if s.phase < phaseSealed {
		deadline = after(s.server.config.WriteTimeout)
	}
	// It fails on a closed connection only, and then the write says so.
	_ = s.conn.SetWriteDeadline(deadline)
	return batch, thenWrite
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
	s.out.end()
}

// end notes that the writer writes no more.
func (o *outbox) end() {
	o.writing, o.flying = false, 0
	if o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

// awaitWriter returns once nothing is being written. Only the reading goroutine calls it.
func (s *Socket) awaitWriter() {
	s.mu.Lock()
	if !s.out.writing {
		s.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	s.out.idle = idle
	s.mu.Unlock()
	<-idle
}

// flush writes batch in one write.
func (s *Socket) flush(batch [][]byte) error {
	data := batch[0]
	if len(batch) > 1 {
		buf, _ := s.server.batches.Get().(*[]byte)
		defer s.server.batches.Put(buf)
		data = (*buf)[:0]
		for _, f := range batch {
			data = append(data, f...)
		}
	}
	n, err := s.conn.Write(data)
	s.server.counts.bytesOut.Add(uint64(n))
	if err != nil {
		return fmt.Errorf("write %d frames: %w", len(batch), err)
	}
	s.server.counts.framesOut.Add(uint64(len(batch)))
	return nil
}

// logFault logs a panic that was stopped from ending the server.
func (s *Socket) logFault(fault any) {
	s.server.config.Log.Error("panic in a socket", "conn", s.Number(), "panic", fault, "stack", string(debug.Stack()))
}
