package ws

import (
	"maps"
	"sync"
)

// Codes in Stats for connections that ended without a status code. Neither is ever sent (RFC 6455,
// 7.4.1).
const (
	// CloseNoStatus: the client sent a close frame without a code.
	CloseNoStatus CloseCode = 1005
	// CloseLost: there was no close frame. The connection broke, was aborted, or its handshake
	// failed.
	CloseLost CloseCode = 1006
)

// Stats counts what the sockets of a Server have done since New. Bytes include frame headers, but
// not handshakes and TLS. Input is counted when a frame is complete, and also while the rest of one
// is awaited.
type Stats struct {
	Open        int               // current connections, including those that are being upgraded or closed
	Opened      uint64            // connections so far
	Ended       map[CloseCode]int // closed connections by the code of the first close frame, whichever side sent it
	QueuedBytes int               // total length of all queues
	FramesIn, FramesOut,
	BytesIn, BytesOut uint64
}

// Stats returns the current counts. It locks each open socket for a moment, so call it every few
// seconds at most.
func (s *Server) Stats() Stats {
	stats := Stats{Ended: s.counts.endings()}
	s.mu.Lock()
	carried := s.closedTraffic
	stats.Opened, stats.Open = s.lastID-s.rejected, len(s.sockets)
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

// traffic counts what a connection has sent and received. Each socket has its own counters: shared
// ones would cost a tenth of the time of a message in cache contention.
type traffic struct {
	framesIn, framesOut, bytesIn, bytesOut uint64
}

func (t *traffic) add(more traffic) {
	t.framesIn += more.framesIn
	t.framesOut += more.framesOut
	t.bytesIn += more.bytesIn
	t.bytesOut += more.bytesOut
}

// noteInput adds new input to the socket's traffic. Only the reading goroutine calls it. The lock
// is held.
func (s *Socket) noteInput() {
	s.traffic.add(s.in.traffic)
	s.in.traffic = traffic{}
}

// counts holds counters of a Server. The zero value is ready to use.
type counts struct {
	mu    sync.Mutex
	ended map[CloseCode]int
}

// end counts a closed connection.
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

// load returns the length of the queue and the traffic of s.
func (s *Socket) load() (queued int, carried traffic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.pendingBytes(), s.traffic
}

// endCode returns the code with which s has ended.
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

// countEnd counts and logs the end of s.
func (s *Socket) countEnd() {
	code := s.endCode()
	s.server.counts.end(code)
	if !s.refused {
		s.server.config.Log.Debug("connection closed", "conn", s.ID(), "client", s.ClientID(), "code", code)
	}
}
