package hub

// Commit is a committed command: the answer and the events to send.
type Commit struct {
	// Session is the id of the session that the command changed.
	Session string
	// Epoch is the session's epoch. Sequence numbers count within it.
	Epoch string
	// Origin is the id of the connection that sent the command; 0: none.
	Origin uint64
	// Answer is the JSON text of the response to the origin; empty: no response.
	Answer []byte
	// Events are the broadcasts, in causal order, numbered without gaps.
	Events []Event
}

// Publish sends the answer to the origin, whatever it subscribes to. Then it sends the events to
// the subscribers of all sessions and to the subscribers of this session that do not have them yet.
// So the origin gets its answer before the events. Publish waits neither for the network nor for
// the log.
//
// The commits of one session must be published one after the other, in commit order, and after they
// are in the log. Commits of another program may be left out: the subscribers of the session get
// those from the log when the next commit is published. Commits of different sessions may be
// published concurrently.
func (h *Hub) Publish(c Commit) {
	var answer []byte
	if len(c.Answer) > 0 {
		answer = h.options.Text(c.Answer)
	}
	events := make([][]byte, len(c.Events))
	for i, e := range c.Events {
		events[i] = h.options.Frame(c.Session, e, 0)
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if origin := h.byID[c.Origin]; origin != nil && answer != nil {
		origin.socket.Answer(answer)
	}
	if len(events) > 0 {
		for _, l := range h.unfiltered {
			send(l.socket, events...)
		}
	}
	if t := h.topics[c.Session]; t != nil {
		h.publishTo(t, c, events)
	}
}

// publishTo sends events to the live listeners of t. The caller holds h.mu.
func (h *Hub) publishTo(t *topic, c Commit, events [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.version++
	if t.epoch != c.Epoch {
		t.epoch, t.newest = c.Epoch, 0
	}
	if len(c.Events) > 0 {
		t.newest = c.Events[len(c.Events)-1].Seq
	}
	for _, l := range t.listeners {
		if l.state != live {
			continue // its catch-up reads them from the log
		}
		switch l.deliver(c, events) {
		case delivered:
		case gap:
			h.startCatchUp(l, everyEvent)
		case queueFull:
			h.startCatchUp(l, latestEvents)
		}
	}
}

// delivery is the result of sending a commit to a listener.
type delivery uint8

const (
	delivered delivery = iota // it has the events
	gap                       // events are missing before these
	queueFull                 // the events did not fit into its queue
)

// deliver sends l the events that it does not have yet. The caller holds topic.mu.
func (l *listener) deliver(c Commit, events [][]byte) delivery {
	if c.Epoch != l.epoch {
		return gap
	}
	if len(events) == 0 {
		return delivered
	}
	first := c.Events[0].Seq
	last := first + int64(len(events)) - 1
	switch {
	case first > l.seq+1:
		return gap
	case last <= l.seq:
		return delivered
	default:
		events = events[l.seq+1-first:]
	}
	if !l.socket.Send(events...) {
		return queueFull
	}
	l.seq = last
	return delivered
}
