package ws

import (
	"net"

	"seg.example/gen/route"
)

// Start makes conn a socket without a handshake, for tests on an in-memory pipe.
func (s *Server) Start(conn net.Conn, caller route.Caller) {
	if socket, refused := s.register(caller, Source{}); refused == nil && s.open(socket) == nil {
		socket.start(conn, nil)
	}
}

// Codes are the error codes that must be the schema's.
func Codes() []string {
	return []string{codeTooLarge, codeRateLimited, codeUnauthorized, codeInvalid, codeInternal}
}
