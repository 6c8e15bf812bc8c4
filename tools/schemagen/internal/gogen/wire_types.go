package gogen

import (
	"math/big"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// width is the line width of comments.
const width = 120

// derefNullable follows references to the type t stands for, and reports whether t accepts null.
func derefNullable(t *ir.Type) (core *ir.Type, nullable bool) {
	for {
		nullable = nullable || t.Nullable
		if t.Kind != ir.Ref {
			return t, nullable
		}
		t = t.Ref
	}
}

// typeOf returns the Go type of a t.
func (g *wireEmitter) typeOf(t *ir.Type) string {
	if t.Kind == ir.Ref {
		if _, already := derefNullable(t.Ref); t.Nullable && !already {
			return "Null[" + typeName(t.Ref) + "]"
		}
		return typeName(t.Ref)
	}
	if t.Name != "" {
		return typeName(t)
	}
	return g.typeExpr(t)
}

// typeExpr returns the Go type of a t, spelled out even if it has a name.
func (g *wireEmitter) typeExpr(t *ir.Type) string {
	if t.Kind == ir.Ref {
		return g.typeOf(t)
	}
	if t.Nullable {
		return "Null[" + g.nonNullType(t) + "]"
	}
	return g.nonNullType(t)
}

// nonNullType returns the Go type of a t that is neither nullable nor a reference.
func (g *wireEmitter) nonNullType(t *ir.Type) string {
	if name, ok := g.goNames[t]; ok && isDefinedType(t.Kind) {
		return name
	}
	switch t.Kind {
	case ir.Boolean:
		return "bool"
	case ir.Integer:
		return "int64"
	case ir.Number:
		return "float64"
	case ir.String:
		if t.String.Secret {
			return "Secret"
		}
		return "string"
	case ir.Const, ir.Null:
		return "struct{}"
	case ir.Array:
		return "[]" + g.typeOf(t.Array.Item)
	case ir.Map:
		return "Map[" + g.typeOf(t.Map.Value) + "]"
	case ir.Raw:
		return "Raw"
	case ir.Ref, ir.Enum, ir.Object, ir.Union:
	}
	return g.typeOf(t)
}

// presence says how a field is stored if it may be absent.
type presence uint8

const (
	notStored     presence = iota // always present with a constant value, so it needs no field
	plainField                    // always has a value: required, x-always or with a default
	emptyRawField                 // an empty Raw means absent
	optField                      // an Opt
)

func presenceOf(f *ir.Field) presence {
	core, nullable := derefNullable(f.Type)
	sure := f.Required || f.Always
	switch {
	case sure && !nullable && (core.Kind == ir.Const || core.Kind == ir.Null):
		return notStored
	case sure || f.Default != nil:
		return plainField
	case core.Kind == ir.Raw && !nullable:
		return emptyRawField
	}
	return optField
}

// fieldType returns the Go type of a field.
func (g *wireEmitter) fieldType(f *ir.Field) string {
	name := g.typeOf(f.Type)
	if f.Recursive {
		core, nullable := derefNullable(f.Type)
		if name = "*" + g.nonNullType(core); nullable {
			name = "Null[" + name + "]"
		}
	}
	if presenceOf(f) == optField {
		return "Opt[" + name + "]"
	}
	return name
}

// declare prints the declaration of t.
func (g *wireEmitter) declare(w *emit.Writer, t *ir.Type) {
	name, body := typeName(t), g.goNames[t]
	if t.Name == "" {
		name = body
	}
	if t.Kind == ir.Raw && t.Name == "" {
		return // only its check function has a name
	}
	doc := name + ": " + strings.TrimSpace(t.Doc)
	if t.Doc == "" {
		doc = name + " is the schema at " + t.Pos.Pointer + " in " + t.Pos.File + "."
	}
	w.Comment("//", width, doc)
	if text := limits(t); text != "" {
		w.Comment("//", width, text)
	}
	if !isDefinedType(t.Kind) {
		w.P("type ", name, " = ", g.typeExpr(t))
		w.P()
		return
	}
	if name != body {
		w.P("type ", name, " = Null[", body, "]")
		w.P()
		w.Comment("//", width, body+" is "+constraintdoc.WithArticle(name)+" that is not null.")
	}
	switch t.Kind {
	case ir.Object:
		g.declareObject(w, t, body)
	case ir.Enum:
		g.declareEnum(w, t, body)
	case ir.Union:
		g.declareUnion(w, t, body)
	case ir.Array:
		w.P("type ", body, " []", g.typeOf(t.Array.Item))
	case ir.Map:
		g.declareMap(w, t, body)
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Raw, ir.Ref, ir.Null:
	}
	w.P()
}

func (g *wireEmitter) declareObject(w *emit.Writer, t *ir.Type, body string) {
	g.checkFields(t)
	w.In("type ", body, " struct {")
	for i, f := range t.Object.Fields {
		if presenceOf(f) == notStored {
			continue
		}
		w.Comment("//", width, f.Doc)
		if text := limits(f.Type); text != "" {
			w.Comment("//", width, text)
		}
		if f.Default != nil {
			w.Comment("//", width, "Absent: "+f.Default.JSON+".")
		}
		w.P(fieldNames(t)[i], " ", g.fieldType(f))
	}
	if extra := t.Object.Extra; extra != nil {
		w.P("// The members with unknown keys, in their order.")
		w.P(extraName(t), " Map[", g.typeOf(extra), "]")
	}
	w.Out("}")
}

func (g *wireEmitter) declareEnum(w *emit.Writer, t *ir.Type, body string) {
	w.P("type ", body, " string")
	w.P()
	w.P("// The values of ", body, ".")
	w.In("const (")
	for _, v := range t.Enum {
		w.Comment("//", width, v.Doc)
		w.P(enumName(body, v), " ", body, " = ", quote(v.Value))
	}
	w.Out(")")
}

func (g *wireEmitter) declareUnion(w *emit.Writer, t *ir.Type, body string) {
	w.Comment("//", width, "Exactly one field is set; "+strconv.Quote(t.Union.Tag)+" says which.")
	w.In("type ", body, " struct {")
	for _, v := range t.Union.Variants {
		if variantName(v) == "Append" {
			g.addProblem(v.Type.Deref().Pos, "a branch of oneOf cannot be called Append in Go: choose another name")
		}
		w.P(variantName(v), " *", g.variantType(v), " // ", quote(v.Value))
	}
	w.Out("}")
}

func variantName(v ir.Variant) string { return typeName(v.Type.Deref()) }

// variantType returns the Go type of a variant, without Null.
func (g *wireEmitter) variantType(v ir.Variant) string { return g.nonNullType(v.Type.Deref()) }

func (g *wireEmitter) declareMap(w *emit.Writer, t *ir.Type, body string) {
	value := g.typeOf(t.Map.Value)
	w.P("type ", body, " []Entry[", value, "]")
	w.P()
	w.P("// Get returns the value of key. It takes linear time.")
	w.P("func (v ", body, ") Get(key string) (", value, ", bool) { return Map[", value, "](v).Get(key) }")
}

// literal returns the Go expression of a default of type t.
func (g *wireEmitter) literal(t *ir.Type, v *ir.Value) string {
	core, nullable := derefNullable(t)
	if nullable {
		kind := "Null[" + g.nonNullType(core) + "]"
		if v.Kind == ir.NullValue {
			return kind + "{}"
		}
		return kind + "{Value: " + g.nonNullLiteral(core, v) + ", Valid: true}"
	}
	return g.nonNullLiteral(core, v)
}

func (g *wireEmitter) nonNullLiteral(core *ir.Type, v *ir.Value) string {
	switch core.Kind {
	case ir.Boolean:
		return v.JSON
	case ir.Integer:
		if r, ok := new(big.Rat).SetString(v.JSON); ok && r.IsInt() {
			return r.Num().String()
		}
	case ir.Number:
		return v.JSON
	case ir.String:
		return quote(v.Text)
	case ir.Enum:
		for _, e := range core.Enum {
			if e.Value == v.Text {
				return enumName(g.goNames[core], e)
			}
		}
	case ir.Raw:
		return quote(v.JSON)
	case ir.Const, ir.Null:
		return "struct{}{}"
	case ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref:
	}
	g.addProblem(core.Pos, "the default %s does not fit its type", v.JSON)
	return "nil"
}

// quote returns a Go string literal, in back quotes if that is more readable.
func quote(s string) string {
	if strings.ContainsAny(s, "\"\\") && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
