package ws

import (
	"syscall"

	"github.com/gobwas/ws"
)

// writeBatch is the buffer with which one goroutine writes the queues of sockets, one after the other.
type writeBatch struct {
	data   []byte   // what is to be written
	frames int      // number of frames in data
	batch  [][]byte // the frames in buf, so that sockets that are sent the same frames share one copy
	buf    []byte

	n   int   // bytes of data that the kernel has taken
	err error // why it took no more, if it never will
	try func(fd uintptr) bool
}

func newWriteBatch() *writeBatch {
	p := new(writeBatch)
	p.try = p.tryWrite
	return p
}

// writeBatch returns one that nobody uses; giveBack must follow.
func (s *Server) writeBatch() *writeBatch {
	p, _ := s.batches.Get().(*writeBatch)
	return p
}

// release gives back a batch that is no longer needed.
func (s *Server) release(p *writeBatch) {
	if cap(p.buf) <= 2*maxBatch {
		p.reset()
		s.batches.Put(p)
	}
}

// fill makes frames, of size bytes together, what is to be written. Several are copied into one piece, unless the batch holds just
// these already: what is published goes to one listener after the other.
func (p *writeBatch) fill(frames [][]byte, size int) {
	p.frames = len(frames)
	switch {
	case len(frames) == 0:
		p.data = nil
		return
	case len(frames) == 1:
		p.data = frames[0]
		return
	case !p.holdsFrames(frames):
		p.batch, p.buf = append(p.batch[:0], frames...), p.buf[:0]
		for _, f := range frames {
			p.buf = append(p.buf, f...)
		}
	}
	p.data = p.buf[:size]
}

// holdsFrames tells whether buf is made of just these frames. Frames never change, so the same place is the same frame.
func (p *writeBatch) holdsFrames(frames [][]byte) bool {
	if len(frames) != len(p.batch) {
		return false
	}
	for i, f := range frames {
		if g := p.batch[i]; len(f) == 0 || len(f) != len(g) || &f[0] != &g[0] {
			return false
		}
	}
	return true
}

// answers makes frames of texts what is to be written.
func (p *writeBatch) answers(texts [][]byte) {
	p.reset()
	for _, text := range texts {
		p.buf = append(appendHeader(p.buf, ws.OpText, len(text)), text...)
	}
	p.data, p.frames = p.buf, len(texts)
}

// reset drops the frames that the batch remembers, so that they can be freed.
func (p *writeBatch) reset() {
	clear(p.batch)
	p.batch, p.buf, p.data = p.batch[:0], p.buf[:0], nil
}

// write gives the kernel as much of data as it takes without waiting: n bytes. The error is one of the connection.
func (p *writeBatch) write(to syscall.RawConn) error {
	p.n, p.err = 0, nil
	if err := to.Write(p.try); err != nil {
		return err
	}
	return p.err
}

// tryWrite is write's work on a file descriptor. It is always done: nobody waits.
func (p *writeBatch) tryWrite(fd uintptr) bool {
	for p.n < len(p.data) {
		n, errno := writeNow(fd, p.data[p.n:])
		if errno == syscall.EAGAIN {
			return true
		}
		if errno != 0 {
			p.err = errno
			return true
		}
		p.n += n
	}
	return true
}
