package ws

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// pulse is how the server finds out that a client is gone. It is kept by a timer, not by the reading goroutine's own deadlines: what
// that goroutine does between two messages makes its stack grow, and ten thousand idle sockets keep ten thousand stacks.
type pulse struct {
	timer *time.Timer // nil until start
	// askedAt is when the last ping was sent, counted from the server's beginning; 0: none was. The socket's lock guards it.
	askedAt time.Duration
	heard   atomic.Bool // a frame has come since then
}

// startPulse begins to watch over the client. The lock is held.
func (s *Socket) startPulse() {
	s.pulse.timer = time.AfterFunc(s.server.config.PingInterval, s.beat)
}

// stopPulse ends it.
func (s *Socket) stopPulse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pulse.timer != nil {
		s.pulse.timer.Stop()
	}
}

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
		p.timer.Reset(min(rest, c.PingInterval))
	case !silent:
		s.ping()
	case s.dispatching || s.in.timed.Load() || s.out.unsent() > 0:
		// The pong may be behind a message that is being answered or under way, or the ping still among what waits: nobody has looked for
		// it then, or other deadlines watch over these.
		p.timer.Reset(c.PongTimeout)
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
	p.timer.Reset(min(c.PingInterval, c.PongTimeout))
}

// alive notes that the client has sent a frame. It is true for the first one after a ping.
func (s *Socket) alive() bool {
	return !s.pulse.heard.Load() && !s.pulse.heard.Swap(true)
}
