// Package hub registers connections and their subscriptions, and sends answers and broadcasts to
// them. A subscriber of one session misses nothing: it gets from the event log what it could not
// get live.
//
// Locks: Hub.mu is locked before topic.mu. No lock is held while the log is read.
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

// Socket is a client's connection, as the hub needs it. Its methods must not call the hub. Only
// WaitWritable may block, because the hub calls the others while it holds its locks.
type Socket interface {
	// ID identifies the connection. It is unique in the process.
	ID() uint64
	// ClientID returns the client_id of the connect request, which identifies the client.
	ClientID() string
	// Key returns the client_key of the connect request, or "" if the client sent none.
	Key() string
	// Send queues all frames in order and returns true, or queues none and returns false if they do
	// not fit. They fit if WaitWritable would return at once. The frames are shared with other
	// sockets and must not be changed.
	Send(frames ...[]byte) bool
	// Answer queues the answer to a command of the client, even if the queue is over its limit.
	Answer(frame []byte)
	// WaitWritable waits until the queue is short. It returns an error when the socket is closing
	// or ctx ends. The hub calls it from at most one goroutine per socket.
	WaitWritable(ctx context.Context) error
	// CloseSlow closes the connection because it lost a broadcast.
	CloseSlow()
	// CloseInternal closes the connection because of an error of the server.
	CloseInternal()
	// CloseReplaced closes the connection because the same client has a newer one.
	CloseReplaced()
}

// Options configure a Hub. Log, Frame and Text are required.
type Options struct {
	// Log is the event log.
	Log Log
	// Frame encodes an event for Socket.Send. If the client did not get some events before e, prev
	// is the seq of the last event that it got; otherwise prev is 0. The hub calls Frame once per
	// event, not once per socket.
	Frame func(session string, e Event, prev int64) []byte
	// Text encodes a JSON text for Socket.Send.
	Text func(text []byte) []byte
	// Conflation decides which events may be merged for a slow client. Default: none.
	Conflation Conflater
	// OnError is called when the log cannot be read. Default: errors are ignored.
	OnError func(error)
	// Readers limits how many goroutines read the log at once. Default 8.
	Readers int
}

// Hub is the register of connected sockets. It is safe for concurrent use.
type Hub struct {
	options  Options
	readers  chan struct{}   // semaphore for reads of the log
	base     context.Context //nolint:containedctx // the context of catch-ups, which outlive the call that starts them
	stop     context.CancelFunc
	catchUps sync.WaitGroup // running catch-ups
	counts   counts

	// mu is locked for reading while events are published, and for writing while a socket is added
	// or removed. Lock it before topic.mu.
	mu         sync.RWMutex
	closed     bool
	byClient   map[string]*listener // the newest socket of each client
	byID       map[uint64]*listener // all sockets that have not been removed, including replaced ones
	unfiltered []*listener          // subscribers of all sessions
	topics     map[string]*topic    // by session
}

// New returns a hub without sockets. The caller must call Close.
func New(o Options) *Hub {
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	base, stop := context.WithCancel(context.Background())
	return &Hub{
		options:  o,
		readers:  make(chan struct{}, cmp.Or(o.Readers, 8)),
		base:     base,
		stop:     stop,
		byClient: map[string]*listener{},
		byID:     map[uint64]*listener{},
		topics:   map[string]*topic{},
	}
}

// Close stops all catch-ups and waits for them. It does not close sockets.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.stop()
	h.catchUps.Wait()
}

// ErrTaken refuses a socket because its client is connected with another key.
var ErrTaken = errors.New("client_id is in use by a connection with another client_key")

// Add registers s, or fails with ErrTaken. With a subscription, s gets the welcome, then what it
// missed, then live events of that session. With nil it gets the live events of all sessions. An
// older socket of the same client is replaced: it is closed and gets no more events, but it still
// gets the answer to its running command.
func (h *Hub) Add(s Socket, sub *Subscription) error {
	l := &listener{socket: s}
	var first [][]byte
	if sub != nil {
		l.topic = sub.topic
		first = sub.firstFrames(l)
	}
	old, err := h.register(l, sub, first)
	if err != nil {
		return err
	}
	if sub != nil {
		h.counts.welcome(sub.missed.Reason)
	}
	if old != nil {
		old.socket.CloseReplaced()
	}
	return nil
}

// register adds l and sends its first frames. It returns the listener that l replaces, or nil.
func (h *Hub) register(l *listener, sub *Subscription, first [][]byte) (old *listener, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old = h.byClient[l.socket.ClientID()]
	if old != nil && !mayReplace(old.socket.Key(), l.socket.Key()) {
		return nil, ErrTaken
	}
	if old != nil {
		h.unsubscribe(old)
	}
	h.byClient[l.socket.ClientID()] = l
	h.byID[l.socket.ID()] = l
	if l.topic == nil {
		l.addTo(&h.unfiltered)
		return old, nil
	}
	l.addTo(&l.topic.listeners)
	l.topic.references++
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	send(l.socket, first...)
	if !l.goLive(sub.version, sub.missed.LastSeq) {
		h.startCatchUp(l, everyEvent)
	}
	return old, nil
}

// mayReplace reports whether a socket with the key newer may replace one with the key older. The
// comparison takes constant time.
func mayReplace(older, newer string) bool {
	return older == "" || subtle.ConstantTimeCompare([]byte(older), []byte(newer)) == 1
}

// Remove unregisters s. Removing an unregistered socket is a no-op.
func (h *Hub) Remove(s Socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.byID[s.ID()]
	if l == nil || l.socket != s {
		return
	}
	if h.byClient[s.ClientID()] == l {
		delete(h.byClient, s.ClientID())
	}
	delete(h.byID, s.ID())
	h.unsubscribe(l)
}

// unsubscribe ends the events for l. The caller holds h.mu for writing.
func (h *Hub) unsubscribe(l *listener) {
	switch {
	case l.index == notListed:
	case l.topic == nil:
		l.removeFrom(&h.unfiltered)
	default:
		l.removeFrom(&l.topic.listeners)
		l.end()
		h.release(l.topic)
	}
}

// send queues frames. It closes a socket whose queue is full.
func send(s Socket, frames ...[]byte) {
	if !s.Send(frames...) {
		s.CloseSlow()
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
