package ws

import (
	"net"

	"seg.example/gen/route"
)

// Start makes conn a socket without a handshake, for tests with an in-memory pipe.
func (s *Server) Start(conn net.Conn, caller route.Caller) {
	if socket, refused := s.register(caller, ClientNet{}); refused == nil && s.open(socket, s.config.Opened) == nil {
		socket.start(conn, nil)
	}
}

// Codes returns the error codes that must equal the schema's.
func Codes() []string {
	return []string{codeTooLarge, codeRateLimited, codeUnauthorized, codeInvalid, codeInternal}
}

// Waits reports whether a goroutine of the socket waits for its client to read.
func Waits(s *Socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.waiting
}

// Batches fills a writeBatch with one batch after the other and returns what it would write. After
// each it replaces the first byte of the batch's buffer by X, which shows whether the buffer is
// used again.
func Batches(batches [][][]byte) (texts []string) {
	p := newWriteBatch()
	for _, frames := range batches {
		p.fill(frames, sizeOf(frames))
		texts = append(texts, string(p.data))
		if len(frames) > 1 {
			p.buf[0] = 'X'
		}
	}
	return texts
}

// KeepaliveCount returns the number of sockets in the keepalive queue.
func (s *Server) KeepaliveCount() int {
	s.keepalives.mu.Lock()
	defer s.keepalives.mu.Unlock()
	return len(s.keepalives.heap)
}
