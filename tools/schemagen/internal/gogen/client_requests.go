package gogen

import (
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// nounFile prints the methods of a noun's requests.
func (e *clientEmitter) nounFile(w *emit.Writer, n *routeNoun) {
	w.In("import (")
	w.P(`"context"`)
	w.P()
	w.P(e.wire)
	w.Out(")")
	for _, m := range n.requests {
		w.P()
		e.request(w, m)
	}
}

// request prints the method of one request.
func (e *clientEmitter) request(w *emit.Writer, m *routeRequest) {
	name := e.methods[m.ir.Wire]
	w.Comment("//", width, name+" sends "+m.ir.Wire+". "+m.ir.Type.Doc)
	w.P("//")
	w.Comment("//", width, promise(m)+credentialPromise(m.ir))
	w.In("func (c *Client) ", name, "(ctx context.Context, m *wire.", typeName(m.ir.Type), ") ", m.results(), " {")
	fields := "m"
	if m.ir.Secret != nil {
		fields = "&r"
		e.credential(w, m.ir.Secret)
	}
	w.P("return ", ask(m, "ctx, c, "+quote(m.ir.Wire)+", "+fields))
	w.Out("}")
}

// ask is the call of the runtime that sends a request and brings its answer.
func ask(m *routeRequest, arguments string) string {
	if m.answer.goType == "" {
		return "tell(" + arguments + ")"
	}
	call := "ask("
	if m.answer.nullable {
		call = "askOrNull("
	}
	call += arguments + ", wire.Decode" + typeName(m.ir.Answer.Ref) + ")"
	if m.answer.slice {
		return "list(" + call + ")"
	}
	return call
}

// credentialPromise says where a request's credential comes from.
func credentialPromise(m *ir.Request) string {
	if m.Secret == nil {
		return ""
	}
	return " Where m has no " + FieldName(m.Secret) + ", the Password of the Options is sent in its place; m is not changed."
}

// credential prints how a copy of the request gets the credential.
func (*clientEmitter) credential(w *emit.Writer, secret *ir.Field) {
	field := "r." + FieldName(secret)
	w.P("r := *m")
	if secret.Required || secret.Default != nil || secret.Always {
		w.In("if ", field, ` == "" {`)
		w.P(field, " = c.password")
	} else {
		w.In("if !", field, `.Set && c.password != "" {`)
		w.P(field, " = wire.Some(c.password)")
	}
	w.Out("}")
}
