package routert

import (
	"context"

	wire "seg.example/tools/schemagen/internal/gogen/codec"
)

// runtime1 is named by the generated half of this package, so that halves which do not fit each other do not compile.
const runtime1 = true

// Caller is who sent a request: one connection and what is known about it.
type Caller struct {
	ClientID  string
	Key       string // proves who ClientID is; empty when the client gave none. Never logged
	Trusted   bool   // has presented the credential
	SessionID string // the only session that the connection listens to; empty: all
	Conn      uint64 // number of the connection, unique in the process
}

// Call is one request under way. Interceptors and handlers share it, one after the other; it is not safe for concurrent use.
type Call struct {
	Message   *Message
	Caller    *Caller     // of the connection: what an interceptor changes here holds for its later requests too
	RequestID wire.Raw    // JSON text as it was sent; empty when the request has none
	Secret    wire.Secret // credential that came with the request
	HasSecret bool

	service  service
	answered bool
	replay   []byte    // frame that answers in place of what the handler came to
	out      [2][]byte // room for the frames that go back
	within   callContext
}

// service is a request on its way, its handler and its answer. Generated code implements it once for each message, and makes one
// anew for each request: a pool would save a tenth of the time, and show what one client sent to whoever kept a Call of another.
type service interface {
	// call returns the Call inside.
	call() *Call
	// decode reads and checks the request and notes its credential. The error is a *wire.Error.
	decode(frame []byte) error
	// serve calls the handler and keeps the answer.
	serve(ctx context.Context) error
	// message returns a pointer to the request as decode has read it.
	message() any
	// parameters appends the request without its credential as canonical JSON.
	parameters(dst []byte) []byte
	// answer returns what serve kept, nil for null. The error says that there is no answer where there must be one.
	answer() (Appender, error)
}

// call makes a *Call the first part of a service.
func (c *Call) call() *Call { return c }

// Appender is a value that can append itself to dst as JSON.
type Appender interface {
	Append(dst []byte) []byte
}

type callKey struct{}

// callContext is a context that knows the request it is for. It is a part of the Call, so that it costs no memory of its own.
type callContext struct {
	context.Context //nolint:containedctx // it is one

	call *Call
}

// Value returns the request for callKey, and what the context around has for other keys.
func (c *callContext) Value(key any) any {
	if key == (callKey{}) {
		return c.call
	}
	return c.Context.Value(key)
}

// FromContext returns the request under way, nil outside one.
func FromContext(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Response returns the response that carries answer as it is sent, so that it can be stored or sent before Dispatch returns; nil
// when the request has no request_id. A nil answer is null; a nil pointer inside an Appender is not allowed.
func (c *Call) Response(answer Appender) []byte { return c.response(answer, new([]byte)) }

// response is Response, in room where it fits.
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

// MarkAnswered says that the response has been delivered already, in its place among other frames. Dispatch then returns no frame.
func (c *Call) MarkAnswered() { c.answered = true }

// Replay makes frame the answer in place of what the handler came to, if it was called at all. It belongs to a request with a
// request_id.
func (c *Call) Replay(frame []byte) { c.replay = frame }

// Refusal returns the response that refuses the request as it is sent, so that it can be stored before Dispatch returns; nil when
// the request has no request_id.
func (c *Call) Refusal(e *Error) []byte {
	if c.RequestID == "" {
		return nil
	}
	return refused(c, e)
}

// Request returns the request as its handler gets it, a pointer to the message's type in package wire, so that an interceptor can
// judge what the schema cannot say. It is checked already; an interceptor that changes it changes what the handler gets.
func (c *Call) Request() any { return c.service.message() }

// Parameters returns what the request asks for, its credential left out, as JSON: the same bytes for the same fields, however they
// were written and in whatever order.
func (c *Call) Parameters() []byte { return c.service.parameters(nil) }

// openResponse appends a response up to its data.
func (c *Call) openResponse(dst []byte) []byte {
	dst = append(dst, `{"type":"response","request_id":`...)
	dst = append(dst, c.RequestID...)
	return append(dst, `,"data":`...)
}
