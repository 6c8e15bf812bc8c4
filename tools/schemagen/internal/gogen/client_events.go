package gogen

import (
	"seg.example/tools/schemagen/internal/emit"
)

// eventsFile prints a type for each broadcast, and the function that decodes them.
func (e *clientEmitter) eventsFile(w *emit.Writer) {
	if len(e.events) > 0 {
		w.P("import ", e.wire)
		w.P()
	}
	for _, b := range e.contract.Broadcasts {
		if b.Planned {
			continue
		}
		name := e.events[b.Wire]
		w.Comment("//", width, name+" is the broadcast "+b.Wire+". "+b.Type.Doc)
		w.In("type ", name, " struct {")
		w.P("Stamp")
		w.P()
		w.P("Data *wire.", typeName(b.Type))
		w.Out("}")
		w.P()
		w.P("// Type returns ", quote(b.Wire), ".")
		w.P("func (*", name, ") Type() string { return ", quote(b.Wire), " }")
		w.P("func (*", name, ") event() {}")
		w.P()
	}
	w.P("// decodeEvent decodes a broadcast; the event is nil if its type is unknown.")
	w.In("func decodeEvent(typ string, data []byte, at Stamp) (Event, error) {")
	w.In("switch typ {")
	for _, b := range e.contract.Broadcasts {
		if b.Planned {
			continue
		}
		w.Mid("case ", quote(b.Wire), ":")
		w.P("e := &", e.events[b.Wire], "{Stamp: at, Data: new(wire.", typeName(b.Type), ")}")
		w.P("return e, wire.Decode", typeName(b.Type), "(data, e.Data)")
	}
	w.Out("}")
	w.P("return nil, nil")
	w.Out("}")
}
