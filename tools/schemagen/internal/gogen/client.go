package gogen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// Client generates package client: a connection with a method for each request and a type for each
// broadcast. Planned messages are left out.
//
// It returns the errors of Route, and an error with a place if an answer could not be distinguished
// from an error.
func Client(c *ir.Contract, o Options) ([]emit.File, error) {
	nouns, err := routeNouns(c)
	if err != nil {
		return nil, err
	}
	copies, err := copyRuntime(clientRuntime, "client", o)
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
	return formatFiles(append(copies, e.files...), "client", nil)
}

// clientEmitter prints the files of package client that depend on the schema.
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

// contractFile prints the error codes and the tables that the runtime needs for requests.
func (e *clientEmitter) contractFile(w *emit.Writer) {
	w.P("import ", e.wire)
	w.P()
	w.P("// This function does not compile if parts of this package were generated from different schemas or generators.")
	w.In("func _() {")
	w.P("_ = runtime1")
	w.P("_ = map[bool]struct{}{false: {}, wire.Hash == ", quote(e.contract.Hash), ": {}}")
	w.Out("}")
	w.P()
	w.P("// Code is an error code: the reason why a request was refused, for programs.")
	w.P("type Code = wire.", typeName(e.contract.Codes))
	w.P()
	(&routeEmitter{contract: e.contract}).detailType(w)
	w.P("// answerFrame returns the type of the frame that answers a request of type typ; empty if a response does.")
	e.typeSwitch(w, "answerFrame", func(m *routeRequest) string { return m.answer.frame })
	w.P()
	e.isAnswer(w)
	w.P()
	w.P("// credential returns the name of the credential field of a request of type typ; empty if there is none.")
	e.typeSwitch(w, "credential", func(m *routeRequest) string {
		if m.ir.Secret == nil {
			return ""
		}
		return m.ir.Secret.Name
	})
}

// typeSwitch prints a function that maps the type of a request to the result of a function, if that
// is not empty.
func (e *clientEmitter) typeSwitch(w *emit.Writer, name string, of func(*routeRequest) string) {
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

// isAnswer prints the function that recognizes answer frames.
func (e *clientEmitter) isAnswer(w *emit.Writer) {
	w.P("// isAnswer reports whether frames of type typ answer requests.")
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
