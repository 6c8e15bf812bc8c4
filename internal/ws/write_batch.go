package ws

import (
	"syscall"

	"github.com/gobwas/ws"
)

// writeBatch is a buffer for writing queued frames. One goroutine uses it for one socket after the
// other.
type writeBatch struct {
	data   []byte   // the bytes to write
	frames int      // number of frames in data
	batch  [][]byte // the frames in buf, so that sockets with the same frames share one copy
	buf    []byte

	n   int   // number of bytes of data that the kernel has taken
	err error // why it took no more; nil: it would have blocked, or all is written
	try func(fd uintptr) bool
}

func newWriteBatch() *writeBatch {
	p := new(writeBatch)
	p.try = p.tryWrite
	return p
}

// writeBatch returns an unused batch. release must follow.
func (s *Server) writeBatch() *writeBatch {
	p, _ := s.batches.Get().(*writeBatch)
	return p
}

// release returns a batch to the pool.
func (s *Server) release(p *writeBatch) {
	if cap(p.buf) <= 2*maxBatch {
		p.reset()
		s.batches.Put(p)
	}
}

// fill sets the frames to write; size is their total length. Several frames are copied into one
// buffer, unless the batch holds the same frames already, as in a broadcast to many sockets.
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

// holdsFrames reports whether buf holds these frames. Frames never change, so equal addresses mean
// equal frames.
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

// answers sets the texts to write, as text frames.
func (p *writeBatch) answers(texts [][]byte) {
	p.reset()
	for _, text := range texts {
		p.buf = append(appendHeader(p.buf, ws.OpText, len(text)), text...)
	}
	p.data, p.frames = p.buf, len(texts)
}

// reset drops the references to frames, so that they can be freed.
func (p *writeBatch) reset() {
	clear(p.batch)
	p.batch, p.buf, p.data = p.batch[:0], p.buf[:0], nil
}

// write writes as much of data as the kernel takes without blocking: n bytes. An error means that
// the connection is broken.
func (p *writeBatch) write(to syscall.RawConn) error {
	p.n, p.err = 0, nil
	if err := to.Write(p.try); err != nil {
		return err
	}
	return p.err
}

// tryWrite does the work of write on a descriptor. It always returns true, so that RawConn.Write
// does not wait.
func (p *writeBatch) tryWrite(fd uintptr) bool {
	for p.n < len(p.data) {
		n, errno := writeNonblock(fd, p.data[p.n:])
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
