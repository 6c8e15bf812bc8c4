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
	turned  *turned

	mu      sync.Mutex
	closed  bool
	guests  map[net.Conn]*guest
	sources map[ws.ClientNet]int
}

// guest is a connection in the lobby.
type guest struct {
	from  ws.ClientNet
	heard bool // it has sent a request
}

func newLobby(room int, proxies []netip.Prefix, t *turned) *lobby {
	return &lobby{room: room, proxies: proxies, turned: t, guests: map[net.Conn]*guest{}, sources: map[ws.ClientNet]int{}}
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
	case http.StateActive:
		l.hear(conn)
	case http.StateIdle:
	}
}

// enter tells whether there is room for conn. One source gets a quarter of the room at most, so that nobody can fill it alone;
// a proxy speaks for many, and may.
func (l *lobby) enter(conn net.Conn) bool {
	address := conn.RemoteAddr().String()
	from, limit := ws.ClientNetOf(address), max(1, l.room/4)
	if contains(l.proxies, address) {
		limit = l.room
	}
	entered, full := l.admit(conn, from, limit)
	if full {
		l.turned.note(lobbyFull, from.String())
	}
	return entered
}

func (l *lobby) admit(conn net.Conn, from ws.ClientNet, limit int) (entered, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false, false
	}
	if len(l.guests) >= l.room || l.sources[from] >= limit {
		return false, true
	}
	l.guests[conn] = &guest{from: from}
	l.sources[from]++
	return true, false
}

func (l *lobby) hear(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.guests[conn]; g != nil {
		g.heard = true
	}
}

func (l *lobby) leave(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.guests[conn]
	if g == nil {
		return
	}
	delete(l.guests, conn)
	if l.sources[g.from]--; l.sources[g.from] == 0 {
		delete(l.sources, g.from)
	}
}

// close lets nobody in any more and closes the connections that have not sent a request. http.Server's Shutdown would give each of
// them five seconds, and browsers open some to have them at hand.
func (l *lobby) close() {
	for _, conn := range l.unheard() {
		_ = conn.Close() // as in watch
	}
}

func (l *lobby) unheard() []net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	var conns []net.Conn
	for conn, g := range l.guests {
		if !g.heard {
			conns = append(conns, conn)
		}
	}
	return conns
}
