package ws

import (
	"container/heap"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// pulse is how the server finds out that a client is gone. It is kept by the server's clock, not by the reading goroutine's own
// deadlines: what that goroutine does between two messages makes its stack grow, and ten thousand idle sockets keep ten thousand
// stacks.
type pulse struct {
	due   time.Duration // when it beats, counted from the server's beginning; pulses.mu guards it
	place int32         // in pulses.line, counted from 1; 0: it does not beat; pulses.mu guards it, too
	heard atomic.Bool   // a frame has come since the last ping
	// askedAt is when the last ping was sent, counted from the server's beginning; 0: none was. The socket's lock guards it.
	askedAt time.Duration
}

// pulses makes the sockets of a server beat, each when it is due. A timer for each would take as much memory as a third of a socket.
type pulses struct {
	server *Server

	mu    sync.Mutex
	line  line
	timer *time.Timer // for the first in line; nil until there is one
}

// line is sockets as package container/heap wants them: the one that is due next is the first.
type line []*Socket

// Len is part of heap.Interface.
func (l line) Len() int { return len(l) }

// Less is part of heap.Interface.
func (l line) Less(i, j int) bool { return l[i].pulse.due < l[j].pulse.due }

// Swap is part of heap.Interface.
func (l line) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].pulse.place, l[j].pulse.place = int32(i+1), int32(j+1)
}

// Push is part of heap.Interface.
func (l *line) Push(x any) {
	if s, ok := x.(*Socket); ok {
		*l = append(*l, s)
		s.pulse.place = int32(len(*l))
	}
}

// Pop is part of heap.Interface.
func (l *line) Pop() any {
	last := len(*l) - 1
	s := (*l)[last]
	(*l)[last], *l = nil, (*l)[:last]
	s.pulse.place = 0
	return s
}

// set lets s beat after a while, and not before.
func (p *pulses) set(s *Socket, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.pulse.due = p.server.age() + after
	if s.pulse.place > 0 {
		heap.Fix(&p.line, int(s.pulse.place-1))
	} else {
		heap.Push(&p.line, s)
	}
	if p.line[0] == s {
		p.wind()
	}
}

// remove lets s beat no more.
func (p *pulses) remove(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.pulse.place == 0 {
		return
	}
	heap.Remove(&p.line, int(s.pulse.place-1))
	if len(p.line) == 0 {
		p.line = nil // a server that had many sockets does not keep their line
		p.timer.Stop()
	}
}

// wind sets the timer for the first in line. The lock is held.
func (p *pulses) wind() {
	wait := p.line[0].pulse.due - p.server.age()
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.beat)
		return
	}
	p.timer.Reset(wait)
}

// beat lets all beat that are due.
func (p *pulses) beat() {
	for s := p.next(); s != nil; s = p.next() {
		s.beat()
	}
}

// next takes a socket that is due out of the line. When none is it winds the timer again.
func (p *pulses) next() *Socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.line) == 0:
		return nil
	case p.line[0].pulse.due > p.server.age():
		p.wind()
		return nil
	}
	s, _ := heap.Pop(&p.line).(*Socket)
	return s
}

// startPulse begins to watch over the client.
func (s *Socket) startPulse() { s.server.pulses.set(s, s.server.config.PingInterval) }

// stopPulse ends it.
func (s *Socket) stopPulse() { s.server.pulses.remove(s) }

// beat pings, or looks whether there was an answer. Any frame is one: what a ping is to find out is whether anybody is there.
func (s *Socket) beat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != phaseOpen {
		return // other deadlines watch over a socket that is closing
	}
	p, c := &s.pulse, &s.server.config
	asked := p.askedAt != 0
	silent, wait := asked && !p.heard.Load(), c.PingInterval
	if silent {
		wait = c.PongTimeout
	}
	switch rest := wait - (s.server.age() - p.askedAt); {
	case asked && rest > 0:
		// Where pongs may take longer than the time between pings, the next ping shall not wait for the former.
		s.server.pulses.set(s, min(rest, c.PingInterval))
	case !silent:
		s.ping()
	case s.dispatching || s.in.timed.Load() || s.out.unsent() > 0:
		// The pong may be behind a message that is being answered or under way, or the ping still among what waits: nobody has looked for
		// it then, or other deadlines watch over these.
		s.server.pulses.set(s, c.PongTimeout)
	default:
		s.closeLocked(ending{CloseSlow, fmt.Sprintf("no pong within %s", c.PongTimeout)})
	}
}

// ping asks whether the client is there. The lock is held.
func (s *Socket) ping() {
	p, c := &s.pulse, &s.server.config
	p.askedAt = max(1, s.server.age())
	p.heard.Store(false)
	s.sendControl(frame(ws.OpPing, nil))
	s.server.pulses.set(s, min(c.PingInterval, c.PongTimeout))
}

// alive notes that the client has sent a frame. It is true for the first one after a ping.
func (s *Socket) alive() bool {
	return !s.pulse.heard.Load() && !s.pulse.heard.Swap(true)
}
