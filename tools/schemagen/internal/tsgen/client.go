package tsgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// client prints the class of clients.
func (p *pkg) client() []byte {
	w := emit.New(indent)
	w.P(marker)
	w.P()
	w.P(`import { BaseClient, type ConnectOptions, type Params } from "./base.js";`)
	w.P(`import type { CallOptions } from "./calls.js";`)
	w.P(`import type * as t from "./types.js";`)
	w.P()
	doc(w, "Connects to a server. The client can be used at once: calls wait until the connection is open.",
		"Throws a `TypeError` for a URL that is none, and where the platform has no WebSocket and none is given.")
	w.In("export function connect(url: string | URL, options: ConnectOptions): Client {")
	w.P("return new Client(url, options);")
	w.Out("}")
	w.P()
	doc(w, p.ir.Doc)
	w.In("export class Client extends BaseClient {")
	for i, r := range p.requests {
		if i > 0 {
			w.P()
		}
		p.method(w, r)
	}
	w.Out("}")
	return w.Bytes()
}

func (p *pkg) method(w *emit.Writer, r *request) {
	doc(w, r.ir.Type.Doc, facts(r.ir))
	params := "params: Params<" + quote(r.ir.Wire) + ">"
	if canBeEmpty(r.ir) {
		params += " = " + nothing(r.ir)
	}
	w.In(key(r.method), "(", params, ", options?: CallOptions): Promise<", answer(r.ir), "> {")
	w.P("return this.request(", quote(r.ir.Wire), ", params, options);")
	w.Out("}")
}

// nothing is an object without fields, as a request takes it. One in braces has the methods that every object has, and TypeScript
// holds those against fields of the same names.
func nothing(m *ir.Request) string {
	for _, f := range m.Type.Object.Fields {
		if inherited[f.Name] {
			return "Object.create(null)"
		}
	}
	return "{}"
}

// canBeEmpty reports whether a request has no field that its caller must give.
func canBeEmpty(m *ir.Request) bool {
	for _, f := range m.Type.Object.Fields {
		if f.Required && f != m.Secret {
			return false
		}
	}
	return true
}

// facts says what a request needs, causes and is refused with.
func facts(m *ir.Request) string {
	var said []string
	switch m.Auth {
	case ir.AuthRequired:
		said = append(said, "Needs `"+m.Secret.Name+"`.")
	case ir.AuthOptional:
		said = append(said, "Takes `"+m.Secret.Name+"`, and can do without.")
	case ir.AuthNone:
	}
	if len(m.Emits) > 0 {
		var types []string
		for _, b := range m.Emits {
			types = append(types, b.Wire)
		}
		said = append(said, "Can cause "+list(types)+".")
	}
	if len(m.Errors) > 0 {
		said = append(said, "Can be refused with "+list(m.Errors)+", and with what every request can be.")
	}
	return strings.Join(said, " ")
}

func list(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
