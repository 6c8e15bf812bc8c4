package route

import (
	"cmp"
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// Next calls the remaining interceptors and then the handler.
type Next func(ctx context.Context, call *Call) error

// Interceptor runs between the decoder and the handler of every request. It calls next at most
// once. To refuse a request it returns an error without calling next.
type Interceptor func(ctx context.Context, call *Call, next Next) error

// Options configure a Dispatcher. The zero value is valid.
type Options struct {
	Interceptors []Interceptor // outermost first
	// Fault is called for every error that is not an *Error and for every panic, as a *PanicError.
	// It should log the error. It returns the text for the client; if it is nil or the text is
	// empty, that is "Internal error". It must not panic.
	Fault func(ctx context.Context, call *Call, err error) (text string)
	// Refused is called for every frame that is refused before the interceptors. m is nil if the
	// type of the frame is unknown. It must not panic.
	Refused func(m *Message, code Code)
}

// Dispatcher passes frames to handlers. It is safe for concurrent use if the handlers and
// interceptors are.
type Dispatcher struct {
	handlers  Handlers
	chain     Next
	fault     func(ctx context.Context, call *Call, err error) string
	refused   func(m *Message, code Code)
	available []byte // JSON text of available_types
}

// NewDispatcher returns a Dispatcher. It panics if a handler is missing.
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

// Dispatch handles one frame and returns the frames for its caller, in order; there may be none.
// The returned frames belong to the caller of Dispatch. frame is not kept. Panics of handlers and
// interceptors are recovered.
func (d *Dispatcher) Dispatch(ctx context.Context, caller *Caller, frame []byte) [][]byte {
	return d.DispatchInto(ctx, caller, frame, nil)
}

// DispatchInto is Dispatch for code that copies or sends the answers before it handles the next
// frame. Answers are stored after the length of room up to its capacity, if they fit, instead of in
// new memory. Do not use room until the frames have been used.
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
	return d.chain(&call.within, call) //nolint:contextcheck // within is ctx with the call
}

// answer returns the frames of a successful request, in the memory of room if they fit.
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

// refuse returns the frame for an error of a handler or an interceptor.
func (d *Dispatcher) refuse(ctx context.Context, call *Call, err error) [][]byte {
	refusal, ok := errors.AsType[*Error](err)
	if !ok || call.answered {
		refusal = &Error{Code: codeInternal, Text: cmp.Or(d.fault(ctx, call, err), "Internal error")}
	}
	if call.answered { // a later error is reported to Fault, but there is no second answer
		return nil
	}
	return call.send(refused(call, refusal))
}

// refuseShape returns the frame for an error of the decoder.
func (d *Dispatcher) refuseShape(call *Call, frame []byte, err error) []byte {
	refusal := shapeError(err)
	if len(refusal.Details) == 1 && inEnvelope(refusal.Details[0].Path) { // the only possible mistake is a duplicate key
		return d.refuseEnvelope(call.service, frame)
	}
	d.refused(call.Message, refusal.Code)
	if refusal.Code == codeInvalidJSON {
		return errorFrame(&Error{Code: codeInvalidJSON, Text: textNotJSON}, d.available, "")
	}
	return refused(call, refusal)
}

// refused returns the frame that refuses call: a response if the request has a request_id.
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

// Texts about frames that are not valid requests.
const (
	textNotJSON   = "Message is not valid JSON"
	textNotObject = "Message is not a JSON object"
	textUnknown   = "Unknown message type: "
	textTwice     = "stands twice"
	textBadType   = "must be a string"
	textBadID     = "must be a string of 1 to 128 characters or an integer"
)

// maxEcho bounds the part of an unknown type in an error text, in bytes.
const maxEcho = 64

// refuseEnvelope returns the error for a frame with an invalid envelope. s is the service for its
// type; nil if the type is unknown.
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

// judgeEnvelope returns what is wrong with a frame, the list of types to suggest, and the
// request_id of the answer.
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

// typeError returns the error for a missing, invalid or unknown type.
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

// shorten truncates s for an error text.
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
