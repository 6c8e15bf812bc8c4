package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gobwas/ws"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// runtime1 is used by the generated part of this package, so that incompatible parts do not
// compile.
const runtime1 = true

// Frame types of every protocol.
const (
	typeResponse = "response"
	typeError    = "error"
)

// closeTimeout is how long Close waits for the server's close frame.
const closeTimeout = 2 * time.Second

// Client is a connection to a server. It is safe for concurrent use.
type Client struct {
	password wire.Secret
	calls    calls
	events   *events
	link     *link
	gone     chan struct{} // closed when the link has ended
	done     chan struct{} // closed when OnEvent has returned for the last time too
}

// start creates a Client for an upgraded connection.
func start(conn *watched, early *bufio.Reader, o Options, prefix string) *Client {
	c := &Client{
		password: o.Password,
		calls:    calls{prefix: prefix},
		events:   newEvents(o.OnEvent, o.MaxBacklog, o.Since),
		gone:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	c.link = newLink(conn, early, limits{maxMessage: o.MaxMessage, keepAlive: o.KeepAlive, write: o.WriteTimeout}, c.receive)
	go func() {
		defer close(c.done)
		c.events.run()
		<-c.gone
	}()
	go func() {
		defer close(c.gone)
		c.calls.end(c.link.run())
		c.events.finish()
	}()
	return c
}

// requestIDKey is the context key of a request id.
type requestIDKey struct{}

// WithRequestID returns a context that makes a call use this request id, of 1 to 128 characters,
// instead of a new one. If a connection was lost, a program can repeat the same call with the same
// id over the next connection: if both have the same Options.ClientKey, the server executes the
// request once and returns the first answer again. Use an id for one call only.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// Close ends the Client. Calls in progress fail with ErrClosed, queued events are dropped, and the
// server gets a close frame. Close waits at most two seconds for the server's close frame. It does
// not wait for OnEvent, so OnEvent may call Close; Done tells when OnEvent will not be called any
// more. Close on a closed Client does nothing.
func (c *Client) Close() {
	c.calls.end(ErrClosed)
	c.events.forget()
	c.link.leave(ws.NewCloseFrameBody(ws.StatusNormalClosure, ""))
	patience := time.AfterFunc(closeTimeout, func() { c.link.abort(ErrClosed) })
	defer patience.Stop()
	<-c.gone
}

// Done returns a channel that is closed when the connection has ended for any reason and OnEvent
// has returned for the last time.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the Client ended: ErrClosed or a *ClosedError. It is nil before that.
func (c *Client) Err() error { return c.calls.reason() }

// Call sends a request of any type and returns the JSON text of its answer: the data of the
// response, or the answer frame. It is for tools; programs have a method for each request.
//
// fields is a JSON object with the request's fields; empty means none. If the request takes a
// credential and fields has none, Options.Password is added. Nothing else is validated.
func (c *Client) Call(ctx context.Context, typ string, fields json.RawMessage) (json.RawMessage, error) {
	if len(fields) == 0 {
		fields = json.RawMessage(`{}`)
	}
	if !isObject(fields) {
		return nil, fmt.Errorf("call %s: the fields are not a JSON object", typ)
	}
	field := credential(typ)
	for key := range members(fields) {
		switch string(key) {
		case `"type"`, `"request_id"`:
			return nil, fmt.Errorf("call %s: the fields must not contain %s", typ, key)
		case string(literal(field)):
			field = ""
		}
	}
	body := object(bytes.TrimSpace(fields))
	if field != "" && c.password != "" {
		with := append([]byte{'{'}, literal(field)...)
		body = join(append(append(with, ':'), literal(string(c.password))...), body)
	}
	return c.exchange(ctx, typ, body)
}

// exchange sends a request and waits for its answer.
func (c *Client) exchange(ctx context.Context, typ string, fields appender) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	own, _ := ctx.Value(requestIDKey{}).(string)
	id, begun, err := c.calls.begin(own, answerFrame(typ), func(id string) ([]byte, error) {
		text := requestFrame(typ, id, fields)
		if !json.Valid(text) {
			return nil, errors.New("a field is not JSON") // the server could not read the request_id
		}
		return text, nil
	})
	switch {
	case errors.Is(err, errSameID) || err != nil && c.calls.reason() == nil:
		return nil, fmt.Errorf("call %s: %w", typ, err)
	case err != nil:
		return nil, err
	}
	c.link.send(&begun.message)
	return c.calls.wait(ctx, id, begun)
}

// receive passes a frame to the call or the queue it belongs to. The reading goroutine calls it; it
// never blocks.
func (c *Client) receive(frame []byte) error {
	e, err := readEnvelope(frame)
	if err != nil {
		return violation(ws.StatusInvalidFramePayloadData, &ContractError{Err: err})
	}
	id := string(e.requestID)
	switch {
	case e.typ == typeResponse:
		c.calls.respond(id, e.data)
		return nil
	case e.typ == typeError && c.calls.made(id):
		if refusal := refusalIn(frame); refusal != nil {
			c.calls.refuse(id, refusal)
		}
		return nil
	case isAnswer(e.typ):
		c.calls.hold(e.typ, frame)
		return nil
	}
	if err := c.events.add(e, frame); err != nil {
		return violation(ws.StatusNormalClosure, err)
	}
	return nil
}

var errNoAnswer = errors.New("null where there must be an answer")

// ask sends a request and decodes its answer, which must not be null.
func ask[T any](ctx context.Context, c *Client, typ string, fields appender, decode func([]byte, *T) error) (*T, error) {
	answer, err := askOrNull(ctx, c, typ, fields, decode)
	if err == nil && answer == nil {
		return nil, &ContractError{typ, errNoAnswer}
	}
	return answer, err
}

// askOrNull sends a request and decodes its answer; nil means null.
func askOrNull[T any](ctx context.Context, c *Client, typ string, fields appender, decode func([]byte, *T) error) (*T, error) {
	data, err := c.exchange(ctx, typ, fields)
	if err != nil || len(data) == 0 || string(data) == "null" {
		return nil, err
	}
	answer := new(T)
	if err := decode(data, answer); err != nil {
		return nil, &ContractError{typ, err}
	}
	return answer, nil
}

// list converts the result of ask for an answer that is a list.
func list[T any](answer *T, err error) (T, error) {
	if answer == nil {
		var none T
		return none, err
	}
	return *answer, err
}

// tell sends a request whose answer is null.
func tell(ctx context.Context, c *Client, typ string, fields appender) error {
	_, err := c.exchange(ctx, typ, fields)
	return err
}
