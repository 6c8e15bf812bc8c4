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

// Dispatcher answers messages. DispatchInto gets one whole text message (not yet known to be JSON), valid until it returns, and returns
// the texts to send back to the same socket, in order. They are copied or sent before anything else happens to the socket, so they may
// lie in room, behind its length and up to its capacity, of which there may be none. It is called from many goroutines, but for one
// socket from one at a time, in the order of arrival. caller is the socket's own for its whole life; of its fields DispatchInto may
// change Trusted.
type Dispatcher interface {
	DispatchInto(ctx context.Context, caller *route.Caller, frame, room []byte) [][]byte
}

// sendBuffer is what the kernel may hold for a socket that does not read, in bytes. Left alone it takes megabytes for each.
const sendBuffer = 64 << 10

// Server upgrades requests and owns the sockets that come of it.
type Server struct {
	dispatcher Dispatcher
	config     Config
	began      time.Time
	base       context.Context //nolint:containedctx // sockets outlive the requests that opened them; this is their context
	stop       context.CancelFunc
	writers    writers
	keepalives keepaliveQueue
	batches    sync.Pool // *writeBatch
	queues     sync.Pool // *queue, empty
	buffers    sync.Pool // *buffer, empty
	messages   sync.Pool // *[]byte: messages that do not fit into a buffer
	counts     counts

	mu       sync.Mutex
	number   uint64
	unwanted uint64               // sockets that Config.Opened has refused
	carried  traffic              // of sockets that are no more
	sockets  map[*Socket]struct{} // those being upgraded too
	sources  map[ClientNet]int    // how many of them come from where
	draining bool                 // Shutdown has begun
	empty    chan struct{}        // closed when it has and no socket is left
}

// New returns a server that hands messages to d within the limits of c.
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
		sources:    map[ClientNet]int{},
		empty:      make(chan struct{}),
	}
	s.keepalives.server = s
	return s
}

// age returns how long the server has been there: a moment in a third of the memory that a time.Time takes.
func (s *Server) age() time.Duration { return now().Sub(s.began) }

// Check tells whether Upgrade would take r; the error is then nil, otherwise a *Refused. Nothing is written.
func (s *Server) Check(r *http.Request) error {
	if refused := checkUpgrade(r); refused != nil {
		return refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.room(ClientNetOf(r.RemoteAddr)); refused != nil {
		return refused
	}
	return nil
}

// Upgrade makes r's connection a socket of caller, whose Conn it fills in, and returns; the socket lives on by itself. It counts
// under the Source of r.RemoteAddr. With a *Refused or an error of Config.Opened nothing was written and the caller still has to
// answer; with any other error the connection is lost.
func (s *Server) Upgrade(w http.ResponseWriter, r *http.Request, caller route.Caller) error {
	return s.UpgradeWith(w, r, caller, s.config.Opened)
}

// UpgradeWith is Upgrade with opened in the place of Config.Opened, for whoever has more to say of this one socket.
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

// Refuse makes r's connection a WebSocket and closes it at once, with a code and a reason: a script in a browser sees those, and nothing
// of an answer in HTTP. The socket has its place within the limits and among the Stats until it has ended, but neither Config.Opened nor
// Config.Closed nor the log is told of it, and nothing that its client sends is looked at. The errors are those of Upgrade.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, code CloseCode, reason string) error {
	return s.RefuseWith(w, r, code, reason, func(*Socket) {})
}

// RefuseWith is Refuse; prepare is called with the socket before it is closed, and may call AnnounceClose.
func (s *Server) RefuseWith(w http.ResponseWriter, r *http.Request, code CloseCode, reason string, prepare func(*Socket)) error {
	return s.UpgradeWith(w, r, route.Caller{}, func(socket *Socket) error {
		prepare(socket)
		socket.refuse(closeStatus{code, reason})
		return nil
	})
}

