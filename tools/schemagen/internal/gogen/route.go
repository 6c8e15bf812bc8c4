package gogen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// Route generates package route: an interface for each noun, the Dispatcher that passes requests to
// them, and the metadata of the protocol. Planned messages are left out.
//
// It returns an error with a place if the contract lacks an error code that the Dispatcher uses, if
// the type of a request leaves no room for the keys of the envelope, or if the type of an answer
// has no name.
func Route(c *ir.Contract, o Options) ([]emit.File, error) {
	nouns, err := routeNouns(c)
	if err != nil {
		return nil, err
	}
	files, err := copyRuntime(routeRuntime, "route", o)
	if err != nil {
		return nil, err
	}
	r := &routeEmitter{contract: c, nouns: nouns, wire: quote(o.ImportPath + "/wire")}
	r.add("contract.go", r.contractFile)
	r.add("messages.go", r.messagesFile)
	r.add("broadcasts.go", r.broadcastsFile)
	for _, n := range nouns {
		r.add(strings.ToLower(n.name)+"_handler.go", func(w *emit.Writer) { r.nounFile(w, n) })
	}
	return formatFiles(append(files, r.files...), "route", nil)
}

// routeEmitter prints the files of package route that depend on the schema.
type routeEmitter struct {
	contract *ir.Contract
	nouns    []*routeNoun
	wire     string // import path of package wire, quoted
	files    []emit.File
}

// add prints one file.
func (r *routeEmitter) add(name string, body func(w *emit.Writer)) {
	w := emit.New("\t")
	body(w)
	r.files = append(r.files, emit.File{Path: "route/" + name, Data: w.Bytes()})
}

// contractFile prints the error codes, the handlers, and the switch from a request type to its
// service.
func (r *routeEmitter) contractFile(w *emit.Writer) {
	w.P("import ", r.wire)
	w.P()
	w.P("// This function does not compile if parts of this package were generated from different schemas or generators.")
	w.In("func _() {")
	w.P("_ = runtime1")
	w.P("_ = map[bool]struct{}{false: {}, wire.Hash == ", quote(r.contract.Hash), ": {}}")
	w.Out("}")
	w.P()
	codes := typeName(r.contract.Codes)
	w.P("// Code is an error code: the reason why a request was refused, for programs.")
	w.P("type Code = wire.", codes)
	w.P()
	w.P("// The error codes that a Dispatcher itself uses.")
	w.In("const (")
	for _, code := range routeCodes {
		w.P("code", GoName(code), " Code = ", quote(code))
	}
	w.Out(")")
	w.P()
	r.detailType(w)
	r.handlersStruct(w)
	r.serviceSwitch(w)
}

// detailType prints the type of an error's details: the protocol's own type if it has a suitable
// one.
func (r *routeEmitter) detailType(w *emit.Writer) {
	w.P("// Detail describes what is wrong with one field: Path is a JSON pointer to it, Message is a text for people.")
	if name := routeDetail(r.contract); name != "" {
		w.P("type Detail = wire.", GoName(name))
	} else {
		w.P("type Detail struct{ Path, Message string }")
	}
	w.P()
}

// handlersStruct prints the struct with a handler for each noun.
func (r *routeEmitter) handlersStruct(w *emit.Writer) {
	w.P("// Handlers has a handler for each noun. Every field must be set.")
	w.In("type Handlers struct {")
	for _, n := range r.nouns {
		w.P(n.name, " ", n.name, "Handler")
	}
	w.Out("}")
	w.P()
	w.P("// missing returns the name of the first handler that is not set; empty if all are.")
	w.In("func (h *Handlers) missing() string {")
	w.In("switch {")
	for _, n := range r.nouns {
		w.Mid("case h.", n.name, " == nil:")
		w.P("return ", quote(n.name))
	}
	w.Out("}")
	w.P(`return ""`)
	w.Out("}")
	w.P()
}

// serviceSwitch prints the switch from a request type to its service.
func (r *routeEmitter) serviceSwitch(w *emit.Writer) {
	w.P("// service returns a new service for a request of type typ; nil if there is no such request.")
	w.In("func (h *Handlers) service(typ []byte) service {")
	w.In("switch string(typ) {")
	index := 0
	for _, n := range r.nouns {
		for _, m := range n.requests {
			w.Mid("case ", quote(m.ir.Wire), ":")
			w.P("return &", m.service, "{Call: Call{Message: messages[", index, "]}, handler: h.", n.name, "}")
			index++
		}
	}
	w.Out("}")
	w.P("return nil")
	w.Out("}")
}
