package gogen

import (
	"embed"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// routeRuntime is the half of package route that no protocol changes. It type-checks where it lies, against stand-ins.
//
//go:embed routert/route_*.go
var routeRuntime embed.FS

// Route prints package route: an interface for each noun, the Dispatcher that hands requests to them, and the metadata of the
// protocol. Requests and broadcasts that are planned only are left out.
//
// It refuses a contract that it cannot serve, naming the place: one without the error codes that a Dispatcher answers with, a
// request that would not let the envelope's keys stand beside its own, an answer that has no name.
func Route(c *ir.Contract, o Options) ([]emit.File, error) {
	nouns, err := routeNouns(c)
	if err != nil {
		return nil, err
	}
	files, err := copyRuntime(routeRuntime, "routert", "route", o)
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
	return finish(append(files, r.files...), "route", nil)
}

// routeEmitter prints the files of package route that the contract decides.
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

// contractFile prints what ties the package to the protocol: its codes, its handlers, and the way from a type to a service.
func (r *routeEmitter) contractFile(w *emit.Writer) {
	w.P("import ", r.wire)
	w.P()
	w.P("// What this package is made of comes from one schema and one generator, or it does not compile.")
	w.In("func _() {")
	w.P("_ = runtime1")
	w.P("_ = map[bool]struct{}{false: {}, wire.Hash == ", quote(r.contract.Hash), ": {}}")
	w.Out("}")
	w.P()
	codes := typeName(r.contract.Codes)
	w.P("// Code is the reason of a refusal, for programs.")
	w.P("type Code = wire.", codes)
	w.P()
	w.P("// The codes that a Dispatcher answers with by itself.")
	w.In("const (")
	for _, code := range routeCodes {
		w.P("code", GoName(code), " Code = ", quote(code))
	}
	w.Out(")")
	w.P()
	r.detail(w)
	r.handlers(w)
	r.service(w)
}

// detail prints the type of a refusal's details: the protocol's own if it describes one that fits.
func (r *routeEmitter) detail(w *emit.Writer) {
	w.P("// Detail says what is wrong with one field: Path is a JSON pointer to it, Message is for people.")
	if name := routeDetail(r.contract); name != "" {
		w.P("type Detail = wire.", GoName(name))
	} else {
		w.P("type Detail struct{ Path, Message string }")
	}
	w.P()
}

// handlers prints the struct that holds a handler of each noun.
func (r *routeEmitter) handlers(w *emit.Writer) {
	w.P("// Handlers serve the requests, noun by noun. Every field must be set.")
	w.In("type Handlers struct {")
	for _, n := range r.nouns {
		w.P(n.name, " ", n.name, "Handler")
	}
	w.Out("}")
	w.P()
	w.P("// missing names the first handler that is not set.")
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

// service prints the switch that a frame's type goes through.
func (r *routeEmitter) service(w *emit.Writer) {
	w.P("// service begins a request of a type; nil if it is none that is served.")
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
