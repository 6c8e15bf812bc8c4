package client

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
)

// call is one request in progress.
type call struct {
	message
	frame  string      // type of the answer frame; empty: the answer is the data of the response
	answer chan answer // has a buffer of one
}

// answer is the result of a call: the JSON text of the server's answer, or an error.
type answer struct {
	data []byte
	err  error
}

// calls are the requests in progress. They are independent of the connection.
type calls struct {
	prefix string // makes the request ids unique across connections; empty: the ids are numbers

	mu      sync.Mutex
	last    uint64
	pending map[string]*call // by request id as JSON text
	held    heldFrame        // the newest separate answer frame; its response follows
	ended   error            // why new calls fail; nil if they do not
}

// heldFrame is an answer frame, which has no request_id.
type heldFrame struct {
	typ   string
	frame []byte
}

// errSameID refuses a call with the id of a call in progress.
var errSameID = errors.New("a call with this request id is under way")

// begin adds a call with the caller's own id or, if own is empty, with a new one. text builds the
// frame from the id, which is JSON text.
func (c *calls) begin(own, frame string, text func(id string) ([]byte, error)) (string, *call, error) {
	begun := &call{frame: frame, answer: make(chan answer, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return "", nil, c.ended
	}
	var id string
	switch {
	case own != "":
		id = string(literal(own))
	case c.prefix != "":
		c.last++
		id = `"` + c.prefix + "-" + strconv.FormatUint(c.last, 10) + `"`
	default:
		c.last++
		id = strconv.FormatUint(c.last, 10)
	}
	if c.pending[id] != nil {
		return "", nil, errSameID
	}
	var err error
	if begun.text, err = text(id); err != nil {
		return "", nil, err
	}
	if c.pending == nil {
		c.pending = map[string]*call{}
	}
	c.pending[id] = begun
	return id, begun, nil
}

// wait waits for the answer of a call, or drops the call when ctx ends.
func (c *calls) wait(ctx context.Context, id string, begun *call) ([]byte, error) {
	select {
	case got := <-begun.answer:
		return got.data, got.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	delete(c.pending, id)
	c.mu.Unlock()
	begun.dropped.Store(true)
	select {
	case got := <-begun.answer: // it arrived in the meantime
		return got.data, got.err
	default:
		return nil, ctx.Err()
	}
}

// made reports whether a call with an id, as JSON text, was made over this connection. It may have
// been dropped since.
func (c *calls) made(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[id] != nil {
		return true
	}
	if c.prefix != "" {
		return strings.HasPrefix(id, `"`+c.prefix+"-")
	}
	n, err := strconv.ParseUint(id, 10, 64)
	return err == nil && n <= c.last
}

// take removes and returns a call that is being answered; nil if nobody waits for it any more.
func (c *calls) take(id string) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	begun := c.pending[id]
	delete(c.pending, id)
	return begun
}

// respond ends the call with the data of its response.
func (c *calls) respond(id string, data []byte) {
	begun := c.take(id)
	if begun == nil {
		return
	}
	if len(data) > 0 && data[0] == '{' {
		if refusal := refusalOf(data); refusal != nil {
			begun.answer <- answer{err: refusal}
			return
		}
	}
	if begun.frame != "" {
		data = c.release(begun.frame)
		if data == nil {
			begun.answer <- answer{err: &ContractError{begun.frame, errors.New("the response came, but not this frame before it")}}
			return
		}
	}
	begun.answer <- answer{data: data}
}

// refuse ends the call with an error of the server.
func (c *calls) refuse(id string, refusal *Error) {
	if begun := c.take(id); begun != nil {
		begun.answer <- answer{err: refusal}
	}
}

// hold stores a separate answer frame until the response shows which call it belongs to.
func (c *calls) hold(typ string, frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = heldFrame{typ, frame}
}

// release returns the stored frame; nil if there is none of this type.
func (c *calls) release(typ string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held
	c.held = heldFrame{}
	if held.typ != typ {
		return nil
	}
	return held.frame
}

// end fails all calls and all later ones with err. Only the first call of end has an effect.
func (c *calls) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		c.ended = err
	}
	for id, begun := range c.pending {
		delete(c.pending, id)
		begun.dropped.Store(true)
		begun.answer <- answer{err: c.ended}
	}
}

// reason returns why new calls fail; nil if they do not.
func (c *calls) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}
