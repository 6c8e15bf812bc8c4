package main

import "log/slog"

// fewest is how many connections are taken however few files may be open.
const fewest = 8

// fitFiles lowers the connections that are taken to what this process may have open, and says so.
func (l *limits) fitFiles(log *slog.Logger) {
	limit, known := fileLimit()
	if !known {
		return
	}
	asked := *l
	if l.fit(limit); l.connections != asked.connections || l.handshakes != asked.handshakes {
		log.Warn("fewer connections are taken than was asked for, since this process may have few files open; seg doctor tells more",
			"files", limit, "max-connections", l.connections, "max-handshakes", l.handshakes)
	}
}

// fit lowers the connections to what a process can take that may have limit files open, so that who comes too late is told so, and
// nothing that a server does for those who are there fails for want of a file.
func (l *limits) fit(limit uint64) {
	room := fewest
	if limit > ownFiles+fewest {
		room = int(min(limit-ownFiles, 1<<30))
	}
	if l.connections > 0 && l.connections <= room && l.handshakes <= room-l.connections {
		return
	}
	l.handshakes = min(l.handshakes, max(room/4, fewest/4))
	if left := room - l.handshakes; l.connections == 0 || l.connections > left {
		l.connections = left
	}
}
