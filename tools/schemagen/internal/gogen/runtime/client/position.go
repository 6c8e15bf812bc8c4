package client

import "encoding/json"

// Position is the position of a client in the events of a session.
type Position struct {
	Epoch string // identifies the history of the session in which Seq is valid; empty: no position
	Seq   int64  // number of the newest event that the client has; 0: none
}

// Welcome is the first event of a Client that follows one session.
type Welcome struct {
	Stamp

	Position Position // position of the session: its epoch and its newest event
	// Resumed reports whether the events that were missed since Options.Since follow: those with
	// the numbers From to To, or none if these are 0. If false, the program must read the state
	// again.
	Resumed  bool
	From, To int64
	Reason   string // why it was not resumed, as one word for programs
	Contract string // hash of the server's protocol, to compare with wire.Hash; empty if unknown
}

// Type returns "welcome".
func (*Welcome) Type() string { return typeWelcome }
func (*Welcome) event()       {}

// Resync says that this Client missed events: the program must read the state again.
type Resync struct {
	Stamp

	Position Position // position of the session; later events are newer
	Reason   string   // why, as one word for programs
}

// Type returns "resync".
func (*Resync) Type() string { return typeResync }
func (*Resync) event()       {}

// Types of the frames with the position of a session.
const (
	typeWelcome = "welcome"
	typeResync  = "resync"
)

// notice contains the members of both.
type notice struct {
	Epoch   *string `json:"epoch"`
	LastSeq *int64  `json:"last_seq"`
	Resumed bool    `json:"resumed"`
	From    int64   `json:"from"`
	To      int64   `json:"to"`
	Reason  string  `json:"reason"`

	Contract string `json:"contract"`
}

// readNotice decodes a welcome or resync frame; nil if it is invalid.
func readNotice(typ string, at Stamp) Event {
	var n notice
	if json.Unmarshal(at.Frame, &n) != nil || n.Epoch == nil || n.LastSeq == nil {
		return nil
	}
	p := Position{*n.Epoch, *n.LastSeq}
	if typ == typeWelcome {
		return &Welcome{at, p, n.Resumed, n.From, n.To, n.Reason, n.Contract}
	}
	return &Resync{at, p, n.Reason}
}

// Position returns the position of the last event that OnEvent has handled in the session of the
// Options. Another Client with this Options.Since continues there. It returns Options.Since until
// OnEvent has handled a Welcome.
func (c *Client) Position() Position {
	c.events.mu.Lock()
	defer c.events.mu.Unlock()
	return c.events.position
}

// follow updates the position after an event has been handled.
func (e *events) follow(heard Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch heard := heard.(type) {
	case *Welcome:
		e.welcomed = true
		if !heard.Resumed {
			e.position = heard.Position
		}
	case *Resync:
		e.position = heard.Position
	default:
		if seq := heard.At().Seq; e.welcomed && seq > 0 {
			e.position.Seq = seq
		}
	}
}
