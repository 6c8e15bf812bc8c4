package client

import (
	"context"
	"encoding/json"
	"strconv"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// This file replaces the generated part of the package. With it the runtime compiles and can be
// tested here. It is not copied.

// Code stands for the protocol's own codes.
type Code string

// Detail stands for the protocol's own details.
type Detail struct{ Path, Message string }

const _ = runtime1

// Number is the type of most requests and answers of the stub: {"n": integer, "password"?: string}.
type Number struct {
	N        int64
	Password wire.Secret
}

// Append appends n as JSON.
func (n *Number) Append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"n":`...), n.N, 10)
	if n.Password != "" {
		dst = strconv.AppendQuote(append(dst, `,"password":`...), string(n.Password))
	}
	return append(dst, '}')
}

// None is a request without fields.
type None struct{}

// Append appends an empty object.
func (*None) Append(dst []byte) []byte { return append(dst, "{}"...) }

// Numbers is an answer that is a list.
type Numbers []int64

func decodeNumber(data []byte, n *Number) error {
	var read struct{ N *int64 }
	if err := json.Unmarshal(data, &read); err != nil || read.N == nil {
		return &wire.Error{Keyword: "required", Missing: []string{"n"}, Text: "n is required"}
	}
	n.N = *read.N
	return nil
}

func decodeNumbers(data []byte, n *Numbers) error { return json.Unmarshal(data, n) }

// Add is a request with a credential.
func (c *Client) Add(ctx context.Context, m *Number) (*Number, error) {
	r := *m
	if r.Password == "" {
		r.Password = c.password
	}
	return ask(ctx, c, "add", &r, decodeNumber)
}

// Find is a request whose answer may be null.
func (c *Client) Find(ctx context.Context, m *Number) (*Number, error) {
	return askOrNull(ctx, c, "find", m, decodeNumber)
}

// All is a request whose answer is a list.
func (c *Client) All(ctx context.Context, m *None) (Numbers, error) {
	return list(ask(ctx, c, "all", m, decodeNumbers))
}

// Forget is a request whose answer is null.
func (c *Client) Forget(ctx context.Context, m *None) error { return tell(ctx, c, "forget", m) }

// Ping is a request whose answer is a separate frame.
func (c *Client) Ping(ctx context.Context, m *Number) (*Number, error) {
	return ask(ctx, c, "ping", m, decodeNumber)
}

// Added is a broadcast.
type Added struct {
	Stamp

	Data *Number
}

// Type returns "added".
func (*Added) Type() string { return "added" }
func (*Added) event()       {}

func decodeEvent(typ string, data []byte, at Stamp) (Event, error) {
	if typ == "added" {
		e := &Added{Stamp: at, Data: new(Number)}
		return e, decodeNumber(data, e.Data)
	}
	return nil, nil //nolint:nilnil // nil means an unknown type
}

func answerFrame(typ string) string {
	if typ == "ping" {
		return "pong"
	}
	return ""
}

func isAnswer(typ string) bool { return typ == "pong" }

func credential(typ string) string {
	if typ == "add" {
		return "password"
	}
	return ""
}
