package ws

import (
	"container/heap"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// keepalive finds out whether the client is still there. One timer of the server serves all
// sockets. A read deadline per socket would grow the stack of its goroutine, and ten thousand idle
// sockets would keep ten thousand grown stacks.
type keepalive struct {
	due   time.Duration // time of the next check, since the server's start; guarded by keepaliveQueue.mu
	index int32         // in keepaliveQueue.heap, from 1; 0: no check; guarded by keepaliveQueue.mu
	heard atomic.Bool   // a frame has arrived since the last ping
	// pingedAt is when the last ping was sent, as a time since the server's start; 0: no ping yet.
	// The socket's lock guards it.
	pingedAt time.Duration
}

// keepaliveQueue checks each socket when it is due. A timer per socket would take a third of the
// socket's memory.
type keepaliveQueue struct {
	server *Server

	mu    sync.Mutex
	heap  keepaliveHeap
	timer *time.Timer // fires when the first socket is due; nil until there is one
}

// keepaliveHeap implements heap.Interface. The socket that is due next is the first.
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

// set sets the time until the next check of s.
func (p *keepaliveQueue) set(s *Socket, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.keepalive.due = p.server.uptime() + after
	if s.keepalive.index > 0 {
		heap.Fix(&p.heap, int(s.keepalive.index-1))
	} else {
		heap.Push(&p.heap, s)
	}
	if p.heap[0] == s {
		p.resetTimer()
	}
}

// remove ends the checks of s.
func (p *keepaliveQueue) remove(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.keepalive.index == 0 {
		return
	}
	heap.Remove(&p.heap, int(s.keepalive.index-1))
	if len(p.heap) == 0 {
		p.heap = nil // frees the memory of a server that had many sockets
		p.timer.Stop()
	}
}

// resetTimer sets the timer for the first socket. The lock is held.
func (p *keepaliveQueue) resetTimer() {
	wait := p.heap[0].keepalive.due - p.server.uptime()
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.check)
		return
	}
	p.timer.Reset(wait)
}

// check checks all sockets that are due.
func (p *keepaliveQueue) check() {
	for s := p.next(); s != nil; s = p.next() {
		s.checkKeepalive()
	}
}

// next removes a due socket from the heap and returns it. If none is due it resets the timer and
// returns nil.
func (p *keepaliveQueue) next() *Socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.heap) == 0:
		return nil
	case p.heap[0].keepalive.due > p.server.uptime():
		p.resetTimer()
		return nil
	}
	s, _ := heap.Pop(&p.heap).(*Socket)
	return s
}

// startKeepalive starts the checks of s.
func (s *Socket) startKeepalive() { s.server.keepalives.set(s, s.server.config.PingInterval) }

// stopKeepalive ends the checks of s.
func (s *Socket) stopKeepalive() { s.server.keepalives.remove(s) }

// checkKeepalive sends a ping, or closes the socket if the client has sent nothing since the last
// ping. Any frame counts, not only a pong.
func (s *Socket) checkKeepalive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != phaseOpen {
		return // other deadlines apply to a closing socket
	}
	p, c := &s.keepalive, &s.server.config
	pinged := p.pingedAt != 0
	silent, wait := pinged && !p.heard.Load(), c.PingInterval
	if silent {
		wait = c.PongTimeout
	}
	switch rest := wait - (s.server.uptime() - p.pingedAt); {
	case pinged && rest > 0:
		// If PongTimeout is longer than PingInterval, the next ping does not wait for the pong of
		// the last.
		s.server.keepalives.set(s, min(rest, c.PingInterval))
	case !silent:
		s.ping()
	case s.dispatching || s.in.timerRunning.Load() || s.queue.pendingBytes() > 0:
		// The pong may be behind a message that is being read or answered, or the ping may still be
		// queued. Other deadlines apply to these.
		s.server.keepalives.set(s, c.PongTimeout)
	default:
		s.closeLocked(closeStatus{CloseSlow, fmt.Sprintf("no pong within %s", c.PongTimeout)})
	}
}

// ping sends a ping. The lock is held.
func (s *Socket) ping() {
	p, c := &s.keepalive, &s.server.config
	p.pingedAt = max(1, s.server.uptime())
	p.heard.Store(false)
	s.sendControl(frame(ws.OpPing, nil))
	s.server.keepalives.set(s, min(c.PingInterval, c.PongTimeout))
}

// markHeard records that a frame has arrived. It returns true for the first frame after a ping.
func (s *Socket) markHeard() bool {
	return !s.keepalive.heard.Load() && !s.keepalive.heard.Swap(true)
}
