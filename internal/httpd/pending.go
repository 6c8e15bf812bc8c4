package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"sync"

	"seg.example/internal/ws"
)

// pendingConns limits the connections that are not WebSocket connections: new ones, those sending a
// request or receiving an answer, and idle keep-alive connections. Connections beyond the limit are
// closed before anything is read from them.
type pendingConns struct {
	limit    int
	proxies  []netip.Prefix
	refusals *refusalLog

	mu        sync.Mutex
	closed    bool
	conns     map[net.Conn]*pendingConn
	perSource map[ws.ClientNet]int
}

// pendingConn is one of the connections.
type pendingConn struct {
	source ws.ClientNet
	heard  bool // it has begun to send a request
}

func newPendingConns(limit int, proxies []netip.Prefix, refusals *refusalLog) *pendingConns {
	return &pendingConns{
		limit: limit, proxies: proxies, refusals: refusals,
		conns: map[net.Conn]*pendingConn{}, perSource: map[ws.ClientNet]int{},
	}
}

// connState is the ConnState of an http.Server.
func (p *pendingConns) connState(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !p.tryAdd(conn) {
			_ = conn.Close() // the server finds the connection closed; an error changes nothing
		}
	case http.StateHijacked, http.StateClosed:
		p.remove(conn)
	case http.StateActive:
		p.markHeard(conn)
	case http.StateIdle:
	}
}

// tryAdd adds conn and reports whether it is below the limits. One source gets at most a quarter of
// the limit, so that no single client can use it up. A trusted proxy gets all of it: it serves many
// clients.
func (p *pendingConns) tryAdd(conn net.Conn) bool {
	address := conn.RemoteAddr().String()
	source, limit := ws.ClientNetOf(address), max(1, p.limit/4)
	if containsAddr(p.proxies, address) {
		limit = p.limit
	}
	added, full := p.add(conn, source, limit)
	if full {
		p.refusals.record(reasonHandshakesFull, source.String())
	}
	return added
}

func (p *pendingConns) add(conn net.Conn, source ws.ClientNet, sourceLimit int) (added, full bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false, false
	}
	if len(p.conns) >= p.limit || p.perSource[source] >= sourceLimit {
		return false, true
	}
	p.conns[conn] = &pendingConn{source: source}
	p.perSource[source]++
	return true, false
}

func (p *pendingConns) markHeard(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.conns[conn]; c != nil {
		c.heard = true
	}
}

func (p *pendingConns) remove(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.conns[conn]
	if c == nil {
		return
	}
	delete(p.conns, conn)
	if p.perSource[c.source]--; p.perSource[c.source] == 0 {
		delete(p.perSource, c.source)
	}
}

// close refuses new connections and closes those that have not sent anything. Browsers open some in
// advance, and http.Server.Shutdown would wait five seconds for each.
func (p *pendingConns) close() {
	for _, conn := range p.refuseNew() {
		_ = conn.Close() // as in connState
	}
}

// refuseNew makes add refuse and returns the connections that have not sent anything.
func (p *pendingConns) refuseNew() (silent []net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for conn, c := range p.conns {
		if !c.heard {
			silent = append(silent, conn)
		}
	}
	return silent
}
