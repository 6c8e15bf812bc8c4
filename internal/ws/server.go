package ws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"seg.example/gen/route"
)

// Dispatcher answers messages. DispatchInto gets one whole text message, which need not be JSON and
// is valid until it returns. It returns the texts to send back to the same socket, in order. The
// texts are copied or sent before the next message is read, so they may be stored in scratch,
// between its length and its capacity, which may be 0. DispatchInto is called concurrently for
// different sockets. For one socket it is called once at a time, in the order of arrival. caller
// belongs to the socket for its whole life; DispatchInto may change only its field Trusted.
type Dispatcher interface {
	DispatchInto(ctx context.Context, caller *route.Caller, frame, scratch []byte) [][]byte
}

// sendBuffer is the size of the kernel's send buffer of a socket, in bytes. By default it grows to
// megabytes if the client does not read.
const sendBuffer = 64 << 10

// Server upgrades requests and owns the sockets that result.
type Server struct {
	dispatcher Dispatcher
	config     Config
	began      time.Time
	base       context.Context //nolint:containedctx // the context of sockets, which outlive their requests
	stop       context.CancelFunc
	writers    writers
	keepalives keepaliveQueue
	batches    sync.Pool // *writeBatch
	queues     sync.Pool // *queue, empty
	buffers    sync.Pool // *buffer, empty
	messages   sync.Pool // *[]byte, for messages that do not fit into a buffer
	counts     counts

	mu            sync.Mutex
	lastID        uint64
	rejected      uint64               // sockets that Config.Opened has refused
	closedTraffic traffic              // of closed sockets
	sockets       map[*Socket]struct{} // including those that are being upgraded
	perNet        map[ClientNet]int    // number of sockets by client network
	draining      bool                 // Shutdown was called
	empty         chan struct{}        // closed when draining and no socket is left
}

// New returns a server that passes messages to d within the limits of c.
func New(d Dispatcher, c Config) *Server {
	base, stop := context.WithCancel(context.Background())
	s := &Server{
		dispatcher: d,
		config:     c.WithDefaults(),
		began:      now(),
		base:       base,
		stop:       stop,
		batches:    sync.Pool{New: func() any { return newWriteBatch() }},
		queues:     sync.Pool{New: func() any { return new(queue) }},
		buffers:    sync.Pool{New: func() any { return new(buffer) }},
		messages:   sync.Pool{New: func() any { return new([]byte) }},
		sockets:    map[*Socket]struct{}{},
		perNet:     map[ClientNet]int{},
		empty:      make(chan struct{}),
	}
	s.keepalives.server = s
	return s
}

// uptime returns the time since the server's start. It takes a third of the memory of a time.Time.
func (s *Server) uptime() time.Duration { return now().Sub(s.began) }

// Check returns nil if Upgrade would accept r, otherwise a *Refused. It writes nothing.
func (s *Server) Check(r *http.Request) error {
	if refused := checkUpgrade(r); refused != nil {
		return refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.checkCapacity(ClientNetOf(r.RemoteAddr)); refused != nil {
		return refused
	}
	return nil
}

// Upgrade turns r's connection into a socket of caller, sets caller.Conn, and returns. The socket
// counts for the ClientNet of r.RemoteAddr. After a *Refused or an error of Config.Opened nothing
// was written, and the caller must answer the request; after any other error the connection is
// lost.
func (s *Server) Upgrade(w http.ResponseWriter, r *http.Request, caller route.Caller) error {
	return s.UpgradeWith(w, r, caller, s.config.Opened)
}

// UpgradeWith is like Upgrade, with opened instead of Config.Opened.
func (s *Server) UpgradeWith(w http.ResponseWriter, r *http.Request, caller route.Caller, opened func(*Socket) error) error {
	if refused := checkUpgrade(r); refused != nil {
		return refused
	}
	socket, refused := s.register(caller, ClientNetOf(r.RemoteAddr))
	if refused != nil {
		return refused
	}
	if err := s.open(socket, opened); err != nil {
		return err
	}
	started := false
	defer func() {
		if !started {
			socket.end()
		}
	}()
	conn, early, err := s.hijack(w, r)
	if err != nil {
		return err
	}
	started = true
	socket.start(conn, early)
	return nil
}

// Refuse completes the WebSocket handshake of r and closes the connection at once with a code and a
// reason. A script in a browser sees these, but not an HTTP status. The socket counts for limits
// and Stats until it has ended, but is not passed to Config.Opened and Config.Closed and not
// logged. Its input is ignored. The errors are those of Upgrade.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, code CloseCode, reason string) error {
	return s.RefuseWith(w, r, code, reason, func(*Socket) {})
}

// RefuseWith is like Refuse, and calls prepare before it closes the socket. prepare may call
// AnnounceClose.
func (s *Server) RefuseWith(w http.ResponseWriter, r *http.Request, code CloseCode, reason string, prepare func(*Socket)) error {
	return s.UpgradeWith(w, r, route.Caller{}, func(socket *Socket) error {
		prepare(socket)
		socket.refuse(closeStatus{code, reason})
		return nil
	})
}

