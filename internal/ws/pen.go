package ws

import (
	"syscall"

	"github.com/gobwas/ws"
)

// pen is what one goroutine needs to write what is queued for one socket after the other.
type pen struct {
	data   []byte   // what is to be written
	frames int      // how many frames data is the whole of
	batch  [][]byte // those that buf holds, so that sockets that are sent the same share one copy
	buf    []byte

	n   int   // bytes of data that the kernel has taken
	err error // why it took no more, if it never will
	try func(fd uintptr) bool
}

func newPen() *pen {
	p := new(pen)
	p.try = p.attempt
	return p
}

// pen returns one that nobody uses; giveBack must follow.
func (s *Server) pen() *pen {
	p, _ := s.pens.Get().(*pen)
	return p
}

// giveBack takes a pen that is not needed any more.
func (s *Server) giveBack(p *pen) {
	if cap(p.buf) <= 2*maxBatch {
		p.forget()
		s.pens.Put(p)
	}
}

// load makes frames, of size bytes together, what is to be written. Several are copied into one piece, unless the pen holds just
// these already: what is published goes to one listener after the other.
func (p *pen) load(frames [][]byte, size int) {
	p.frames = len(frames)
	switch {
	case len(frames) == 0:
		p.data = nil
		return
	case len(frames) == 1:
		p.data = frames[0]
		return
	case !p.holds(frames):
		p.batch, p.buf = append(p.batch[:0], frames...), p.buf[:0]
		for _, f := range frames {
			p.buf = append(p.buf, f...)
		}
	}
	p.data = p.buf[:size]
}

// holds tells whether buf is made of just these frames. Frames never change, so the same place is the same frame.
func (p *pen) holds(frames [][]byte) bool {
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
func (p *pen) answers(texts [][]byte) {
	p.forget()
	for _, text := range texts {
		p.buf = append(appendHeader(p.buf, ws.OpText, len(text)), text...)
	}
	p.data, p.frames = p.buf, len(texts)
}

// forget gives up the frames that the pen remembers, so that they can be freed.
func (p *pen) forget() {
	clear(p.batch)
	p.batch, p.buf, p.data = p.batch[:0], p.buf[:0], nil
}

// write gives the kernel as much of data as it takes without waiting: n bytes. The error is one of the connection.
func (p *pen) write(to syscall.RawConn) error {
	p.n, p.err = 0, nil
	if err := to.Write(p.try); err != nil {
		return err
	}
	return p.err
}

// attempt is write's work on a file descriptor. It is always done: nobody waits.
func (p *pen) attempt(fd uintptr) bool {
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
