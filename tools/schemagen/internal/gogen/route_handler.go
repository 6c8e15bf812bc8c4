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
	w.Comment("//", width, n.name+"Handler serves the requests of the noun "+n.wire+". "+n.doc)
	w.P("//")
	w.Comment("//", width, "A request has been checked against the schema before a method gets it, and belongs to the method from then on. "+
		"An error that is an *Error, wrapped or not, refuses the request; every other one is a fault and answered with the code internal.")
	w.In("type ", n.name, "Handler interface {")
	for i, m := range n.requests {
		if i > 0 {
			w.P()
		}
		r.method(w, m)
	}
	w.Out("}")
	for _, m := range n.requests {
		r.requestService(w, n, m)
	}
}

// method prints one method of an interface.
func (r *routeEmitter) method(w *emit.Writer, m *routeRequest) {
	w.Comment("//", width, m.method+" serves "+m.ir.Wire+". "+m.ir.Type.Doc)
	w.P("//")
	w.Comment("//", width, promise(m))
	w.P(m.method, "(ctx context.Context, c Caller, m *wire.", typeName(m.ir.Type), ") ", m.results())
}

// results is what a handler's method returns, in Go.
func (m *routeRequest) results() string {
	if m.answer.goType == "" {
		return "error"
	}
	return "(" + m.answer.goType + ", error)"
}

// promise says what a request is answered with, what it causes and what it is refused with.
func promise(m *routeRequest) string {
	var says []string
	switch {
	case m.answer.goType == "":
		says = append(says, "It answers null.")
	case m.answer.nullable:
		says = append(says, "It answers "+m.answer.words+": nil stands for null.")
	case m.answer.frame != "":
		says = append(says, "It answers "+m.answer.words+", sent as a frame "+m.answer.frame+" of its own.")
	default:
		says = append(says, "It answers "+m.answer.words+".")
	}
	if len(m.ir.Emits) > 0 {
		says = append(says, "It may emit "+strings.Join(wires(m.ir.Emits), ", ")+".")
	}
	if len(m.ir.Errors) > 0 {
		says = append(says, "It may refuse with "+strings.Join(m.ir.Errors, ", ")+", beside what every request is refused with.")
	}
	return strings.Join(says, " ")
}

func wires(broadcasts []*ir.Broadcast) []string {
	var all []string
	for _, b := range broadcasts {
		all = append(all, b.Wire)
	}
	return all
}

// requestService prints the type that carries one request to its handler.
func (r *routeEmitter) requestService(w *emit.Writer, n *routeNoun, m *routeRequest) {
	w.P()
	w.P("// ", m.service, " is one ", m.ir.Wire, " under way.")
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
	r.decode(w, m)
	w.P()
	w.P("func (c *", m.service, ") message() any { return &c.request }")
	w.P()
	r.parameters(w, m)
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
	r.answer(w, m)
}

// decode prints the method that reads a request and notes its credential.
func (r *routeEmitter) decode(w *emit.Writer, m *routeRequest) {
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

// parameters prints the method that gives the request without its credential.
func (r *routeEmitter) parameters(w *emit.Writer, m *routeRequest) {
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

// answer prints the method that gives the handler's answer.
func (r *routeEmitter) answer(w *emit.Writer, m *routeRequest) {
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
