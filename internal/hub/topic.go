package hub

import (
	"context"
	"sync"
)

// topic is a session that has subscribers or prepared subscriptions.
type topic struct {
	session    string
	references int         // listeners and subscriptions; guarded by Hub.mu
	listeners  []*listener // guarded by Hub.mu

	// mu guards the fields below and the positions of the listeners. It is held only while frames
	// are queued.
	mu sync.Mutex
	// epoch and newest are those of the newest published event. version counts the publications
	// since the topic was created.
	epoch   string
	newest  int64
	version uint64
}

// state is the state of a subscriber of one session.
type state uint8

const (
	// behind: a catch-up reads the log for it. It gets no live events.
	behind state = iota
	// live: it gets live events.
	live
	// ended: it gets nothing more.
	ended
)

// listener is a registered socket.
type listener struct {
	socket Socket
	topic  *topic // nil: subscribes to all sessions
	index  int    // in its list, or notListed

	// The fields below are for subscribers of one session and guarded by topic.mu. While the
	// listener is behind, only its catch-up changes epoch and seq.
	state state
	epoch string
	seq   int64              // of the newest event that it was sent
	stop  context.CancelFunc // stops the catch-up; nil unless it is behind
}

// notListed is the index of a listener that is in no list.
const notListed = -1

// addTo adds l to a list. The caller holds Hub.mu for writing.
func (l *listener) addTo(list *[]*listener) {
	l.index = len(*list)
	*list = append(*list, l)
}

// removeFrom removes l from its list. The caller holds Hub.mu for writing.
func (l *listener) removeFrom(list *[]*listener) {
	last := len(*list) - 1
	(*list)[l.index] = (*list)[last]
	(*list)[l.index].index = l.index
	(*list)[last] = nil
	*list = (*list)[:last]
	l.index = notListed
}

// end stops all events for l.
func (l *listener) end() {
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	l.state = ended
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

// goLive switches l to live events if it has caught up, and reports whether it did. last is the
// newest event of the log, and version is the topic's version before the log was read. l has caught
// up if it has last and nothing was published since. The caller holds topic.mu.
func (l *listener) goLive(version uint64, last int64) bool {
	if l.state == ended {
		return true
	}
	t := l.topic
	has := t.version == version || t.epoch == l.epoch && t.newest <= l.seq
	if l.seq != last || !has {
		return false
	}
	l.state = live
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
	return true
}

// setPosition records that l, which is behind, was sent everything up to p.
func (l *listener) setPosition(p Position) {
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	l.epoch, l.seq = p.Epoch, p.After
}

// currentVersion returns the number of publications so far.
func (t *topic) currentVersion() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.version
}

// acquire returns the topic of a session. It exists at least until release.
func (h *Hub) acquire(session string) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[session]
	if t == nil {
		t = &topic{session: session}
		h.topics[session] = t
	}
	t.references++
	return t
}

// release gives back a reference and deletes an unused topic. The caller holds h.mu for writing.
func (h *Hub) release(t *topic) {
	if t.references--; t.references == 0 {
		delete(h.topics, t.session)
	}
}
