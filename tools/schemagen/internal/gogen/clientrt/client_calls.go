package clientrt

import (
	"context"
	"errors"
	"sync"
)

// call is one request under way.
type call struct {
	message
	frame  string      // type of the frame that the answer is; empty: the data of the response
	answer chan answer // of one
}

// answer is how a call ended: the JSON text of what the server answered, or an error.
type answer struct {
	data []byte
	err  error
}

// calls are the requests under way. They know nothing of the connection that carries them.
type calls struct {
	mu      sync.Mutex
	last    uint64
	pending map[uint64]*call
	held    heldFrame // the newest answer that came as a frame of its own; its response follows
	ended   error     // why there can be no more calls; nil: there can
}

// heldFrame is an answer without a request_id.
type heldFrame struct {
	typ   string
	frame []byte
}

// begin makes a call, and the text of its request from its number.
func (c *calls) begin(frame string, text func(id uint64) []byte) (uint64, *call, error) {
	begun := &call{frame: frame, answer: make(chan answer, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return 0, nil, c.ended
	}
	c.last++
	begun.text = text(c.last)
	if c.pending == nil {
		c.pending = map[uint64]*call{}
	}
	c.pending[c.last] = begun
	return c.last, begun, nil
}

// wait waits for the answer of a call, or gives it up when ctx ends.
func (c *calls) wait(ctx context.Context, id uint64, begun *call) ([]byte, error) {
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
	case got := <-begun.answer: // it came in the meantime
		return got.data, got.err
	default:
		return nil, ctx.Err()
	}
}

// take returns a call that is answered now, nil if nobody waits for it any more.
func (c *calls) take(id uint64) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	begun := c.pending[id]
	delete(c.pending, id)
	return begun
}

// respond ends the call with the data of its response.
func (c *calls) respond(id uint64, data []byte) {
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

// refuse ends the call with a refusal.
func (c *calls) refuse(id uint64, refusal *Error) {
	if begun := c.take(id); begun != nil {
		begun.answer <- answer{err: refusal}
	}
}

// hold keeps an answer that is a frame of its own until its response tells which call it belongs to.
func (c *calls) hold(typ string, frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = heldFrame{typ, frame}
}

// release returns the frame that is held, nil if none of the type is.
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

// end fails every call, and every later one, with err. Only the first end counts.
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

// reason tells why there can be no more calls; nil: there can.
func (c *calls) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}
