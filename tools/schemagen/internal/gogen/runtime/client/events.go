package client

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// Event is a message that the server sends without a request: a pointer to one of the broadcasts of
// this package, or to Welcome, Resync, Unknown or Refused.
type Event interface {
	// Type returns the type of the frame.
	Type() string
	// At returns the members of the frame besides type and data.
	At() Stamp

	event()
}

// Stamp contains the members of a frame besides type and data. Every Event has one.
type Stamp struct {
	Seq       int64           // number of the event in its session, from 1, without gaps; 0 if it has none
	PrevSeq   int64           // number of the previously delivered event if some in between were conflated; otherwise 0
	SessionID string          // session of the event; empty if it has none
	Time      time.Time       // server time in milliseconds; zero if unknown
	Frame     json.RawMessage // the whole frame as received; do not modify it
}

// At returns the stamp itself.
func (s Stamp) At() Stamp { return s }

// Unknown is a frame of an unknown type, or an invalid broadcast.
type Unknown struct {
	Stamp

	Name string // type of the frame
	Err  error  // why the broadcast is invalid; nil if the type is unknown
}

// Type returns Name.
func (u *Unknown) Type() string { return u.Name }
func (*Unknown) event()         {}

// Refused is an error frame that belongs to no call, such as one about a frame that the server
// could not read.
type Refused struct {
	Stamp

	Err *Error
}

// Type returns "error".
func (*Refused) Type() string { return typeError }
func (*Refused) event()       {}

// readEvent decodes the event in a frame.
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

// stamp fills at from the members that are present.
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

// events is the queue of frames for OnEvent. It is independent of the connection.
type events struct {
	listen func(Event)
	limit  int           // in bytes
	more   chan struct{} // signals a change; has a buffer of one

	mu       sync.Mutex
	queue    []waiting
	size     int  // in bytes, of all that is queued
	ended    bool // no more frames will be added
	silent   bool // forget was called: frames are dropped
	position Position
	welcomed bool // a Welcome was handled, so position is updated
}

// waiting is a queued frame.
type waiting struct {
	envelope
	frame []byte
}

func newEvents(listen func(Event), limit int, since Position) *events {
	return &events{listen: listen, limit: limit, position: since, more: make(chan struct{}, 1)}
}

// add queues a frame. It returns ErrSlow if the queue is full.
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

// finish lets run return after it has handled all queued frames.
func (e *events) finish() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	e.signal()
}

// forget drops all queued and later frames.
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

// run calls the listener with one event after another, until finish was called and the queue is
// empty.
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

// next removes the oldest frame; nil if there is none. ended reports whether no more will be added.
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
