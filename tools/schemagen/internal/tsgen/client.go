package tsgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// client prints client.ts, the class Client.
func (p *generator) client() []byte {
	w := emit.New(indent)
	w.P(generatedComment)
	w.P()
	w.P(`import { BaseClient, type ConnectOptions, type Params } from "./baseClient.js";`)
	w.P(`import type { CallOptions } from "./calls.js";`)
	w.P(`import type * as t from "./types.js";`)
	w.P()
	printDoc(w, "Connects to a server. The client can be used at once: calls wait until the connection is open.",
		"Throws a `TypeError` for an invalid URL, and if there is no WebSocket class on the platform or in the options.")
	w.In("export function connect(url: string | URL, options: ConnectOptions): Client {")
	w.P("return new Client(url, options);")
	w.Out("}")
	w.P()
	printDoc(w, p.ir.Doc)
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

func (p *generator) method(w *emit.Writer, r *request) {
	printDoc(w, r.ir.Type.Doc, requestFacts(r.ir))
	params := "params: Params<" + quote(r.ir.Wire) + ">"
	if canBeEmpty(r.ir) {
		params += " = " + emptyParams(r.ir)
	}
	w.In(propertyName(r.method), "(", params, ", options?: CallOptions): Promise<", answerType(r.ir), "> {")
	w.P("return this.request(", quote(r.ir.Wire), ", params, options);")
	w.Out("}")
}

// emptyParams is an empty parameter object of a request. An object literal inherits the methods of
// every object, and TypeScript checks their types against fields with the same names.
func emptyParams(m *ir.Request) string {
	for _, f := range m.Type.Object.Fields {
		if inherited[f.Name] {
			return "Object.create(null)"
		}
	}
	return "{}"
}

// canBeEmpty reports whether a request has no required field besides its credential.
func canBeEmpty(m *ir.Request) bool {
	for _, f := range m.Type.Object.Fields {
		if f.Required && f != m.Secret {
			return false
		}
	}
	return true
}

// requestFacts says what a request requires, causes and can be refused with.
func requestFacts(m *ir.Request) string {
	var texts []string
	switch m.Auth {
	case ir.AuthRequired:
		texts = append(texts, "Requires `"+m.Secret.Name+"`.")
	case ir.AuthOptional:
		texts = append(texts, "Takes `"+m.Secret.Name+"`, which is optional.")
	case ir.AuthNone:
	}
	if len(m.Emits) > 0 {
		var types []string
		for _, b := range m.Emits {
			types = append(types, b.Wire)
		}
		texts = append(texts, "Can cause the broadcasts "+codeList(types)+".")
	}
	if len(m.Errors) > 0 {
		texts = append(texts, "Can be refused with "+codeList(m.Errors)+", and with the codes of every request.")
	}
	return strings.Join(texts, " ")
}

func codeList(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
