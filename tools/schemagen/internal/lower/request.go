package lower

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// request adds a request definition to its noun.
func (b *messages) request(n *schema.Node) {
	if messageKind(n) != "x-request" {
		return
	}
	out := &ir.Request{
		Wire: b.messageName(n, "x-request"), Noun: n.Doc.Name(), Type: b.types[n], Mutates: n.Get("x-mutates") != nil,
		Planned: n.Get("x-planned") != nil,
	}
	b.lowerAnswer(n, out)
	b.lowerEmits(n, out)
	b.lowerErrors(n, out)
	b.lowerAuth(n, out)
	noun := b.nounOf(n.Doc)
	noun.Requests = append(noun.Requests, out)
}

func (b *messages) lowerAnswer(n *schema.Node, out *ir.Request) {
	asFrame := n.Get("x-answer-as") != nil && n.Get("x-answer-as").Text == "frame"
	if n.Answer == nil {
		if asFrame {
			b.problems.Add(n.KeyPos("x-answer-as"), "an answer that is a frame needs x-answer")
		}
		return
	}
	out.Answer = b.typeOf(n.Answer)
	if out.Answer.Kind != ir.Ref {
		b.problems.Add(n.Answer.Pos(), "x-answer must be a reference to a definition, or a oneOf of such a reference and null")
		return
	}
	if !asFrame {
		return
	}
	out.ReplyAs = ir.ReplyFrame
	isFrame := slices.ContainsFunc(b.frames, func(f *schema.Node) bool { return b.types[f] == out.Answer.Ref })
	if !isFrame || out.Answer.Nullable {
		b.problems.Add(n.Answer.Pos(), "an answer that is a frame must refer to a definition with x-frame")
	}
}

func (b *messages) lowerEmits(n *schema.Node, out *ir.Request) {
	list := n.Get("x-emits")
	if list == nil {
		return
	}
	for _, item := range list.Items {
		broadcast := b.broadcasts[item.Text]
		if broadcast == nil {
			b.problems.Add(item.Pos, "no broadcast has the type %q", item.Text)
			continue
		}
		out.Emits = append(out.Emits, broadcast)
	}
}

// generalCodes are the error codes that every request can return. x-errors lists only others.
var generalCodes = []string{ //nolint:gochecknoglobals // a table
	"missing_field", "invalid_field", "unauthorized", "internal", "rate_limited", "too_large", "invalid_json", "unknown_type",
}

func (b *messages) lowerErrors(n *schema.Node, out *ir.Request) {
	list := n.Get("x-errors")
	if list == nil {
		return
	}
	for _, item := range list.Items {
		known := b.contract.Codes != nil &&
			slices.ContainsFunc(b.contract.Codes.Enum, func(v ir.EnumValue) bool { return v.Value == item.Text })
		switch {
		case !known:
			b.problems.Add(item.Pos, "%q is not an error code of the contract", item.Text)
		case slices.Contains(generalCodes, item.Text):
			b.problems.Add(item.Pos, "every request can return %q: remove it", item.Text)
		}
		out.Errors = append(out.Errors, item.Text)
	}
}

func (b *messages) lowerAuth(n *schema.Node, out *ir.Request) {
	var secrets []*ir.Field
	if out.Type.Kind == ir.Object {
		for _, f := range out.Type.Object.Fields {
			if t := f.Type.Deref(); t.Kind == ir.String && t.String.Secret {
				secrets = append(secrets, f)
			}
		}
	}
	auth := n.Get("x-auth")
	if auth == nil {
		if len(secrets) > 0 {
			b.problems.Add(n.Pos(), "property %q is x-secret, so the request needs x-auth", secrets[0].Name)
		}
		return
	}
	out.Auth = ir.AuthOptional
	if auth.Text == "required" {
		out.Auth = ir.AuthRequired
	}
	if len(secrets) != 1 {
		b.problems.Add(auth.Pos, "x-auth needs exactly one x-secret property, not %d", len(secrets))
		return
	}
	out.Secret = secrets[0]
	if mayBeNull(out.Secret.Type) {
		b.problems.Add(auth.Pos, "property %q is x-secret, so it cannot be null", out.Secret.Name)
	}
	if out.Secret.Required != (out.Auth == ir.AuthRequired) {
		b.problems.Add(auth.Pos, "x-auth is %q, so property %q must be as well", auth.Text, out.Secret.Name)
	}
}
