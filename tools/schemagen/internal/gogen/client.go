package gogen

import (
	"embed"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// clientRuntime is the half of package client that no protocol changes. It type-checks where it lies, against stand-ins.
//
//go:embed clientrt/client_*.go
var clientRuntime embed.FS

// Client prints package client: a connection with a method for each request and a type for each broadcast. Requests and broadcasts
// that are planned only are left out.
//
// It refuses what Route refuses, and besides an answer that nobody could tell from a refusal, naming the place.
func Client(c *ir.Contract, o Options) ([]emit.File, error) {
	nouns, err := routeNouns(c)
	if err != nil {
		return nil, err
	}
	copies, err := copyRuntime(clientRuntime, "clientrt", "client", o)
	if err != nil {
		return nil, err
	}
	e := &clientEmitter{contract: c, nouns: nouns, wire: quote(o.ImportPath + "/wire")}
	if err := e.plan(copies); err != nil {
		return nil, err
	}
	e.add("contract.go", e.contractFile)
	e.add("events.go", e.eventsFile)
	for _, n := range nouns {
		e.add(strings.ToLower(n.name)+"_requests.go", func(w *emit.Writer) { e.nounFile(w, n) })
	}
	return finish(append(copies, e.files...), "client", nil)
}

// clientEmitter prints the files of package client that the contract decides.
type clientEmitter struct {
	contract *ir.Contract
	nouns    []*routeNoun
	wire     string            // import path of package wire, quoted
	methods  map[string]string // Go names of the requests' methods, by wire type
	events   map[string]string // Go names of the broadcasts' types, by wire type
	files    []emit.File
}

// add prints one file.
func (e *clientEmitter) add(name string, body func(w *emit.Writer)) {
	w := emit.New("\t")
	body(w)
	e.files = append(e.files, emit.File{Path: "client/" + name, Data: w.Bytes()})
}

// contractFile prints what ties the package to the protocol: its codes, and what there is to know of a request at run time.
func (e *clientEmitter) contractFile(w *emit.Writer) {
	w.P("import ", e.wire)
	w.P()
	w.P("// What this package is made of comes from one schema and one generator, or it does not compile.")
	w.In("func _() {")
	w.P("_ = runtime1")
	w.P("_ = map[bool]struct{}{false: {}, wire.Hash == ", quote(e.contract.Hash), ": {}}")
	w.Out("}")
	w.P()
	w.P("// Code is the reason of a refusal, for programs.")
	w.P("type Code = wire.", typeName(e.contract.Codes))
	w.P()
	(&routeEmitter{contract: e.contract}).detail(w)
	w.P("// answerFrame returns the type of the frame that answers a request of a type; empty: a response does.")
	e.lookUp(w, "answerFrame", func(m *routeRequest) string { return m.answer.frame })
	w.P()
	e.isAnswer(w)
	w.P()
	w.P("// credential returns the name of the field that carries the credential of a request of a type; empty: there is none.")
	e.lookUp(w, "credential", func(m *routeRequest) string {
		if m.ir.Secret == nil {
			return ""
		}
		return m.ir.Secret.Name
	})
}

// lookUp prints a function from the type of a request to what of gives for it, where that is not empty.
func (e *clientEmitter) lookUp(w *emit.Writer, name string, of func(*routeRequest) string) {
	w.In("func ", name, "(typ string) string {")
	w.In("switch typ {")
	for _, n := range e.nouns {
		for _, m := range n.requests {
			if value := of(m); value != "" {
				w.Mid("case ", quote(m.ir.Wire), ":")
				w.P("return ", quote(value))
			}
		}
	}
	w.Out("}")
	w.P(`return ""`)
	w.Out("}")
}

// isAnswer prints the function that knows the frames which are answers.
func (e *clientEmitter) isAnswer(w *emit.Writer) {
	w.P("// isAnswer tells whether a frame of a type is the answer to a request.")
	w.In("func isAnswer(typ string) bool {")
	w.In("switch typ {")
	seen := map[string]bool{}
	for _, n := range e.nouns {
		for _, m := range n.requests {
			if frame := m.answer.frame; frame != "" && !seen[frame] {
				seen[frame] = true
				w.Mid("case ", quote(frame), ":")
				w.P("return true")
			}
		}
	}
	w.Out("}")
	w.P("return false")
	w.Out("}")
}
