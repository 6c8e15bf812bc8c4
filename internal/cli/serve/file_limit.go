package serve

import (
	"log/slog"

	"seg.example/internal/fdlimit"
)

// ReservedFiles is what a server has open beside connections: database, log, listeners, what the runtime needs.
const ReservedFiles = 64

// minConnections is how many connections are taken however few files may be open.
const minConnections = 8

// fitFileLimit lowers the connections that are taken to what this process may have open, and says so.
func (l *Limits) fitFileLimit(log *slog.Logger) {
	limit, known := fdlimit.Get()
	if !known {
		return
	}
	asked := *l
	if l.fit(limit); l.MaxConnections != asked.MaxConnections || l.MaxHandshakes != asked.MaxHandshakes {
		log.Warn("fewer connections are taken than was asked for, since this process may have few files open; seg doctor tells more",
			"files", limit, "max-connections", l.MaxConnections, "max-handshakes", l.MaxHandshakes)
	}
}

// fit lowers the connections to what a process can take that may have limit files open, so that who comes too late is told so, and
// nothing that a server does for those who are there fails for want of a file.
func (l *Limits) fit(limit uint64) {
	room := minConnections
	if limit > ReservedFiles+minConnections {
		room = int(min(limit-ReservedFiles, 1<<30))
	}
	if l.MaxConnections > 0 && l.MaxConnections <= room && l.MaxHandshakes <= room-l.MaxConnections {
		return
	}
	l.MaxHandshakes = min(l.MaxHandshakes, max(room/4, minConnections/4))
	if left := room - l.MaxHandshakes; l.MaxConnections == 0 || l.MaxConnections > left {
		l.MaxConnections = left
	}
}
