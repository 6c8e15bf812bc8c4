package hub

import (
	"context"
	"sync"

	"seg.example/internal/safeguard"
)

// topic is one session, as long as somebody listens to it or is about to.
type topic struct {
	session   string
	users     int         // listeners and openings; Hub.mu guards it
	listeners []*listener // Hub.mu guards it

	// mu guards what follows and the positions of the listeners. It is held while frames are queued, and never longer.
	mu sync.Mutex
	// epoch and newest are those of the newest event that was published, published how often something was, since the topic exists.
	epoch     string
	newest    int64
	published uint64
}

// state is what a listener to one session is doing.
type state uint8

const (
	// behind: the log is being read on from its position; nothing that is published is sent to it.
	behind state = iota
	// live: it gets what is published.
	live
	// ended: it gets nothing any more.
	ended
)

// listener is a socket in the register.
type listener struct {
	socket Socket
	topic  *topic // nil: it listens to all sessions
	place  int    // in its list; nowhere: it is in none

	// What follows is for listeners to one session; topic.mu guards it. While it is behind, only the goroutine that reads the log
	// for it changes its position.
	state state
	epoch string
	seq   int64              // number of the newest event that it was sent
	stop  context.CancelFunc // ends the reading; nil unless it is behind
}

// nowhere is the place of a listener that is in no list.
const nowhere = -1

// join puts l into a list. Hub.mu is held for writing.
func (l *listener) join(list *[]*listener) {
	l.place = len(*list)
	*list = append(*list, l)
}

// leave takes l out of its list. Hub.mu is held for writing.
func (l *listener) leave(list *[]*listener) {
	last := len(*list) - 1
	(*list)[l.place] = (*list)[last]
	(*list)[l.place].place = l.place
	(*list)[last] = nil
	*list = (*list)[:last]
	l.place = nowhere
}

// end lets l get nothing any more.
func (l *listener) end() {
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	l.state = ended
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

// turnLive lets l get what is published, if it has all that has been until now; then it is true. It is so when l has everything
// that was in the log when it was read, last being the newest, and since then, when mark was taken, nothing else has been published.
// topic.mu is held.
func (l *listener) turnLive(mark uint64, last int64) bool {
	if l.state == ended {
		return true
	}
	t := l.topic
	has := t.published == mark || t.epoch == l.epoch && t.newest <= l.seq
	if l.seq != last || !has && !safeguard.Off(safeguard.LiveWhenCaughtUp) {
		return false
	}
	l.state = live
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
	return true
}

// moved notes that l, which is behind, was sent everything up to p.
func (l *listener) moved(p Position) {
	l.topic.mu.Lock()
	defer l.topic.mu.Unlock()
	l.epoch, l.seq = p.Epoch, p.After
}

// mark returns how often something has been published.
func (t *topic) mark() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.published
}

// hold returns the topic of a session, which then exists at least until letGo.
func (h *Hub) hold(session string) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[session]
	if t == nil {
		t = &topic{session: session}
		h.topics[session] = t
	}
	t.users++
	return t
}

// letGo forgets a topic that nobody needs any more. The lock is held for writing.
func (h *Hub) letGo(t *topic) {
	if t.users--; t.users == 0 {
		delete(h.topics, t.session)
	}
}
