package routert

import (
	"cmp"
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"unicode/utf8"

	wire "seg.example/tools/schemagen/internal/gogen/codec"
)

// Next is the rest of the way that a request goes: the interceptors further in, then the handler.
type Next func(ctx context.Context, call *Call) error

// Interceptor stands between the decoder and the handler of every request. It refuses a request by returning an error without
// calling next, which it calls at most once.
type Interceptor func(ctx context.Context, call *Call, next Next) error

// Options are the parts of a Dispatcher that are not handlers. The zero value is ready to use.
type Options struct {
	Interceptors []Interceptor // outermost first
	// Fault is told of every error that is no *Error and of every panic, as a *PanicError, and returns the text that the client
	// gets; it is where such an error is logged. Without it, and for an empty text, the client gets "Internal error". It must
	// not panic.
	Fault func(ctx context.Context, call *Call, err error) (text string)
	// Refused is told of every frame that is refused before an interceptor sees it, and why; m is nil when the frame does not name
	// a request that is served. It must not panic.
	Refused func(m *Message, code Code)
}

// Dispatcher takes frames to handlers. It is safe for concurrent use if the handlers and interceptors are.
type Dispatcher struct {
	handlers  Handlers
	chain     Next
	fault     func(ctx context.Context, call *Call, err error) string
	refused   func(m *Message, code Code)
	available []byte // JSON text of available_types
}

// NewDispatcher returns a Dispatcher. It panics if a handler is missing: that is a mistake in wiring, which no request should
// have to find.
func NewDispatcher(h Handlers, o Options) *Dispatcher {
	if missing := h.missing(); missing != "" {
		panic("route: no handler for " + missing)
	}
	d := &Dispatcher{handlers: h, fault: o.Fault, refused: o.Refused, available: []byte{'['}}
	if d.fault == nil {
		d.fault = func(context.Context, *Call, error) string { return "" }
	}
	if d.refused == nil {
		d.refused = func(*Message, Code) {}
	}
	d.chain = func(ctx context.Context, call *Call) error { return call.service.serve(ctx) }
	for _, intercept := range slices.Backward(o.Interceptors) {
		next := d.chain
		d.chain = func(ctx context.Context, call *Call) error { return intercept(ctx, call, next) }
	}
	for i, m := range messages {
		if i > 0 {
			d.available = append(d.available, ',')
		}
		d.available = appendString(d.available, m.Type)
	}
	d.available = append(d.available, ']')
	return d
}

// Dispatch serves one frame and returns the frames that go back to its caller, in order; there may be none. The frames belong to
// whoever called, frame is not kept. A panic of a handler or an interceptor does not leave it.
func (d *Dispatcher) Dispatch(ctx context.Context, caller *Caller, frame []byte) [][]byte {
	return d.DispatchInto(ctx, caller, frame, nil)
}

// DispatchInto is Dispatch for a caller that copies or sends what it gets before it reads on: answers that fit are made in room, behind
// its length and up to its capacity, instead of in memory of their own. Nobody else may use room until the frames are done with.
func (d *Dispatcher) DispatchInto(ctx context.Context, caller *Caller, frame, room []byte) [][]byte {
	var e envelope
	readable := e.read(frame)
	s := d.handlers.service(e.kind())
	id, idFits := e.requestID()
	if !readable || s == nil || e.twice != "" || !idFits {
		return [][]byte{d.refuseEnvelope(s, frame)}
	}
	call := s.call()
	call.Caller, call.service, call.RequestID = caller, s, id
	if err := s.decode(frame); err != nil {
		return call.send(d.refuseShape(call, frame, err))
	}
	if err := d.serve(ctx, call); err != nil {
		return d.refuse(ctx, call, err)
	}
	return d.answer(ctx, call, room)
}

// serve runs the interceptors and the handler.
func (d *Dispatcher) serve(ctx context.Context, call *Call) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	call.within = callContext{ctx, call}
	return d.chain(&call.within, call) //nolint:contextcheck // within is ctx and the call
}

// answer returns the frames of a request that has been served, in room where they fit.
func (d *Dispatcher) answer(ctx context.Context, call *Call, room []byte) [][]byte {
	if call.answered {
		return nil
	}
	if call.replay != nil {
		return call.send(call.replay)
	}
	answer, err := call.service.answer()
	if err != nil {
		return d.refuse(ctx, call, err)
	}
	if call.Message.AnswerFrame == "" {
		return call.send(call.response(answer, &room))
	}
	return call.send(answerFrame(call.Message.AnswerFrame, answer, &room), call.response(nil, &room))
}

