package clientrt

import "encoding/json"

// Position is how far a client has followed a session.
type Position struct {
	Epoch string // names one life of the session, in which its events are numbered; empty: it has not followed any
	Seq   int64  // number of the newest event that it has; 0: none
}

// Welcome is the first event of a Client that listens to one session.
type Welcome struct {
	Stamp

	Position Position // of the session: its epoch and its newest event
	// Resumed tells whether the events follow that were missed since Options.Since: those numbered From to To, none if these are 0.
	// Otherwise the state has to be read anew.
	Resumed  bool
	From, To int64
	Reason   string // why it was not resumed, in one word for programs
	Contract string // hash of the protocol that the server speaks, to compare with that of package wire; empty: it does not say
}

// Type returns "welcome".
func (*Welcome) Type() string { return typeWelcome }
func (*Welcome) event()       {}

// Resync says that events were lost to this Client: the state has to be read anew.
type Resync struct {
	Stamp

	Position Position // of the session: what follows is newer
	Reason   string   // why, in one word for programs
}

// Type returns "resync".
func (*Resync) Type() string { return typeResync }
func (*Resync) event()       {}

// Types of the frames that tell where a session stands.
const (
	typeWelcome = "welcome"
	typeResync  = "resync"
)

// notice are the members of both.
type notice struct {
	Epoch   *string `json:"epoch"`
	LastSeq *int64  `json:"last_seq"`
	Resumed bool    `json:"resumed"`
	From    int64   `json:"from"`
	To      int64   `json:"to"`
	Reason  string  `json:"reason"`

	Contract string `json:"contract"`
}

// readNotice makes an event of a frame of one of the two types; nil if it is not what it says it is.
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

// Position returns how far the Client has followed the session of its Options: up to the last event from which OnEvent has
// returned. With it in Options.Since another Client goes on from there. It is Options.Since until a Welcome has been listened to.
func (c *Client) Position() Position {
	c.events.mu.Lock()
	defer c.events.mu.Unlock()
	return c.events.position
}

// follow moves the position behind an event that has been listened to.
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
