package route

import (
	"context"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// runtime1 is used by the generated part of this package, so that incompatible parts do not
// compile.
const runtime1 = true

// Caller is the connection that sent a request.
type Caller struct {
	ClientID  string
	Key       string // secret that proves the ClientID; empty if the client gave none. Never log it
	Trusted   bool   // has sent the right credential
	SessionID string // the only session whose broadcasts the connection gets; empty: all
	Conn      uint64 // number of the connection, unique in this process
}

// Call is one request in progress. Interceptors and the handler use it one after the other; it is
// not safe for concurrent use.
type Call struct {
	Message   *Message
	Caller    *Caller     // shared by all requests of the connection, so changes by an interceptor persist
	RequestID wire.Raw    // JSON text as it was sent; empty if the request has none
	Secret    wire.Secret // credential in the request
	HasSecret bool

	service  service
	answered bool
	replay   []byte    // answer frame that replaces the handler's result
	out      [2][]byte // memory for the list of answer frames
	within   callContext
}

// service is a request in progress with its handler and answer. Generated code implements it for
// each message type. Each request gets a new one: a pool would save a tenth of the time, but could
// show the data of one client to code that kept the Call of another.
type service interface {
	// call returns the embedded Call.
	call() *Call
	// decode decodes and validates the request and stores its credential. The error is a
	// *wire.Error.
	decode(frame []byte) error
	// serve calls the handler and stores the answer.
	serve(ctx context.Context) error
	// message returns a pointer to the decoded request.
	message() any
	// parameters appends the request without its credential as canonical JSON.
	parameters(dst []byte) []byte
	// answer returns the stored answer; nil means null. The error is ErrNoAnswer if null is not
	// allowed.
	answer() (Appender, error)
}

// call implements a method of service for the types that embed Call.
func (c *Call) call() *Call { return c }

// Appender is a value that can append itself to dst as JSON.
type Appender interface {
	Append(dst []byte) []byte
}

type callKey struct{}

// callContext is a context that contains the Call. It is a part of the Call, so it needs no
// allocation.
type callContext struct {
	context.Context //nolint:containedctx // it is one

	call *Call
}

// Value returns the Call for callKey, and otherwise the value of the outer context.
func (c *callContext) Value(key any) any {
	if key == (callKey{}) {
		return c.call
	}
	return c.Context.Value(key)
}

// FromContext returns the request in progress; nil if there is none.
func FromContext(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Response returns the response frame with answer, so that it can be stored or sent before Dispatch
// returns. It returns nil if the request has no request_id. A nil answer means null; a nil pointer
// in an Appender is not allowed.
func (c *Call) Response(answer Appender) []byte { return c.response(answer, new([]byte)) }

// response is Response, in the memory of room if it fits.
func (c *Call) response(answer Appender, room *[]byte) []byte {
	if c.RequestID == "" {
		return nil
	}
	return frameIn(room, func(dst []byte) []byte {
		dst = c.openResponse(dst)
		if answer == nil {
			dst = append(dst, "null"...)
		} else {
			dst = answer.Append(dst)
		}
		return append(dst, '}')
	})
}

// MarkAnswered says that the response has already been sent, in order with other frames. Dispatch
// then returns no frame.
func (c *Call) MarkAnswered() { c.answered = true }

// Replay makes frame the answer, instead of the handler's result. The request must have a
// request_id.
func (c *Call) Replay(frame []byte) { c.replay = frame }

// Refusal returns the response frame that refuses the request, so that it can be stored before
// Dispatch returns. It returns nil if the request has no request_id.
func (c *Call) Refusal(e *Error) []byte {
	if c.RequestID == "" {
		return nil
	}
	return refused(c, e)
}

// Request returns the request that the handler gets: a pointer to its type in package wire. It has
// been validated. An interceptor can check what the schema cannot express; if it changes the
// request, the handler gets the change.
func (c *Call) Request() any { return c.service.message() }

// Parameters returns the request without its credential as canonical JSON: equal fields give equal
// bytes, however they were written.
func (c *Call) Parameters() []byte { return c.service.parameters(nil) }

// openResponse appends a response up to its data.
func (c *Call) openResponse(dst []byte) []byte {
	dst = append(dst, `{"type":"response","request_id":`...)
	dst = append(dst, c.RequestID...)
	return append(dst, `,"data":`...)
}
