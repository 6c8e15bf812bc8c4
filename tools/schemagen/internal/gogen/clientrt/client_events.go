package clientrt

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// Event is what the server tells unasked: a pointer to one of the broadcasts of this package, to Welcome, Resync, Unknown or Refused.
//
//sumtype:decl
type Event interface {
	// Type returns the type of the frame, such as that of a broadcast.
	Type() string
	// At returns what the frame says beside type and data.
	At() Stamp

	event()
}

// Stamp is what a frame says beside type and data. Every Event has one.
type Stamp struct {
	Seq       int64           // number of the event in its session, from 1, without gaps; 0: it has none
	PrevSeq   int64           // number of the event delivered before this one, if some between were merged into it; otherwise 0
	SessionID string          // the session it happened in; empty: none
	Time      time.Time       // when, by the server's clock, to the millisecond; zero: not said
	Frame     json.RawMessage // the whole frame as it was received; read only
}

// At returns the stamp itself.
func (s Stamp) At() Stamp { return s }

// Unknown is a frame that this version of the protocol does not know, or that is not what it says it is.
type Unknown struct {
	Stamp

	Name string // type of the frame
	Err  error  // what is wrong with a broadcast whose type is known; nil: the type is not known
}

// Type returns Name.
func (u *Unknown) Type() string { return u.Name }
func (*Unknown) event()         {}

// Refused is an error that answers no call, such as one about a frame that the server could not read.
type Refused struct {
	Stamp

	Err *Error
}

// Type returns "error".
func (*Refused) Type() string { return typeError }
func (*Refused) event()       {}

// readEvent makes an event of a frame.
func readEvent(e envelope, frame []byte) Event {
	at := Stamp{Frame: frame}
	if e.typ == typeError {
		if refusal := refusalIn(frame); refusal != nil {
			return &Refused{at, refusal}
		}
	}
	if err := e.stamp(&at); err != nil {
		return &Unknown{Stamp: at, Name: e.typ, Err: err}
	}
	if e.typ == typeWelcome || e.typ == typeResync {
		if n := readNotice(e.typ, at); n != nil {
			return n
		}
	}
	event, err := decodeEvent(e.typ, e.data, at)
	if err != nil || event == nil {
		return &Unknown{Stamp: at, Name: e.typ, Err: err}
	}
	return event
}

// stamp reads the members of a stamp that are there.
func (e *envelope) stamp(at *Stamp) error {
	var milliseconds int64
	for _, number := range []struct {
		text []byte
		to   *int64
	}{{e.seq, &at.Seq}, {e.prevSeq, &at.PrevSeq}, {e.timestamp, &milliseconds}} {
		if number.text == nil {
			continue
		}
		n, err := strconv.ParseInt(string(number.text), 10, 64)
		if err != nil {
			return err
		}
		*number.to = n
	}
	if e.timestamp != nil {
		at.Time = time.UnixMilli(milliseconds)
	}
	if e.sessionID == nil {
		return nil
	}
	return json.Unmarshal(e.sessionID, &at.SessionID)
}

// events are the frames that have not been listened to yet. They know nothing of the connection that brings them.
type events struct {
	listen func(Event)
	limit  int           // in bytes
	more   chan struct{} // of one: something has changed

	mu       sync.Mutex
	queue    []waiting
	size     int  // in bytes, of all that is queued
	ended    bool // no more will come
	silent   bool // nobody wants to know any more
	position Position
	welcomed bool // so position moves
}

// waiting is an event that has not been listened to yet.
type waiting struct {
	envelope
	frame []byte
}

func newEvents(listen func(Event), limit int, since Position) *events {
	return &events{listen: listen, limit: limit, position: since, more: make(chan struct{}, 1)}
}

// add queues a frame. It returns ErrSlow if too much is queued.
func (e *events) add(env envelope, frame []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listen == nil || e.silent {
		return nil
	}
	if len(e.queue) > 0 && e.size+len(frame) > e.limit {
		return ErrSlow
	}
	e.queue = append(e.queue, waiting{env, frame})
	e.size += len(frame)
	e.signal()
	return nil
}

// finish lets run return once everything queued has been listened to.
func (e *events) finish() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	e.signal()
}

// forget drops what is queued and what still comes.
func (e *events) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.queue, e.size, e.silent = nil, 0, true
}

func (e *events) signal() {
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// run calls the listener with one event after the other until finish is called and none is left.
func (e *events) run() {
	for {
		next, ended := e.next()
		switch {
		case next != nil:
			event := readEvent(next.envelope, next.frame)
			e.listen(event)
			e.follow(event)
		case ended:
			return
		default:
			<-e.more
		}
	}
}

// next takes the oldest event; nil if there is none. It tells whether no more will come.
func (e *events) next() (oldest *waiting, ended bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 {
		e.queue = nil
		return nil, e.ended
	}
	oldest = &e.queue[0]
	e.queue = e.queue[1:]
	e.size -= len(oldest.frame)
	return oldest, false
}
