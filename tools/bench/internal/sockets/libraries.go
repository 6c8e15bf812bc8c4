//go:build linux

package sockets

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/lxzan/gws"

	"seg.example/gen/route"
	"seg.example/internal/hub"
	"seg.example/internal/ws"
)

// serveHTTP serves h on l until l is closed.
func serveHTTP(l net.Listener, h http.HandlerFunc) error {
	server := http.Server{Handler: h, ReadHeaderTimeout: handshakeTimeout}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// serveGorilla upgrades with small and shared buffers and leaves the HTTP server's goroutine, which is how gorilla/websocket is
// tuned for many connections.
func serveGorilla(l net.Listener, loop func(c *websocket.Conn)) error {
	upgrader := websocket.Upgrader{ReadBufferSize: echoBuffer, WriteBufferPool: &sync.Pool{}, HandshakeTimeout: handshakeTimeout}
	return serveHTTP(l, func(w http.ResponseWriter, r *http.Request) {
		// An error has been answered already.
		if c, err := upgrader.Upgrade(w, r, nil); err == nil {
			go loop(c)
		}
	})
}

func serveGorillaEcho(l net.Listener) error {
	return serveGorilla(l, func(c *websocket.Conn) {
		defer closing(c)
		for {
			kind, text, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, text) != nil {
				return
			}
		}
	})
}

// fanQueue is how many broadcasts wait for one client before it is dropped.
const fanQueue = 1024

// gorillaRoom is the chat example of gorilla/websocket with its prepared messages: a channel and a writing goroutine for each
// client.
type gorillaRoom struct {
	mu     sync.Mutex
	queues map[chan *websocket.PreparedMessage]struct{}
}

func serveGorillaFan(l net.Listener) error {
	room := gorillaRoom{queues: map[chan *websocket.PreparedMessage]struct{}{}}
	return serveGorilla(l, room.serve)
}

func (r *gorillaRoom) serve(c *websocket.Conn) {
	queue := make(chan *websocket.PreparedMessage, fanQueue)
	r.mu.Lock()
	r.queues[queue] = struct{}{}
	r.mu.Unlock()
	go func() {
		defer closing(c)
		for m := range queue {
			if c.WritePreparedMessage(m) != nil {
				return
			}
		}
	}()
	for {
		kind, text, err := c.ReadMessage()
		if err != nil {
			break
		}
		if m, err := websocket.NewPreparedMessage(kind, text); err == nil {
			r.publish(m)
		}
	}
	r.mu.Lock()
	r.drop(queue)
	r.mu.Unlock()
}

func (r *gorillaRoom) publish(m *websocket.PreparedMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for queue := range r.queues {
		select {
		case queue <- m:
		default:
			r.drop(queue)
		}
	}
}

// drop takes a client out. The lock is held.
func (r *gorillaRoom) drop(queue chan *websocket.PreparedMessage) {
	if _, there := r.queues[queue]; there {
		delete(r.queues, queue)
		close(queue)
	}
}

// gwsHandler echoes or, with a room, sends to everybody.
type gwsHandler struct {
	gws.BuiltinEventHandler
	room *gws.ConcurrentMap[*gws.Conn, struct{}]
}

func serveGwsEcho(l net.Listener) error { return serveGws(l, &gwsHandler{}) }

func serveGwsFan(l net.Listener) error {
	return serveGws(l, &gwsHandler{room: gws.NewConcurrentMap[*gws.Conn, struct{}]()})
}

func serveGws(l net.Listener, h *gwsHandler) error {
	upgrader := gws.NewUpgrader(h, &gws.ServerOption{HandshakeTimeout: handshakeTimeout})
	return serveHTTP(l, func(w http.ResponseWriter, r *http.Request) {
		// An error has closed the connection already.
		if c, err := upgrader.Upgrade(w, r); err == nil {
			go c.ReadLoop()
		}
	})
}

// OnOpen lets a client into the room.
func (h *gwsHandler) OnOpen(c *gws.Conn) {
	if h.room != nil {
		h.room.Store(c, struct{}{})
	}
}

// OnClose takes a client out of the room.
func (h *gwsHandler) OnClose(c *gws.Conn, _ error) {
	if h.room != nil {
		h.room.Delete(c)
	}
}

// OnMessage answers a message. A write that fails closes the connection, which OnClose hears of.
func (h *gwsHandler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer closing(m)
	if h.room == nil {
		_ = c.WriteMessage(m.Opcode, m.Bytes())
		return
	}
	b := gws.NewBroadcaster(m.Opcode, m.Bytes())
	defer func() { _ = b.Close() }()
	h.room.Range(func(c *gws.Conn, _ struct{}) bool {
		_ = b.Broadcast(c)
		return true
	})
}

// everybody is a dispatcher that publishes each message to all sockets, as a command does whose events they all listen to.
type everybody struct{ clients *hub.Hub }

// DispatchInto publishes frame and answers nothing.
func (e everybody) DispatchInto(_ context.Context, _ *route.Caller, frame, _ []byte) [][]byte {
	e.clients.Publish(hub.Commit{Events: []hub.Event{{Data: frame}}})
	return nil
}

// plenty is a limit that no measurement comes near; that it is kept is part of the work.
const plenty = 1 << 30

// serveHub is how seg brings a commit's events to its clients, without the commit: the real sockets and the real hub.
func serveHub(l net.Listener) error {
	clients := hub.New(hub.Options{
		Frame: func(_ string, e hub.Event, _ int64) []byte { return ws.TextFrame(e.Data) }, Text: ws.TextFrame,
	})
	defer clients.Close()
	sockets := ws.New(everybody{clients}, ws.Config{
		MaxSockets: plenty, MaxPerSource: plenty, Rate: plenty, Burst: plenty,
		Opened: func(s *ws.Socket) error { return clients.Add(s, nil) },
		Closed: func(s *ws.Socket) { clients.Remove(s) },
	})
	err := serveHTTP(l, func(w http.ResponseWriter, r *http.Request) {
		if err := sockets.Upgrade(w, r, route.Caller{ClientID: r.URL.Query().Get("client_id")}); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return errors.Join(err, sockets.Shutdown(ctx))
}
