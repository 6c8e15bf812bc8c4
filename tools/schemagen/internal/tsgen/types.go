package tsgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// types prints the definitions of the contract.
func (p *pkg) types() []byte {
	w := emit.New(indent)
	w.P(marker)
	for _, t := range p.ir.Types {
		w.P()
		if t.Kind == ir.Enum {
			enumValues(w, t)
			w.P()
		}
		typeDoc(w, t)
		declare(w, t)
	}
	if len(p.ir.Types) == 0 {
		w.P()
		w.P("export {};")
	}
	return w.Bytes()
}

func declare(w *emit.Writer, t *ir.Type) {
	name := typeName(t.Name)
	if t.Kind == ir.Object && !t.Nullable {
		object(w, "export interface "+name+" {", t, "}")
		return
	}
	text := written(t)
	if t.Kind == ir.Enum && len(text) > width-len(name)-len("export type  = ;") {
		w.P("export type ", name, " =")
		w.P(indent, "| ", strings.ReplaceAll(text, " | ", "\n"+indent+"| "), ";")
		return
	}
	lines(w, "export type "+name+" = "+text+";")
}

// enumValues prints the values of an enum as an object, each with its description.
func enumValues(w *emit.Writer, t *ir.Type) {
	w.P("/** The values of {@link ", typeName(t.Name), "}. */")
	w.In("export const ", typeName(t.Name), " = {")
	for _, v := range t.Enum {
		doc(w, v.Doc)
		w.P(member(v.Value), ": ", quote(v.Value), ",")
	}
	w.Out("} as const;")
}
