package ws

import (
	"maps"
	"sync"
)

// Codes under which Stats counts connections that had no status code to end with. Neither is ever sent (RFC 6455, 7.4.1).
const (
	// CloseNoStatus: the client took leave with a close frame that gave no code.
	CloseNoStatus CloseCode = 1005
	// CloseLost: there was no close frame; the connection broke, was cut off, or never got through its handshake.
	CloseLost CloseCode = 1006
)

// Stats is what the sockets of a Server have done since it was made. Bytes are those on the wire, headers of frames included; those
// of the handshake and of TLS are not counted. What comes in is counted when it makes a frame, or half of one that is waited for.
type Stats struct {
	Open        int               // connections now, those being upgraded or closed too
	Opened      uint64            // connections so far
	Ended       map[CloseCode]int // connections that are no more, by the code they ended with, whichever side gave it
	QueuedBytes int               // what waits to be written to all sockets together
	FramesIn, FramesOut,
	BytesIn, BytesOut uint64
}

// Stats counts. It looks at every open socket, briefly: it is for whoever asks every few seconds.
func (s *Server) Stats() Stats {
	stats := Stats{Ended: s.counts.endings()}
	s.mu.Lock()
	carried := s.carried
	stats.Opened, stats.Open = s.number-s.unwanted, len(s.sockets)
	sockets := make([]*Socket, 0, len(s.sockets))
	for socket := range s.sockets {
		sockets = append(sockets, socket)
	}
	s.mu.Unlock()
	for _, socket := range sockets {
		queued, t := socket.load()
		stats.QueuedBytes += queued
		carried.add(t)
	}
	stats.FramesIn, stats.FramesOut, stats.BytesIn, stats.BytesOut = carried.framesIn, carried.framesOut, carried.bytesIn, carried.bytesOut
	return stats
}

// traffic is what has gone over a connection. Each socket counts its own: counters that all share would be fought over by the
// processors, at a tenth of the cost of a message.
type traffic struct {
	framesIn, framesOut, bytesIn, bytesOut uint64
}

func (t *traffic) add(more traffic) {
	t.framesIn += more.framesIn
	t.framesOut += more.framesOut
	t.bytesIn += more.bytesIn
	t.bytesOut += more.bytesOut
}

// noteInput adds what has come in to what the socket has carried. Only the reading goroutine calls it. The lock is held.
func (s *Socket) noteInput() {
	s.traffic.add(s.in.traffic)
	s.in.traffic = traffic{}
}

// counts is what a Server counts as it goes. The zero value is ready to use.
type counts struct {
	mu    sync.Mutex
	ended map[CloseCode]int
}

// end counts a connection that is no more.
func (c *counts) end(code CloseCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		c.ended = map[CloseCode]int{}
	}
	c.ended[code]++
}

func (c *counts) endings() map[CloseCode]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.ended)
}

// load returns how many bytes wait to be written to s, and what it has carried.
func (s *Socket) load() (queued int, carried traffic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.pendingBytes(), s.traffic
}

// endCode returns the code that s has ended with.
func (s *Socket) endCode() CloseCode {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closeReason == closeStatus{}:
		return CloseLost
	case s.closeReason.code == noCode:
		return CloseNoStatus
	}
	return s.closeReason.code
}

// countEnd counts and logs that s is no more.
func (s *Socket) countEnd() {
	code := s.endCode()
	s.server.counts.end(code)
	if !s.refused {
		s.server.config.Log.Debug("connection closed", "conn", s.ID(), "client", s.ClientID(), "code", code)
	}
}
