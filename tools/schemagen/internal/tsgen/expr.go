package tsgen

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// maxTuple is the largest number of items of a tuple type.
const maxTuple = 8

// typeExpr is the TypeScript type of t. Named types are referred to by name. Inline objects take
// several lines.
func typeExpr(t *ir.Type) string {
	if t.Kind == ir.Ref {
		return orNull(t, typeName(t.Ref.Name))
	}
	if t.Name != "" {
		return typeName(t.Name)
	}
	return inlineType(t)
}

// inlineType is the TypeScript type of t, written out even if t has a name.
func inlineType(t *ir.Type) string {
	if t.Kind == ir.Ref {
		return typeExpr(t)
	}
	return orNull(t, nonNullType(t))
}

// orNull adds null to the text of t if t accepts it.
func orNull(t *ir.Type, text string) string {
	if t.Nullable {
		return unionType(text, "null")
	}
	return text
}

// unionType is the union of types without duplicates.
func unionType(types ...string) string {
	var all []string
	for _, union := range types {
		for _, t := range unionMembers(union) {
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

// unionMembers splits a union into its members if all of them are plain names.
func unionMembers(union string) []string {
	if strings.ContainsAny(union, `"{(`) {
		return []string{union}
	}
	return strings.Split(union, " | ")
}

// nonNullType is the TypeScript type of t without null.
func nonNullType(t *ir.Type) string {
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
		return enumType(t)
	case ir.Const:
		return literalType(t.Const)
	case ir.Array:
		return arrayType(t)
	case ir.Object:
		w := emit.New(indent)
		printObject(w, "{", t, "}")
		return strings.TrimSuffix(string(w.Bytes()), "\n")
	case ir.Map:
		return "{ [key: string]: " + typeExpr(t.Map.Value) + " }"
	case ir.Union:
		var all []string
		for _, v := range t.Union.Variants {
			all = append(all, typeExpr(v.Type))
		}
		return unionType(all...)
	case ir.Raw:
		return anyOfType(t.Raw)
	case ir.Ref:
		return typeExpr(t)
	case ir.Null:
	}
	return "null"
}

func enumType(t *ir.Type) string {
	var all []string
	for _, v := range t.Enum {
		all = append(all, quote(v.Value))
	}
	return strings.Join(all, " | ")
}

// literalType is the type of one value. It is unknown for arrays and objects.
func literalType(v *ir.Value) string {
	switch v.Kind {
	case ir.StringValue:
		return quote(v.Text)
	case ir.NullValue, ir.BooleanValue, ir.IntegerValue, ir.NumberValue:
		return v.JSON
	case ir.ArrayValue, ir.ObjectValue:
	}
	return "unknown"
}

func arrayType(t *ir.Type) string {
	item := typeExpr(t.Array.Item)
	if n := t.Array.MinItems; t.Array.MaxItems != nil && n == *t.Array.MaxItems && n > 0 && n <= maxTuple {
		return "[" + strings.Repeat(item+", ", n-1) + item + "]"
	}
	if strings.Contains(item, " | ") {
		item = "(" + item + ")"
	}
	return item + "[]"
}

// anyOfType is the union of the JSON types that a value may have.
func anyOfType(a *ir.AnyOf) string {
	if a.Any {
		return "unknown"
	}
	var all []string
	for _, v := range a.Enum {
		all = append(all, literalType(&v))
	}
	if len(all) == 0 {
		all = anyOfParts(a)
	}
	if len(all) == 0 {
		return "never"
	}
	return unionType(all...)
}

func anyOfParts(a *ir.AnyOf) []string {
	var all []string
	for _, part := range []*ir.Type{a.String, a.Number} {
		if part != nil {
			all = append(all, inlineType(part))
		}
	}
	if a.Boolean {
		all = append(all, "boolean")
	}
	for _, part := range []*ir.Type{a.Array, a.Object} {
		if part != nil {
			all = append(all, inlineType(part))
		}
	}
	if a.Null {
		all = append(all, "null")
	}
	return all
}

// printObject prints the properties of an object between two texts.
func printObject(w *emit.Writer, open string, t *ir.Type, end string) {
	if len(t.Object.Fields) == 0 && t.Object.Extra == nil {
		w.P(open, end)
		return
	}
	w.In(open)
	kinds := []string{}
	for _, f := range t.Object.Fields {
		text, sign := typeExpr(f.Type), ""
		if !alwaysPresent(t, f) {
			sign = "?"
			if t.Object.NullAbsent {
				text = unionType(text, "undefined")
			}
			kinds = append(kinds, "undefined")
		}
		kinds = append(kinds, text)
		printFieldDoc(w, f)
		printLines(w, propertyName(f.Name)+sign+": "+text+";")
	}
	if extra := t.Object.Extra; extra != nil {
		slices.SortStableFunc(kinds, func(a, b string) int { return undefinedLast(a) - undefinedLast(b) })
		w.P("/** All other members have the first of these types. */")
		printLines(w, "[key: string]: "+unionType(append([]string{typeExpr(extra)}, kinds...)...)+";")
	}
	w.Out(end)
}

// undefinedLast is a sort key that puts undefined last.
func undefinedLast(text string) int {
	if text == "undefined" {
		return 1
	}
	return 0
}

// alwaysPresent reports whether a property is in every object that the server writes.
func alwaysPresent(t *ir.Type, f *ir.Field) bool {
	return f.Required || f.Always && !t.Object.NullAbsent
}

// printLines prints a text that may have several lines.
func printLines(w *emit.Writer, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		w.P(line)
	}
}
