package serve

import (
	"log/slog"

	"seg.example/internal/fdlimit"
)

// ReservedFiles is the number of files that a server has open besides connections: the database,
// the log, listeners, and files of the runtime.
const ReservedFiles = 64

// minConnections is the number of connections that a server accepts even if fewer files may be
// open.
const minConnections = 8

// fitFileLimit lowers the maximum number of connections to the file limit of the process, and logs
// a warning if it does.
func (l *Limits) fitFileLimit(log *slog.Logger) {
	limit, known := fdlimit.Get()
	if !known {
		return
	}
	asked := *l
	if l.fit(limit); l.MaxConnections != asked.MaxConnections || l.MaxHandshakes != asked.MaxHandshakes {
		log.Warn("connection limits lowered to the limit of open files; seg doctor shows details",
			"files", limit, "max-connections", l.MaxConnections, "max-handshakes", l.MaxHandshakes)
	}
}

// fit lowers the maximum number of connections and handshakes so that a process that may have limit
// files open never runs out of files. A client beyond the maximum then gets a clear refusal.
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
