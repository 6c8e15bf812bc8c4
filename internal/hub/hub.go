// Package hub knows who is connected and who listens to what, and brings what a command has caused to all of them.
package hub

import (
	"crypto/subtle"
	"errors"
	"maps"
	"slices"
	"sync"
)

// Socket is a client's connection as the hub sees it. None of its methods may block or call the hub back: Send and Replaced are
// called while the hub holds its lock or may hold others up.
type Socket interface {
	// Number returns the number of the connection, unique in the process.
	Number() uint64
	// ClientID returns the id that the client gave itself.
	ClientID() string
	// Key returns what proves who the client is; empty when it gave nothing.
	Key() string
	// SessionID returns the only session that the client listens to; empty: all.
	SessionID() string
	// Send queues frames for the client, in this order behind what is queued already. The frames are shared with other sockets.
	Send(frames ...[]byte)
	// Replaced closes the connection because a newer one of the same client took over.
	Replaced()
}

// Hub is the register of connected sockets. It is safe for concurrent use.
type Hub struct {
	frame func(text []byte) []byte

	mu       sync.RWMutex
	byClient map[string]Socket            // the newest of each client
	byNumber map[uint64]Socket            // all that have not been removed, the replaced ones too
	sessions map[string]map[uint64]Socket // who listens to one session; everySession holds those who listen to all
}

// New returns an empty hub. frame turns a text into what a Socket's Send takes; it is called once for each text, however many
// sockets get it.
func New(frame func(text []byte) []byte) *Hub {
	return &Hub{
		frame:    frame,
		byClient: map[string]Socket{},
		byNumber: map[uint64]Socket{},
		sessions: map[string]map[uint64]Socket{},
	}
}

// ErrTaken refuses a socket whose client is connected and has a key, which is another one than the socket's or which it lacks.
var ErrTaken = errors.New("client_id is in use by a connection with another client_key")

// Add registers s, or fails with ErrTaken. From now on it gets what is published for its session. An older socket of the same
// client is replaced: it is closed and gets no more events, but still the answer to a command of its own that is under way.
func (h *Hub) Add(s Socket) error {
	h.mu.Lock()
	old := h.byClient[s.ClientID()]
	if old != nil && !mayReplace(old.Key(), s.Key()) {
		h.mu.Unlock()
		return ErrTaken
	}
	if old != nil {
		h.unlisten(old)
	}
	h.byClient[s.ClientID()] = s
	h.byNumber[s.Number()] = s
	listeners := h.sessions[s.SessionID()]
	if listeners == nil {
		listeners = map[uint64]Socket{}
		h.sessions[s.SessionID()] = listeners
	}
	listeners[s.Number()] = s
	h.mu.Unlock()
	if old != nil {
		old.Replaced()
	}
	return nil
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
	if h.byClient[s.ClientID()] == s {
		delete(h.byClient, s.ClientID())
	}
	delete(h.byNumber, s.Number())
	h.unlisten(s)
}

// unlisten takes s out of those who get events. The lock is held.
func (h *Hub) unlisten(s Socket) {
	listeners := h.sessions[s.SessionID()]
	delete(listeners, s.Number())
	if len(listeners) == 0 {
		delete(h.sessions, s.SessionID())
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
