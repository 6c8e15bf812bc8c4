package ws

import (
	"container/heap"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// keepalive is how the server finds out that a client is gone. It is kept by the server's clock, not by the reading goroutine's own
// deadlines: what that goroutine does between two messages makes its stack grow, and ten thousand idle sockets keep ten thousand
// stacks.
type keepalive struct {
	due   time.Duration // when it beats, counted from the server's beginning; pulses.mu guards it
	index int32         // in pulses.line, counted from 1; 0: it does not beat; pulses.mu guards it, too
	heard atomic.Bool   // a frame has come since the last ping
	// askedAt is when the last ping was sent, counted from the server's beginning; 0: none was. The socket's lock guards it.
	askedAt time.Duration
}

// keepaliveQueue makes the sockets of a server beat, each when it is due. A timer for each would take as much memory as a third of a socket.
type keepaliveQueue struct {
	server *Server

	mu    sync.Mutex
	heap  keepaliveHeap
	timer *time.Timer // for the first in line; nil until there is one
}

// keepaliveHeap is sockets as package container/heap wants them: the one that is due next is the first.
type keepaliveHeap []*Socket

// Len is part of heap.Interface.
func (l keepaliveHeap) Len() int { return len(l) }

// Less is part of heap.Interface.
func (l keepaliveHeap) Less(i, j int) bool { return l[i].keepalive.due < l[j].keepalive.due }

// Swap is part of heap.Interface.
func (l keepaliveHeap) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].keepalive.index, l[j].keepalive.index = int32(i+1), int32(j+1)
}

// Push is part of heap.Interface.
func (l *keepaliveHeap) Push(x any) {
	if s, ok := x.(*Socket); ok {
		*l = append(*l, s)
		s.keepalive.index = int32(len(*l))
	}
}

// Pop is part of heap.Interface.
func (l *keepaliveHeap) Pop() any {
	last := len(*l) - 1
	s := (*l)[last]
	(*l)[last], *l = nil, (*l)[:last]
	s.keepalive.index = 0
	return s
}

// set lets s beat after a while, and not before.
func (p *keepaliveQueue) set(s *Socket, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.keepalive.due = p.server.age() + after
	if s.keepalive.index > 0 {
		heap.Fix(&p.heap, int(s.keepalive.index-1))
	} else {
		heap.Push(&p.heap, s)
	}
	if p.heap[0] == s {
		p.resetTimer()
	}
}

// remove lets s beat no more.
func (p *keepaliveQueue) remove(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.keepalive.index == 0 {
		return
	}
	heap.Remove(&p.heap, int(s.keepalive.index-1))
	if len(p.heap) == 0 {
		p.heap = nil // a server that had many sockets does not keep their line
		p.timer.Stop()
	}
}

// resetTimer sets the timer for the first in line. The lock is held.
func (p *keepaliveQueue) resetTimer() {
	wait := p.heap[0].keepalive.due - p.server.age()
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.check)
		return
	}
	p.timer.Reset(wait)
}

// check lets all beat that are due.
func (p *keepaliveQueue) check() {
	for s := p.next(); s != nil; s = p.next() {
		s.checkKeepalive()
	}
}

// next takes a socket that is due out of the line. When none is it winds the timer again.
func (p *keepaliveQueue) next() *Socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.heap) == 0:
		return nil
	case p.heap[0].keepalive.due > p.server.age():
		p.resetTimer()
		return nil
	}
	s, _ := heap.Pop(&p.heap).(*Socket)
	return s
}

// startKeepalive begins to watch over the client.
func (s *Socket) startKeepalive() { s.server.keepalives.set(s, s.server.config.PingInterval) }

// stopKeepalive ends it.
func (s *Socket) stopKeepalive() { s.server.keepalives.remove(s) }

// checkKeepalive pings, or looks whether there was an answer. Any frame is one: what a ping is to find out is whether anybody is there.
func (s *Socket) checkKeepalive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != phaseOpen {
		return // other deadlines watch over a socket that is closing
	}
	p, c := &s.keepalive, &s.server.config
	asked := p.askedAt != 0
	silent, wait := asked && !p.heard.Load(), c.PingInterval
	if silent {
		wait = c.PongTimeout
	}
	switch rest := wait - (s.server.age() - p.askedAt); {
	case asked && rest > 0:
		// Where pongs may take longer than the time between pings, the next ping shall not wait for the former.
		s.server.keepalives.set(s, min(rest, c.PingInterval))
	case !silent:
		s.ping()
	case s.dispatching || s.in.timed.Load() || s.queue.pendingBytes() > 0:
		// The pong may be behind a message that is being answered or under way, or the ping still among what waits: nobody has looked for
		// it then, or other deadlines watch over these.
		s.server.keepalives.set(s, c.PongTimeout)
	default:
		s.closeLocked(closeStatus{CloseSlow, fmt.Sprintf("no pong within %s", c.PongTimeout)})
	}
}

// ping asks whether the client is there. The lock is held.
func (s *Socket) ping() {
	p, c := &s.keepalive, &s.server.config
	p.askedAt = max(1, s.server.age())
	p.heard.Store(false)
	s.sendControl(frame(ws.OpPing, nil))
	s.server.keepalives.set(s, min(c.PingInterval, c.PongTimeout))
}

// alive notes that the client has sent a frame. It is true for the first one after a ping.
func (s *Socket) alive() bool {
	return !s.keepalive.heard.Load() && !s.keepalive.heard.Swap(true)
}
