// Package hub knows who is connected and who listens to what, and brings what a command has caused to all of them. Whoever listens
// to one session misses nothing: what does not reach it when it happens is read from the log.
package hub

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"maps"
	"slices"
	"sync"
)

// Socket is a client's connection as the hub sees it. None of its methods may call the hub back, and none but AwaitRoom may block:
// the others are called while the hub holds its lock or may hold others up.
type Socket interface {
	// Number returns the number of the connection, unique in the process.
	Number() uint64
	// ClientID returns the id that the client gave itself.
	ClientID() string
	// Key returns what proves who the client is; empty when it gave nothing.
	Key() string
	// Send queues frames for the client, in this order behind what is queued already: all of them, or none when they do not fit, and
	// then it is false. When AwaitRoom would not wait they fit. The frames are shared with other sockets.
	Send(frames ...[]byte) bool
	// Answer queues the answer to a command of the client, behind what is queued already, however much that is.
	Answer(frame []byte)
	// AwaitRoom returns nil once little is queued, and an error when the socket is closing or ctx ends. The hub has one goroutine
	// at most in it for each socket.
	AwaitRoom(ctx context.Context) error
	// TooSlow closes the connection because it has missed something.
	TooSlow()
	// Failed closes the connection because the server cannot tell it what it should.
	Failed()
	// Replaced closes the connection because a newer one of the same client took over.
	Replaced()
}

// Options are what a Hub needs of the program. Log, Frame and Text are required.
type Options struct {
	// Log is where that is read which clients have missed.
	Log Log
	// Frame gives an event the form in which Socket.Send takes it. prev is the number of the event that the client got before it,
	// where some between were left out; otherwise 0. It is called once for each event, however many sockets get it.
	Frame func(session string, e Event, prev int64) []byte
	// Text gives a text the form in which Socket.Send takes it.
	Text func(text []byte) []byte
	// Latest knows which events a client that is behind need not get one by one. Default: it gets all.
	Latest Latest
	// Trouble is told when the log cannot be read. Default: nobody is.
	Trouble func(error)
	// Readers is how many may read the log at once; the others wait. Default 8.
	Readers int
}

// Hub is the register of connected sockets. It is safe for concurrent use.
type Hub struct {
	o       Options
	readers chan struct{}   // holds one of each who reads the log
	base    context.Context //nolint:containedctx // catching up outlives the call that begins it; this is its context
	stop    context.CancelFunc
	chases  sync.WaitGroup // goroutines that catch up
	counts  counts

	// mu is held for reading while something is published and for writing while somebody comes or goes. Who holds it may take the
	// lock of a topic, not the other way round.
	mu       sync.RWMutex
	closed   bool
	byClient map[string]*listener // the newest of each client
	byNumber map[uint64]*listener // all that have not been removed, the replaced ones too
	everyone []*listener          // who listens to all sessions
	topics   map[string]*topic    // by session
}

// New returns a hub without sockets. Close must be called in the end.
func New(o Options) *Hub {
	if o.Trouble == nil {
		o.Trouble = func(error) {}
	}
	base, stop := context.WithCancel(context.Background())
	return &Hub{
		o:        o,
		readers:  make(chan struct{}, cmp.Or(o.Readers, 8)),
		base:     base,
		stop:     stop,
		byClient: map[string]*listener{},
		byNumber: map[uint64]*listener{},
		topics:   map[string]*topic{},
	}
}

// Close lets nobody catch up any more, and returns when nobody does. The sockets stay as they are.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.stop()
	h.chases.Wait()
}

// ErrTaken refuses a socket whose client is connected and has a key, which is another one than the socket's or which it lacks.
var ErrTaken = errors.New("client_id is in use by a connection with another client_key")

// Add registers s, or fails with ErrTaken. With an Opening, s listens to its session: it gets the welcome, what it has missed, and
// then what is published. With nil it gets what is published from now on, of all sessions. An older socket of the same client is
// replaced: it is closed and gets no more events, but still the answer to a command of its own that is under way.
func (h *Hub) Add(s Socket, o *Opening) error {
	l := &listener{socket: s}
	var first [][]byte
	if o != nil {
		l.topic = o.topic
		first = o.begin(l)
	}
	old, err := h.register(l, o, first)
	if err != nil {
		return err
	}
	if o != nil {
		h.counts.welcome(o.missed.Reason)
	}
	if old != nil {
		old.socket.Replaced()
	}
	return nil
}

// register makes l one of the listeners and sends it its first frames. It returns whom l has replaced.
func (h *Hub) register(l *listener, o *Opening, first [][]byte) (old *listener, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old = h.byClient[l.socket.ClientID()]
	if old != nil && !mayReplace(old.socket.Key(), l.socket.Key()) {
		return nil, ErrTaken
	}
	if old != nil {
		h.unlisten(old)
	}
	h.byClient[l.socket.ClientID()] = l
	h.byNumber[l.socket.Number()] = l
	if l.topic == nil {
		l.join(&h.everyone)
		return old, nil
	}
	l.join(&l.topic.listeners)
	l.topic.users++
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	send(l.socket, first...)
	if !l.turnLive(o.mark, o.missed.LastSeq) {
		h.startChase(l, everyEvent)
	}
	return old, nil
}

// mayReplace tells whether a socket with the key newer may take the place of one with the key older. How long it takes tells
// nothing about how alike they are.
func mayReplace(older, newer string) bool {
	return older == "" || subtle.ConstantTimeCompare([]byte(older), []byte(newer)) == 1
}

// Remove takes s out. A socket that is not registered, or not any more, is no matter.
func (h *Hub) Remove(s Socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.byNumber[s.Number()]
	if l == nil || l.socket != s {
		return
	}
	if h.byClient[s.ClientID()] == l {
		delete(h.byClient, s.ClientID())
	}
	delete(h.byNumber, s.Number())
	h.unlisten(l)
}

// unlisten takes l out of those who get events. The lock is held for writing.
func (h *Hub) unlisten(l *listener) {
	switch {
	case l.place == nowhere:
	case l.topic == nil:
		l.leave(&h.everyone)
	default:
		l.leave(&l.topic.listeners)
		l.end()
		h.letGo(l.topic)
	}
}

// send closes a socket for which the frames are too many.
func send(s Socket, frames ...[]byte) {
	if !s.Send(frames...) {
		s.TooSlow()
	}
}

// Count returns how many clients are connected.
func (h *Hub) Count() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.byClient)
}

// IDs returns the ids of the connected clients, sorted.
func (h *Hub) IDs() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Sorted(maps.Keys(h.byClient))
}
