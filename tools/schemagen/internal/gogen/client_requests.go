package gogen

import (
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// nounFile prints the methods of the requests of a noun.
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
	w.Comment("//", width, effectsDoc(m)+credentialDoc(m.ir))
	w.In("func (c *Client) ", name, "(ctx context.Context, m *wire.", typeName(m.ir.Type), ") ", m.results(), " {")
	fields := "m"
	if m.ir.Secret != nil {
		fields = "&r"
		e.credential(w, m.ir.Secret)
	}
	w.P("return ", runtimeCall(m, "ctx, c, "+quote(m.ir.Wire)+", "+fields))
	w.Out("}")
}

// runtimeCall returns the call of the runtime function that sends a request and returns its answer.
func runtimeCall(m *routeRequest, arguments string) string {
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

// credentialDoc describes where the credential of a request comes from.
func credentialDoc(m *ir.Request) string {
	if m.Secret == nil {
		return ""
	}
	return " If " + FieldName(m.Secret) + " is not set in m, the request is sent with Options.Password; m is not changed."
}

// credential prints code that sets the credential in a copy of the request.
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