// register creates a socket, or returns why the limits do not allow one more.
func (s *Server) register(caller route.Caller, from ClientNet) (*Socket, *Refused) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.checkCapacity(from); refused != nil {
		return nil, refused
	}
	s.lastID++
	caller.Conn = s.lastID
	socket := &Socket{server: s, caller: caller, clientNet: from, queue: writeQueue{corked: true}}
	s.sockets[socket] = struct{}{}
	s.perNet[from]++
	return socket, nil
}

// checkCapacity returns nil if the limits allow one more socket, otherwise why not. The lock is
// held.
func (s *Server) checkCapacity(from ClientNet) *Refused {
	switch {
	case s.draining:
		return &Refused{http.StatusServiceUnavailable, codeInternal, restarting, http.Header{"Retry-After": {"1"}}}
	case exceeds(len(s.sockets)+1, s.config.MaxSockets):
		return overLimit(http.StatusServiceUnavailable, "the server has as many connections as it can take")
	case exceeds(s.perNet[from]+1, s.config.MaxPerSource):
		return overLimit(http.StatusTooManyRequests, "too many connections from your address")
	}
	return nil
}

func overLimit(status int, text string) *Refused {
	return &Refused{status, codeRateLimited, text, http.Header{"Retry-After": {strconv.Itoa(int(retryAfter.Seconds()))}}}
}

// open calls opened and removes the socket if it fails.
func (s *Server) open(socket *Socket, opened func(*Socket) error) error {
	accepted := false
	defer func() {
		if !accepted {
			socket.abort()
			s.remove(socket)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.rejected++
		}
	}()
	if err := opened(socket); err != nil {
		return err
	}
	accepted = true
	return nil
}

// hijack answers 101 and returns the connection with what the client sent right after its request.
func (s *Server) hijack(w http.ResponseWriter, r *http.Request) (net.Conn, []byte, error) {
	// checkUpgrade has found these tokens. The upgrader would look at the first line of each header
	// only.
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	conn, rw, _, err := ws.HTTPUpgrader{Timeout: s.config.WriteTimeout}.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			err = errors.Join(err, conn.Close())
		}
		return nil, nil, fmt.Errorf("upgrade to WebSocket: %w", err)
	}
	// A client may send its first message before it gets the answer. net/http may have read it.
	early, err := rw.Peek(rw.Reader.Buffered())
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("take over what was sent behind the handshake: %w", err), conn.Close())
	}
	shrinkSendBuffer(conn)
	return conn, slices.Clone(early), nil
}

// shrinkSendBuffer limits the kernel's send buffer of conn, also if conn is TLS over TCP. A failure
// is ignored: the connection then works with the default size.
func shrinkSendBuffer(conn net.Conn) {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = wrapped.NetConn()
	}
	if tcp, ok := conn.(interface{ SetWriteBuffer(size int) error }); ok {
		_ = tcp.SetWriteBuffer(sendBuffer)
	}
}

// Draining reports whether Shutdown was called. No request is upgraded after that.
func (s *Server) Draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// restarting is the close reason during Shutdown.
const restarting = "server is restarting"

// Shutdown closes every socket with CloseRestart, after the running Dispatch was answered and the
// queued frames were sent. From now on no request is upgraded. A client that does not read is
// dropped after half of the time that ctx leaves. Shutdown returns nil when all sockets have ended.
// If ctx ends first, because a Dispatch takes too long, Shutdown aborts the remaining sockets,
// cancels the context of their Dispatch, and returns an error that wraps that of ctx. It may be
// called again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.draining {
		s.draining = true
		s.closeIfEmpty()
	}
	sockets := slices.Collect(maps.Keys(s.sockets))
	s.mu.Unlock()
	for _, socket := range sockets {
		if deadline, bounded := ctx.Deadline(); bounded {
			socket.setMaxFlush(max(deadline.Sub(now())/2, time.Millisecond))
		}
		socket.Close(CloseRestart, restarting)
	}
	defer s.stop()
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	sockets = slices.Collect(maps.Keys(s.sockets))
	s.mu.Unlock()
	for _, socket := range sockets {
		socket.abort()
	}
	if len(sockets) == 0 {
		return nil
	}
	return fmt.Errorf("%d sockets were cut off: %w", len(sockets), context.Cause(ctx))
}

// remove forgets a socket that has ended. It is called once per socket.
func (s *Server) remove(socket *Socket) {
	_, carried := socket.load()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closedTraffic.add(carried)
	delete(s.sockets, socket)
	if s.perNet[socket.clientNet]--; s.perNet[socket.clientNet] == 0 {
		delete(s.perNet, socket.clientNet)
	}
	s.closeIfEmpty()
}

// closeIfEmpty wakes Shutdown if no socket is left. No socket can be added after that. The lock is
// held.
func (s *Server) closeIfEmpty() {
	if s.draining && len(s.sockets) == 0 {
		close(s.empty)
	}
}
