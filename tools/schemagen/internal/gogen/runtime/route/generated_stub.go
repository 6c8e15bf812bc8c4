package route

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// This file replaces the generated part of the package, for a protocol with four requests. With it
// the runtime compiles and can be tested here. It is not copied.

// Code stands for the protocol's own codes.
type Code string

// Detail stands for the protocol's own details.
type Detail struct{ Path, Message string }

const (
	codeMissingField Code = "missing_field"
	codeInvalidField Code = "invalid_field"
	codeInternal     Code = "internal"
	codeTooLarge     Code = "too_large"
	codeInvalidJSON  Code = "invalid_json"
	codeUnknownType  Code = "unknown_type"
)

const _ = runtime1

//nolint:gochecknoglobals // a table
var messages = []*Message{
	{Type: "add", Method: "Add", Noun: "sum", Auth: AuthRequired, Mutates: true},
	{Type: "find", Method: "Find", Noun: "sum"},
	{Type: "forget", Method: "Forget", Noun: "sum"},
	{Type: "ping", Method: "Ping", Noun: "sum", AnswerFrame: "pong"},
}

//nolint:gochecknoglobals // a table
var broadcasts []Broadcast

// Number is the type of all requests and answers of the stub: {"n": integer, "password"?: string}.
type Number struct {
	N        int64
	Password wire.Secret
}

// Append appends n as JSON.
func (n *Number) Append(dst []byte) []byte {
	return append(strconv.AppendInt(append(dst, `{"n":`...), n.N, 10), '}')
}

// SumHandler handles the four requests.
type SumHandler interface {
	Add(ctx context.Context, c Caller, m *Number) (*Number, error)
	Find(ctx context.Context, c Caller, m *Number) (*Number, error) // nil: null
	Forget(ctx context.Context, c Caller, m *Number) error
	Ping(ctx context.Context, c Caller, m *Number) (*Number, error)
}

// Handlers has one handler.
type Handlers struct{ Sum SumHandler }

func (h *Handlers) missing() string {
	if h.Sum == nil {
		return "Sum"
	}
	return ""
}

func (h *Handlers) service(typ []byte) service {
	for i, m := range messages {
		if m.Type == string(typ) {
			return &sumCall{Call: Call{Message: messages[i]}, handler: h.Sum}
		}
	}
	return nil
}

type sumCall struct {
	Call

	handler SumHandler
	request Number
	reply   *Number
}

func (c *sumCall) decode(frame []byte) error {
	err := decodeNumber(frame, &c.request)
	c.Secret, c.HasSecret = c.request.Password, c.request.Password != ""
	return err
}

func (c *sumCall) message() any { return &c.request }

func (c *sumCall) parameters(dst []byte) []byte { return c.request.Append(dst) }

func (c *sumCall) serve(ctx context.Context) (err error) {
	switch c.Message.Type {
	case "add":
		c.reply, err = c.handler.Add(ctx, *c.Caller, &c.request)
	case "find":
		c.reply, err = c.handler.Find(ctx, *c.Caller, &c.request)
	case "forget":
		err = c.handler.Forget(ctx, *c.Caller, &c.request)
	case "ping":
		c.reply, err = c.handler.Ping(ctx, *c.Caller, &c.request)
	}
	return err
}

func (c *sumCall) answer() (Appender, error) {
	if c.reply != nil {
		return c.reply, nil
	}
	if c.Message.Type == "add" || c.Message.Type == "ping" {
		return nil, ErrNoAnswer
	}
	return nil, nil //nolint:nilnil // nil means null
}

// decodeNumber replaces a generated decoder: slower, but with the same errors.
func decodeNumber(frame []byte, n *Number) error {
	if bytes.Contains(frame, []byte("[[[[")) {
		return &wire.Error{Path: "/deep", Keyword: "depth", Text: "too deep"}
	}
	if !wellFormed(frame) {
		return &wire.Error{Keyword: "syntax", Text: "not JSON"}
	}
	if key := twice(frame); key != "" {
		return &wire.Error{Path: "/" + key, Keyword: "duplicate", Text: "must not stand twice"}
	}
	var read struct {
		N        *int64
		Password string
	}
	var wrong *json.UnmarshalTypeError
	switch err := json.Unmarshal(frame, &read); {
	case errors.As(err, &wrong):
		return &wire.Error{Path: "/n", Keyword: "type", Text: "must be an integer"}
	case read.N == nil:
		return &wire.Error{Keyword: "required", Text: "n is required", Missing: []string{"n"}}
	}
	n.N, n.Password = *read.N, wire.Secret(read.Password)
	return nil
}

// twice returns a duplicate key of the object frame; empty if there is none.
func twice(frame []byte) string {
	seen := map[string]bool{}
	in := json.NewDecoder(bytes.NewReader(frame))
	if _, err := in.Token(); err != nil {
		return ""
	}
	for in.More() {
		key, err := in.Token()
		var skip json.RawMessage
		if err != nil || in.Decode(&skip) != nil {
			return ""
		}
		name, _ := key.(string)
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}
