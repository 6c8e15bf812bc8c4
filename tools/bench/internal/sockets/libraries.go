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

// serveGorilla is gorilla/websocket, tuned for many connections: small shared buffers, and no
// goroutine of the HTTP server.
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
		defer closeQuietly(c)
		for {
			kind, text, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, text) != nil {
				return
			}
		}
	})
}

// fanQueue is the number of broadcasts that wait for a client before it is dropped.
const fanQueue = 1024

// gorillaRoom is the chat example of gorilla/websocket with prepared messages: a channel and a
// writing goroutine for each client.
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
		defer closeQuietly(c)
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

// drop removes a client. The lock is held.
func (r *gorillaRoom) drop(queue chan *websocket.PreparedMessage) {
	if _, there := r.queues[queue]; there {
		delete(r.queues, queue)
		close(queue)
	}
}

// gwsHandler echoes messages or, with a room, sends them to all clients.
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

// OnOpen adds a client to the room.
func (h *gwsHandler) OnOpen(c *gws.Conn) {
	if h.room != nil {
		h.room.Store(c, struct{}{})
	}
}

// OnClose removes a client from the room.
func (h *gwsHandler) OnClose(c *gws.Conn, _ error) {
	if h.room != nil {
		h.room.Delete(c)
	}
}

// OnMessage answers a message. A failed write closes the connection, which calls OnClose.
func (h *gwsHandler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer closeQuietly(m)
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

// publishingDispatcher is a dispatcher that publishes each message to all sockets, as a command
// does with its events.
type publishingDispatcher struct{ clients *hub.Hub }

// DispatchInto publishes frame and returns no answer.
func (d publishingDispatcher) DispatchInto(_ context.Context, _ *route.Caller, frame, _ []byte) [][]byte {
	d.clients.Publish(hub.Commit{Events: []hub.Event{{Data: frame}}})
	return nil
}

// unlimited is a limit that is never reached. The servers still check it.
const unlimited = 1 << 30

// serveHub is the part of seg that sends the events of a commit: the real sockets and the real hub,
// without a database.
func serveHub(l net.Listener) error {
	clients := hub.New(hub.Options{
		Frame: func(_ string, e hub.Event, _ int64) []byte { return ws.TextFrame(e.Data) }, Text: ws.TextFrame,
	})
	defer clients.Close()
	sockets := ws.New(publishingDispatcher{clients}, ws.Config{
		MaxSockets: unlimited, MaxPerSource: unlimited, Rate: unlimited, Burst: unlimited,
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
