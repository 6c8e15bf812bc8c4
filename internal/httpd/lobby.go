package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"sync"

	"seg.example/internal/ws"
)

// lobby knows the connections that have not become WebSocket connections: those that are new, are sending a request or being
// answered, and those that are kept for another request. There is room for so many; who comes beyond is turned away unheard.
type lobby struct {
	room    int
	proxies []netip.Prefix

	mu      sync.Mutex
	guests  map[net.Conn]ws.Source
	sources map[ws.Source]int
}

func newLobby(room int, proxies []netip.Prefix) *lobby {
	return &lobby{room: room, proxies: proxies, guests: map[net.Conn]ws.Source{}, sources: map[ws.Source]int{}}
}

// watch is an http.Server's ConnState.
func (l *lobby) watch(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !l.enter(conn) {
			// The server finds it closed. Whether that took an error makes no difference to anybody.
			_ = conn.Close()
		}
	case http.StateHijacked, http.StateClosed:
		l.leave(conn)
	case http.StateActive, http.StateIdle:
	}
}

// enter tells whether there is room for conn. One source gets a quarter of the room at most, so that nobody can fill it alone;
// a proxy speaks for many, and may.
func (l *lobby) enter(conn net.Conn) bool {
	address := conn.RemoteAddr().String()
	from, limit := ws.SourceOf(address), max(1, l.room/4)
	if contains(l.proxies, address) {
		limit = l.room
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.guests) >= l.room || l.sources[from] >= limit {
		return false
	}
	l.guests[conn] = from
	l.sources[from]++
	return true
}

func (l *lobby) leave(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from, inside := l.guests[conn]
	if !inside {
		return
	}
	delete(l.guests, conn)
	if l.sources[from]--; l.sources[from] == 0 {
		delete(l.sources, from)
	}
}
