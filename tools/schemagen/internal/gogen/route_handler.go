package gogen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// nounFile prints the interface of a noun's handler and the services of its requests.
func (r *routeEmitter) nounFile(w *emit.Writer, n *routeNoun) {
	w.In("import (")
	w.P(`"context"`)
	w.P()
	w.P(r.wire)
	w.Out(")")
	w.P()
	w.Comment("//", width, n.name+"Handler handles the requests of the noun "+n.wire+". "+n.doc)
	w.P("//")
	w.Comment("//", width, "Requests are validated before a method is called. The method may keep and change its request. "+
		"If it returns an *Error, wrapped or not, the request is refused with that error. Any other error is answered with the code internal.")
	w.In("type ", n.name, "Handler interface {")
	for i, m := range n.requests {
		if i > 0 {
			w.P()
		}
		r.handlerMethod(w, m)
	}
	w.Out("}")
	for _, m := range n.requests {
		r.requestService(w, n, m)
	}
}

// handlerMethod prints one method of an interface.
func (r *routeEmitter) handlerMethod(w *emit.Writer, m *routeRequest) {
	w.Comment("//", width, m.method+" handles "+m.ir.Wire+". "+m.ir.Type.Doc)
	w.P("//")
	w.Comment("//", width, effectsDoc(m))
	w.P(m.method, "(ctx context.Context, c Caller, m *wire.", typeName(m.ir.Type), ") ", m.results())
}

// results returns the result types of a handler's method.
func (m *routeRequest) results() string {
	if m.answer.goType == "" {
		return "error"
	}
	return "(" + m.answer.goType + ", error)"
}

// effectsDoc describes the answer, the broadcasts and the errors of a request.
func effectsDoc(m *routeRequest) string {
	var sentences []string
	switch {
	case m.answer.goType == "":
		sentences = append(sentences, "The answer is null.")
	case m.answer.nullable:
		sentences = append(sentences, "The answer is "+m.answer.description+"; nil means null.")
	case m.answer.frame != "":
		sentences = append(sentences, "The answer is "+m.answer.description+", sent as a separate frame "+m.answer.frame+".")
	default:
		sentences = append(sentences, "The answer is "+m.answer.description+".")
	}
	if len(m.ir.Emits) > 0 {
		sentences = append(sentences, "It may cause the broadcasts "+strings.Join(wires(m.ir.Emits), ", ")+".")
	}
	if len(m.ir.Errors) > 0 {
		sentences = append(sentences, "It may fail with "+strings.Join(m.ir.Errors, ", ")+", besides the codes of all requests.")
	}
	return strings.Join(sentences, " ")
}

func wires(broadcasts []*ir.Broadcast) []string {
	var all []string
	for _, b := range broadcasts {
		all = append(all, b.Wire)
	}
	return all
}

// requestService prints the type that passes one request to its handler.
func (r *routeEmitter) requestService(w *emit.Writer, n *routeNoun, m *routeRequest) {
	w.P()
	w.P("// ", m.service, " is the service of one request ", m.ir.Wire, ".")
	w.In("type ", m.service, " struct {")
	w.P("Call")
	w.P()
	w.P("handler ", n.name, "Handler")
	w.P("request wire.", typeName(m.ir.Type))
	if m.answer.goType != "" {
		w.P("reply ", m.answer.goType)
	}
	w.Out("}")
	w.P()
	r.decodeMethod(w, m)
	w.P()
	w.P("func (c *", m.service, ") message() any { return &c.request }")
	w.P()
	r.parametersMethod(w, m)
	w.P()
	if m.answer.goType == "" {
		w.In("func (c *", m.service, ") serve(ctx context.Context) error {")
		w.P("return c.handler.", m.method, "(ctx, *c.Caller, &c.request)")
	} else {
		w.In("func (c *", m.service, ") serve(ctx context.Context) (err error) {")
		w.P("c.reply, err = c.handler.", m.method, "(ctx, *c.Caller, &c.request)")
		w.P("return err")
	}
	w.Out("}")
	w.P()
	r.answerMethod(w, m)
}

// decodeMethod prints the method that decodes a request and stores its credential.
func (r *routeEmitter) decodeMethod(w *emit.Writer, m *routeRequest) {
	w.In("func (c *", m.service, ") decode(frame []byte) error {")
	call := "wire.Decode" + typeName(m.ir.Type) + "(frame, &c.request)"
	secret := m.ir.Secret
	if secret == nil {
		w.P("return ", call)
		w.Out("}")
		return
	}
	w.P("err := ", call)
	field := "c.request." + FieldName(secret)
	switch {
	case secret.Required:
		w.P("c.Secret, c.HasSecret = ", field, ", true")
	case secret.Default != nil || secret.Always:
		w.P("c.Secret, c.HasSecret = ", field, ", ", field, ` != ""`)
	default:
		w.P("c.Secret, c.HasSecret = ", field, ".Value, ", field, ".Set")
	}
	w.P("return err")
	w.Out("}")
}

// parametersMethod prints the method that returns the request without its credential.
func (r *routeEmitter) parametersMethod(w *emit.Writer, m *routeRequest) {
	w.In("func (c *", m.service, ") parameters(dst []byte) []byte {")
	secret := m.ir.Secret
	if secret == nil {
		w.P("return c.request.Append(dst)")
		w.Out("}")
		return
	}
	field := "request." + FieldName(secret)
	w.P("request := c.request")
	if secret.Required || secret.Default != nil || secret.Always {
		w.P(field, ` = ""`)
	} else {
		w.P(field, ".Set = false")
	}
	w.P("return request.Append(dst)")
	w.Out("}")
}

// answerMethod prints the method that returns the handler's answer.
func (r *routeEmitter) answerMethod(w *emit.Writer, m *routeRequest) {
	receiver := "c *" + m.service
	if m.answer.goType == "" {
		receiver = "*" + m.service
	}
	w.In("func (", receiver, ") answer() (Appender, error) {")
	switch {
	case m.answer.goType == "":
		w.P("return nil, nil")
	case m.answer.slice && !m.answer.nullable:
		w.P("return c.reply, nil")
	default:
		w.In("if c.reply == nil {")
		if m.answer.nullable {
			w.P("return nil, nil")
		} else {
			w.P("return nil, ErrNoAnswer")
		}
		w.Out("}")
		w.P("return c.reply, nil")
	}
	w.Out("}")
}