// register makes a socket that Shutdown knows of, if there is room for it.
func (s *Server) register(caller route.Caller, from ClientNet) (*Socket, *Refused) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.room(from); refused != nil {
		return nil, refused
	}
	s.number++
	caller.Conn = s.number
	socket := &Socket{server: s, caller: caller, source: from, queue: writeQueue{held: true}}
	s.sockets[socket] = struct{}{}
	s.sources[from]++
	return socket, nil
}

// room tells whether there is room for one more socket; if not, why. The lock is held.
func (s *Server) room(from ClientNet) *Refused {
	switch {
	case s.draining:
		return &Refused{http.StatusServiceUnavailable, codeInternal, restarting, http.Header{"Retry-After": {"1"}}}
	case exceeds(len(s.sockets)+1, s.config.MaxSockets):
		return noRoom(http.StatusServiceUnavailable, "the server has as many connections as it can take")
	case exceeds(s.sources[from]+1, s.config.MaxPerSource):
		return noRoom(http.StatusTooManyRequests, "too many connections from your address")
	}
	return nil
}

func noRoom(status int, text string) *Refused {
	return &Refused{status, codeRateLimited, text, http.Header{"Retry-After": {strconv.Itoa(int(retryAfter.Seconds()))}}}
}

// open asks opened whether socket may live. If not, it is forgotten.
func (s *Server) open(socket *Socket, opened func(*Socket) error) error {
	welcome := false
	defer func() {
		if !welcome {
			socket.abort()
			s.remove(socket)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.unwanted++
		}
	}()
	if err := opened(socket); err != nil {
		return err
	}
	welcome = true
	return nil
}

// hijack answers 101 and returns the connection with what the client has sent behind its request.
func (s *Server) hijack(w http.ResponseWriter, r *http.Request) (net.Conn, []byte, error) {
	// Both are lists and have been found to hold these; the upgrader looks at the first line only.
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	conn, rw, _, err := ws.HTTPUpgrader{Timeout: s.config.WriteTimeout}.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			err = errors.Join(err, conn.Close())
		}
		return nil, nil, fmt.Errorf("upgrade to WebSocket: %w", err)
	}
	// A client may send its first message without waiting for the answer; net/http has read it already.
	early, err := rw.Peek(rw.Reader.Buffered())
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("take over what was sent behind the handshake: %w", err), conn.Close())
	}
	shrinkSendBuffer(conn)
	return conn, slices.Clone(early), nil
}

// shrinkSendBuffer bounds what the kernel queues for conn, also where conn is TLS over TCP. A connection that is neither has no
// such buffer; one that refuses works all the same, with the kernel's own bound.
func shrinkSendBuffer(conn net.Conn) {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = wrapped.NetConn()
	}
	if tcp, ok := conn.(interface{ SetWriteBuffer(size int) error }); ok {
		_ = tcp.SetWriteBuffer(sendBuffer)
	}
}

// Draining tells whether Shutdown has been called: no request is upgraded any more.
func (s *Server) Draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// restarting is the reason that clients see when the server goes down.
const restarting = "server is restarting"

// Shutdown ends every socket: what is being dispatched is finished and answered, what is queued is sent, then CloseRestart. No
// request is upgraded from now on. A client that does not read gets half of the time that ctx leaves, then it is dropped. Shutdown
// returns nil once all have ended; when ctx is done first, because a Dispatch takes too long, the rest is cut off, the context of
// their Dispatch cancelled, and the error wraps ctx's. It may be called again.
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

// remove forgets a socket that has ended; it is called once for each.
func (s *Server) remove(socket *Socket) {
	_, carried := socket.load()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.carried.add(carried)
	delete(s.sockets, socket)
	if s.sources[socket.source]--; s.sources[socket.source] == 0 {
		delete(s.sources, socket.source)
	}
	s.closeIfEmpty()
}

// closeIfEmpty tells Shutdown that nothing is left. Nothing can come after that. The lock is held.
func (s *Server) closeIfEmpty() {
	if s.draining && len(s.sockets) == 0 {
		close(s.empty)
	}
}
