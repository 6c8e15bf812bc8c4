package tsgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// types prints types.ts, the definitions of the contract.
func (p *generator) types() []byte {
	w := emit.New(indent)
	w.P(generatedComment)
	for _, t := range p.ir.Types {
		w.P()
		if t.Kind == ir.Enum {
			printEnumValues(w, t)
			w.P()
		}
		printTypeDoc(w, t)
		printDeclaration(w, t)
	}
	if len(p.ir.Types) == 0 {
		w.P()
		w.P("export {};")
	}
	return w.Bytes()
}

func printDeclaration(w *emit.Writer, t *ir.Type) {
	name := typeName(t.Name)
	if t.Kind == ir.Object && !t.Nullable {
		printObject(w, "export interface "+name+" {", t, "}")
		return
	}
	text := inlineType(t)
	if t.Kind == ir.Enum && len(text) > width-len(name)-len("export type  = ;") {
		w.P("export type ", name, " =")
		w.P(indent, "| ", strings.ReplaceAll(text, " | ", "\n"+indent+"| "), ";")
		return
	}
	printLines(w, "export type "+name+" = "+text+";")
}

// printEnumValues prints the values of an enum as an object with their descriptions.
func printEnumValues(w *emit.Writer, t *ir.Type) {
	w.P("/** The values of {@link ", typeName(t.Name), "}. */")
	w.In("export const ", typeName(t.Name), " = {")
	for _, v := range t.Enum {
		printDoc(w, v.Doc)
		w.P(literalKey(v.Value), ": ", quote(v.Value), ",")
	}
	w.Out("} as const;")
}
