package gogen

import (
	"fmt"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// routeCodes are the error codes that a Dispatcher itself uses. Every protocol must have them.
var routeCodes = []string{ //nolint:gochecknoglobals // a table
	"missing_field", "invalid_field", "internal", "too_large", "invalid_json", "unknown_type",
}

// routeNoun is a noun with at least one request that is not planned.
type routeNoun struct {
	name     string // in Go
	wire     string // as in the schema
	doc      string
	requests []*routeRequest
}

// routeRequest is a request that is not planned, with its names in Go.
type routeRequest struct {
	ir      *ir.Request
	method  string
	service string // type of its service
	answer  routeAnswer
}

// routeAnswer is the answer of a request as a Go type.
type routeAnswer struct {
	goType      string // of the handler's result, such as "*wire.User" or "wire.UserList"; empty: the answer is null
	nullable    bool   // nil means null
	slice       bool   // nil is an empty array unless nullable
	description string // for documentation
	frame       string // wire type of the answer frame; empty: the answer is the data of a response
}

// routeNouns validates the contract and returns the nouns with their requests, without planned
// ones.
func routeNouns(c *ir.Contract) ([]*routeNoun, error) {
	if err := routeCheckCodes(c); err != nil {
		return nil, err
	}
	var nouns []*routeNoun
	for _, n := range c.Nouns {
		noun := &routeNoun{name: GoName(n.Name), wire: n.Name, doc: n.Doc}
		for _, m := range n.Requests {
			if m.Planned {
				continue
			}
			request, err := routeRequestOf(c, m)
			if err != nil {
				return nil, err
			}
			noun.requests = append(noun.requests, request)
		}
		if len(noun.requests) == 0 {
			continue
		}
		nouns = append(nouns, noun)
	}
	return nouns, nil
}

func routeCheckCodes(c *ir.Contract) error {
	if c.Codes == nil {
		return routeProblem(ir.Pos{File: "contract.json", Line: 1, Column: 1}, "x-contract declares no error codes; a dispatcher needs %s", strings.Join(routeCodes, ", "))
	}
	for _, code := range routeCodes {
		has := func(v ir.EnumValue) bool { return v.Value == code }
		if !slices.ContainsFunc(c.Codes.Enum, has) {
			return routeProblem(c.Codes.Pos, "the error codes lack %q, which a dispatcher needs", code)
		}
	}
	return nil
}

// routeProblem returns an error at a place in a document.
func routeProblem(at ir.Pos, text string, args ...any) error {
	return &emit.Problem{Pos: at, Text: fmt.Sprintf(text, args...)}
}

func routeRequestOf(c *ir.Contract, m *ir.Request) (*routeRequest, error) {
	fields := m.Type.Object
	if fields.Closed || fields.Extra != nil || fields.Names != nil || fields.MinProps > 0 || fields.MaxProps != nil {
		return nil, routeProblem(m.Type.Pos,
			"request %s restricts its keys, but its frame also has type and request_id", m.Wire)
	}
	answer, err := routeAnswerOf(c, m)
	if err != nil {
		return nil, err
	}
	method := typeName(m.Type)
	return &routeRequest{ir: m, method: method, service: strings.TrimSuffix(LocalName(method), "_") + "Call", answer: answer}, nil
}

// routeAnswerOf describes an answer. Package lower guarantees that it is a reference to a
// definition.
func routeAnswerOf(c *ir.Contract, m *ir.Request) (routeAnswer, error) {
	if m.Answer == nil {
		return routeAnswer{description: "null"}, nil
	}
	for t := m.Answer.Ref; ; t = t.Ref {
		if t.Nullable {
			return routeAnswer{}, routeProblem(m.Type.Pos, "the answer of request %s must refer to a definition that is not nullable", m.Wire)
		}
		if t.Kind != ir.Ref {
			break
		}
	}
	answer := routeAnswer{goType: "wire." + typeName(m.Answer.Ref), nullable: m.Answer.Nullable, description: describeType(m.Answer)}
	switch m.Answer.Deref().Kind {
	case ir.Object, ir.Union:
		answer.goType = "*" + answer.goType
	case ir.Array:
		answer.slice = true
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Map, ir.Raw, ir.Ref, ir.Null:
		return routeAnswer{}, routeProblem(m.Type.Pos, "the answer of request %s must be an object with properties, a union or an array", m.Wire)
	}
	switch m.ReplyAs {
	case ir.ReplyResponse:
	case ir.ReplyFrame: // lower guarantees that it is an object
		frame := slices.IndexFunc(c.Frames, func(f *ir.Frame) bool { return f.Type == m.Answer.Ref })
		answer.frame = c.Frames[frame].Wire
	}
	return answer, nil
}

// routeDetail returns the name of the protocol's type for error details; empty if there is no
// suitable one.
func routeDetail(c *ir.Contract) string {
	const name = "ErrorDetail"
	i := slices.IndexFunc(c.Types, func(t *ir.Type) bool { return t.Name == name })
	if i < 0 || c.Types[i].Kind != ir.Object || len(c.Types[i].Object.Fields) != 2 {
		return ""
	}
	for _, want := range []string{"path", "message"} {
		fits := func(f *ir.Field) bool {
			return f.Name == want && f.Required && !f.Type.Nullable && f.Type.Deref().Kind == ir.String && !f.Type.Deref().Nullable
		}
		if !slices.ContainsFunc(c.Types[i].Object.Fields, fits) {
			return ""
		}
	}
	return name
}
