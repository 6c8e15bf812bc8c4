package hub

import "seg.example/internal/safeguard"

// Commit is what a committed command has to tell the world.
type Commit struct {
	// Session is the session that the command changed.
	Session string
	// Epoch is the session's epoch, in which its events are numbered.
	Epoch string
	// Origin is the number of the connection that sent the command; 0: none did.
	Origin uint64
	// Answer is the text of the response to the origin; empty: it wants none.
	Answer []byte
	// Events are the broadcasts, in causal order, numbered without a gap.
	Events []Event
}

// Publish sends the answer to the origin, wherever it listens, and then the events to every socket that listens to all sessions, and
// to every one that listens to this session and does not have them yet. The origin gets its answer before the events. Publish
// waits neither for the network nor for the log.
//
// Commits of one session must be published one after the other, in the order of their commits, when the log knows of them; every
// socket then gets them in this order. Some may be left out that another program publishes: listeners to the session get those
// from the log as soon as a later one comes. Those of different sessions may be published at the same time.
func (h *Hub) Publish(c Commit) {
	var answer []byte
	if len(c.Answer) > 0 {
		answer = h.o.Text(c.Answer)
	}
	events := make([][]byte, len(c.Events))
	for i, e := range c.Events {
		events[i] = h.o.Frame(c.Session, e, 0)
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if origin := h.byNumber[c.Origin]; origin != nil && answer != nil {
		origin.socket.Answer(answer)
	}
	if len(events) > 0 {
		for _, l := range h.everyone {
			send(l.socket, events...)
		}
	}
	if t := h.topics[c.Session]; t != nil {
		h.publishTo(t, c, events)
	}
}

// publishTo sends events to those who listen to t and are not behind. The lock of h is held.
func (h *Hub) publishTo(t *topic, c Commit, events [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.published++
	if t.epoch != c.Epoch {
		t.epoch, t.newest = c.Epoch, 0
	}
	if len(c.Events) > 0 {
		t.newest = c.Events[len(c.Events)-1].Seq
	}
	for _, l := range t.listeners {
		if l.state != live {
			continue // the log has it
		}
		switch l.take(c, events) {
		case taken:
		case lost:
			h.startChase(l, everyEvent)
		case crowded:
			h.startChase(l, latestEvents)
		}
	}
}

// outcome is what came of sending a commit to a listener.
type outcome uint8

const (
	taken   outcome = iota // it has its events
	lost                   // something is missing between what it has and what comes
	crowded                // they did not fit into its queue
)

// take sends l what it does not have yet. topic.mu is held.
func (l *listener) take(c Commit, events [][]byte) outcome {
	if c.Epoch != l.epoch {
		return lost
	}
	if len(events) == 0 {
		return taken
	}
	first := c.Events[0].Seq
	last := first + int64(len(events)) - 1
	switch {
	case first > l.seq+1:
		return lost
	case safeguard.Off(safeguard.KnownNotResent):
	case last <= l.seq:
		return taken
	default:
		events = events[l.seq+1-first:]
	}
	if !l.socket.Send(events...) {
		return crowded
	}
	l.seq = last
	return taken
}
