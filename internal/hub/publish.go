package hub

// Commit is what a committed command has to tell the world.
type Commit struct {
	// Session is the session that the command changed.
	Session string
	// Origin is the number of the connection that sent the command; 0: none did.
	Origin uint64
	// Answer is the text of the response to the origin; empty: it wants none.
	Answer []byte
	// Events are the texts of the broadcasts, in causal order.
	Events [][]byte
}

// Publish sends the answer to the origin, wherever it listens, and then the events to every socket that listens to the session or
// to all. The origin gets its answer before the events. Publish does not wait for the network.
//
// Commits of one session must be published one after the other, in the order of their commits; every socket then gets them in this
// order. Those of different sessions may be published at the same time.
func (h *Hub) Publish(c Commit) {
	var answer []byte
	if len(c.Answer) > 0 {
		answer = h.frame(c.Answer)
	}
	events := make([][]byte, len(c.Events))
	for i, text := range c.Events {
		events[i] = h.frame(text)
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if origin := h.byNumber[c.Origin]; origin != nil && answer != nil {
		origin.Send(answer)
	}
	if len(events) == 0 {
		return
	}
	for _, s := range h.sessions[everySession] {
		s.Send(events...)
	}
	if c.Session == everySession {
		return
	}
	for _, s := range h.sessions[c.Session] {
		s.Send(events...)
	}
}

// everySession is the key of those who listen to all sessions.
const everySession = ""
