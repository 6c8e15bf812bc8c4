package ws

import (
	"net"

	"seg.example/gen/route"
)

// Start makes conn a socket without a handshake, for tests on an in-memory pipe.
func (s *Server) Start(conn net.Conn, caller route.Caller) {
	if socket := s.register(caller); socket != nil {
		s.config.Opened(socket)
		socket.start(conn, nil)
	}
}

// CodeTooLarge is the error code that must be one of the schema's.
const CodeTooLarge = codeTooLarge
