package tsgen

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// maxTuple is the longest array of fixed length that is written out item by item.
const maxTuple = 8

// expr is a type as an expression, over several lines where objects stand inline. Types with a name are called by it.
func expr(t *ir.Type) string {
	if t.Kind == ir.Ref {
		return orNull(t, typeName(t.Ref.Name))
	}
	if t.Name != "" {
		return typeName(t.Name)
	}
	return written(t)
}

// written is a type written out even if it has a name.
func written(t *ir.Type) string {
	if t.Kind == ir.Ref {
		return expr(t)
	}
	return orNull(t, core(t))
}

// orNull adds null to the text of t if t accepts it.
func orNull(t *ir.Type, text string) string {
	if t.Nullable {
		return either(text, "null")
	}
	return text
}

// either is the union of types, each named once.
func either(types ...string) string {
	var all []string
	for _, union := range types {
		for _, t := range alternatives(union) {
			if !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	if slices.Contains(all, "unknown") {
		return "unknown"
	}
	return strings.Join(all, " | ")
}

// alternatives takes a union apart as far as it is one of plain names.
func alternatives(union string) []string {
	if strings.ContainsAny(union, `"{(`) {
		return []string{union}
	}
	return strings.Split(union, " | ")
}

// core is a type without null.
func core(t *ir.Type) string {
	switch t.Kind {
	case ir.Boolean:
		return "boolean"
	case ir.Integer:
		if t.Integer.Coerce {
			return "number | `${bigint}`"
		}
		return "number"
	case ir.Number:
		return "number"
	case ir.String:
		return "string"
	case ir.Enum:
		return enumText(t)
	case ir.Const:
		return literal(t.Const)
	case ir.Array:
		return arrayText(t)
	case ir.Object:
		w := emit.New(indent)
		object(w, "{", t, "}")
		return strings.TrimSuffix(string(w.Bytes()), "\n")
	case ir.Map:
		return "{ [key: string]: " + expr(t.Map.Value) + " }"
	case ir.Union:
		var all []string
		for _, v := range t.Union.Variants {
			all = append(all, expr(v.Type))
		}
		return either(all...)
	case ir.Raw:
		return rawText(t.Raw)
	case ir.Ref:
		return expr(t)
	case ir.Null:
	}
	return "null"
}

func enumText(t *ir.Type) string {
	var all []string
	for _, v := range t.Enum {
		all = append(all, quote(v.Value))
	}
	return strings.Join(all, " | ")
}

// literal is the type of one value. What is no scalar can be anything.
func literal(v *ir.Value) string {
	switch v.Kind {
	case ir.StringValue:
		return quote(v.Text)
	case ir.NullValue, ir.BooleanValue, ir.IntegerValue, ir.NumberValue:
		return v.JSON
	case ir.ArrayValue, ir.ObjectValue:
	}
	return "unknown"
}

func arrayText(t *ir.Type) string {
	item := expr(t.Array.Item)
	if n := t.Array.MinItems; t.Array.MaxItems != nil && n == *t.Array.MaxItems && n > 0 && n <= maxTuple {
		return "[" + strings.Repeat(item+", ", n-1) + item + "]"
	}
	if strings.Contains(item, " | ") {
		item = "(" + item + ")"
	}
	return item + "[]"
}

// rawText is the union of the JSON types that a value may have.
func rawText(a *ir.AnyOf) string {
	if a.Any {
		return "unknown"
	}
	var all []string
	for _, v := range a.Enum {
		all = append(all, literal(&v))
	}
	if len(all) == 0 {
		all = rawParts(a)
	}
	if len(all) == 0 {
		return "never"
	}
	return either(all...)
}

func rawParts(a *ir.AnyOf) []string {
	var all []string
	for _, part := range []*ir.Type{a.String, a.Number} {
		if part != nil {
			all = append(all, written(part))
		}
	}
	if a.Boolean {
		all = append(all, "boolean")
	}
	for _, part := range []*ir.Type{a.Array, a.Object} {
		if part != nil {
			all = append(all, written(part))
		}
	}
	if a.Null {
		all = append(all, "null")
	}
	return all
}

// object prints the properties of an object between two texts.
func object(w *emit.Writer, open string, t *ir.Type, end string) {
	if len(t.Object.Fields) == 0 && t.Object.Extra == nil {
		w.P(open, end)
		return
	}
	w.In(open)
	kinds := []string{}
	for _, f := range t.Object.Fields {
		text, sign := expr(f.Type), ""
		if !present(t, f) {
			sign = "?"
			if t.Object.NullAbsent {
				text = either(text, "undefined")
			}
			kinds = append(kinds, "undefined")
		}
		kinds = append(kinds, text)
		fieldDoc(w, f)
		lines(w, key(f.Name)+sign+": "+text+";")
	}
	if extra := t.Object.Extra; extra != nil {
		slices.SortStableFunc(kinds, func(a, b string) int { return rank(a) - rank(b) })
		w.P("/** Every other member has the first of these types. */")
		lines(w, "[key: string]: "+either(append([]string{expr(extra)}, kinds...)...)+";")
	}
	w.Out(end)
}

// rank puts undefined behind everything else.
func rank(text string) int {
	if text == "undefined" {
		return 1
	}
	return 0
}

// present reports whether a property is always there: a reader of what the server writes can rely on it.
func present(t *ir.Type, f *ir.Field) bool {
	return f.Required || f.Always && !t.Object.NullAbsent
}

// lines prints a text that may have several lines.
func lines(w *emit.Writer, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		w.P(line)
	}
}