// refuse returns the frame of a request that a handler or an interceptor has refused or failed.
func (d *Dispatcher) refuse(ctx context.Context, call *Call, err error) [][]byte {
	refusal, ok := errors.AsType[*Error](err)
	if !ok || call.answered {
		refusal = &Error{Code: codeInternal, Text: cmp.Or(d.fault(ctx, call, err), "Internal error")}
	}
	if call.answered { // the caller has its answer; an error after that is a fault to be told of, not a second answer
		return nil
	}
	return call.send(refused(call, refusal))
}

// refuseShape returns the frame of a request that its decoder has refused.
func (d *Dispatcher) refuseShape(call *Call, frame []byte, err error) []byte {
	refusal := shapeError(err)
	if len(refusal.Details) == 1 && inEnvelope(refusal.Details[0].Path) { // the only thing that can be wrong with it is that it stands twice
		return d.refuseEnvelope(call.service, frame)
	}
	d.refused(call.Message, refusal.Code)
	if refusal.Code == codeInvalidJSON {
		return errorFrame(&Error{Code: codeInvalidJSON, Text: textNotJSON}, d.available, "")
	}
	return refused(call, refusal)
}

// refused returns the frame that refuses call: a response if it can be one.
func refused(call *Call, e *Error) []byte {
	if call.RequestID == "" {
		return errorFrame(e, nil, "")
	}
	return errorResponse(call, e)
}

// send returns the frames that are not nil.
func (c *Call) send(frames ...[]byte) [][]byte {
	out := c.out[:0]
	for _, f := range frames {
		if f != nil {
			out = append(out, f)
		}
	}
	return out
}

// What is told about frames that are no requests.
const (
	textNotJSON   = "Message is not valid JSON"
	textNotObject = "Message is not a JSON object"
	textUnknown   = "Unknown message type: "
	textTwice     = "stands twice"
	textBadType   = "must be a string"
	textBadID     = "must be a string of 1 to 128 characters or an integer"
)

// maxEcho bounds how much of an unknown type is told back, in bytes.
const maxEcho = 64

// refuseEnvelope returns the error of a frame that does not say who it is for, or where the answer belongs. s is what it was taken
// for, nil if for nothing.
func (d *Dispatcher) refuseEnvelope(s service, frame []byte) []byte {
	e := envelope{thorough: true}
	e.read(frame)
	refusal, available, id := d.judgeEnvelope(&e, frame)
	var m *Message
	if s != nil {
		m = s.call().Message
	}
	d.refused(m, refusal.Code)
	return errorFrame(refusal, available, id)
}

// judgeEnvelope says what is wrong with a frame, which types to offer instead, and to which request the answer belongs.
func (d *Dispatcher) judgeEnvelope(e *envelope, frame []byte) (refusal *Error, available []byte, id wire.Raw) {
	id, _ = e.requestID()
	switch {
	case !wellFormed(frame):
		return &Error{Code: codeInvalidJSON, Text: textNotJSON}, d.available, ""
	case frame[space(frame, 0)] != '{':
		return &Error{Code: codeInvalidJSON, Text: textNotObject}, d.available, ""
	case e.twice != keyID && (e.twice != "" || d.handlers.service(e.kind()) == nil):
		return typeError(e), d.available, id
	case e.twice != "":
		return fieldError(keyID, textTwice), nil, ""
	default:
		return fieldError(keyID, textBadID), nil, ""
	}
}

// typeError says why a frame has no type that is served.
func typeError(e *envelope) *Error {
	switch {
	case e.twice != "":
		return fieldError(keyType, textTwice)
	case e.typ == nil || e.typ[0] == 'n':
		return missing("", []string{keyType})
	case e.typ[0] != '"':
		return fieldError(keyType, textBadType)
	default:
		return &Error{Code: codeUnknownType, Text: textUnknown + shorten(string(e.kind()))}
	}
}

func fieldError(field, text string) *Error {
	return shapeError(&wire.Error{Path: "/" + field, Text: text})
}

// shorten cuts s to what may be told back.
func shorten(s string) string {
	if len(s) <= maxEcho {
		return s
	}
	end := maxEcho
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
