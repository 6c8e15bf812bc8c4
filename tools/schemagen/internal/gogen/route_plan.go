package gogen

import (
	"fmt"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// routeCodes are the error codes that a Dispatcher answers with by itself, so that a protocol must have them.
var routeCodes = []string{ //nolint:gochecknoglobals // a table
	"missing_field", "invalid_field", "internal", "too_large", "invalid_json", "unknown_type",
}

// routeNoun is a noun of which at least one request is served.
type routeNoun struct {
	name     string // in Go
	wire     string // as in the schema
	doc      string
	requests []*routeRequest
}

// routeRequest is a request that is served, with what its Go looks like.
type routeRequest struct {
	ir      *ir.Request
	method  string
	service string // type of its service
	answer  routeAnswer
}

// routeAnswer is the answer of a request as a Go type.
type routeAnswer struct {
	goType   string // of the handler's result, such as "*wire.User" or "wire.UserList"; empty: answers null
	nullable bool   // nil stands for null
	slice    bool   // nil is an empty array unless nullable
	words    string // for documentation
	frame    string // wire type of the frame that it is; empty: it is the data of a response
}

// routeNouns checks the contract and returns its nouns as far as they are served.
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
		return routeProblem(ir.Pos{File: "contract.json", Line: 1, Column: 1}, "x-contract names no error codes; a dispatcher answers with %s", strings.Join(routeCodes, ", "))
	}
	for _, code := range routeCodes {
		has := func(v ir.EnumValue) bool { return v.Value == code }
		if !slices.ContainsFunc(c.Codes.Enum, has) {
			return routeProblem(c.Codes.Pos, "the error codes lack %q, which a dispatcher answers with", code)
		}
	}
	return nil
}

// routeProblem is an error at a place of a document.
func routeProblem(at ir.Pos, text string, args ...any) error {
	return &emit.Problem{Pos: at, Text: fmt.Sprintf(text, args...)}
}

func routeRequestOf(c *ir.Contract, m *ir.Request) (*routeRequest, error) {
	fields := m.Type.Object
	if fields.Closed || fields.Extra != nil || fields.Names != nil || fields.MinProps > 0 || fields.MaxProps != nil {
		return nil, routeProblem(m.Type.Pos,
			"request %s limits its keys, but type and request_id stand among them in a frame", m.Wire)
	}
	answer, err := routeAnswerOf(c, m)
	if err != nil {
		return nil, err
	}
	method := typeName(m.Type)
	return &routeRequest{ir: m, method: method, service: strings.TrimSuffix(LocalName(method), "_") + "Call", answer: answer}, nil
}

// routeAnswerOf describes an answer, which lower lets be nothing but a reference to a definition.
func routeAnswerOf(c *ir.Contract, m *ir.Request) (routeAnswer, error) {
	if m.Answer == nil {
		return routeAnswer{words: "null"}, nil
	}
	for t := m.Answer.Ref; ; t = t.Ref {
		if t.Nullable {
			return routeAnswer{}, routeProblem(m.Type.Pos, "the answer of request %s must refer to a definition that is not null itself", m.Wire)
		}
		if t.Kind != ir.Ref {
			break
		}
	}
	answer := routeAnswer{goType: "wire." + typeName(m.Answer.Ref), nullable: m.Answer.Nullable, words: describe(m.Answer)}
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
	case ir.ReplyFrame: // of an object, as lower has seen to
		frame := slices.IndexFunc(c.Frames, func(f *ir.Frame) bool { return f.Type == m.Answer.Ref })
		answer.frame = c.Frames[frame].Wire
	}
	return answer, nil
}

// routeDetail returns the name of the protocol's type for details of an error, empty if it has none that fits.
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
