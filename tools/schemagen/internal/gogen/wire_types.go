package gogen

import (
	"math/big"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// width is where comments are wrapped.
const width = 120

// resolve returns what t is behind all references, and whether null is accepted beside it.
func resolve(t *ir.Type) (core *ir.Type, nullable bool) {
	for {
		nullable = nullable || t.Nullable
		if t.Kind != ir.Ref {
			return t, nullable
		}
		t = t.Ref
	}
}

// typeOf is the Go type that holds a t.
func (g *wire) typeOf(t *ir.Type) string {
	if t.Kind == ir.Ref {
		if _, already := resolve(t.Ref); t.Nullable && !already {
			return "Null[" + typeName(t.Ref) + "]"
		}
		return typeName(t.Ref)
	}
	if t.Name != "" {
		return typeName(t)
	}
	return g.written(t)
}

// written is the Go type that holds a t, written out even if it has a name.
func (g *wire) written(t *ir.Type) string {
	if t.Kind == ir.Ref {
		return g.typeOf(t)
	}
	if t.Nullable {
		return "Null[" + g.coreType(t) + "]"
	}
	return g.coreType(t)
}

// coreType is the Go type that holds a t that is neither null nor a reference.
func (g *wire) coreType(t *ir.Type) string {
	if name, ok := g.bodies[t]; ok && ownBody(t.Kind) {
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

// presence says how a field that may be absent is held.
type presence uint8

const (
	unstored presence = iota // one value only, and always there: nothing to hold
	plain                    // required, or filled by us
	blank                    // absent is the empty Raw
	optional                 // Opt
)

func presenceOf(f *ir.Field) presence {
	core, nullable := resolve(f.Type)
	sure := f.Required || f.Always
	switch {
	case sure && !nullable && (core.Kind == ir.Const || core.Kind == ir.Null):
		return unstored
	case sure || f.Default != nil:
		return plain
	case core.Kind == ir.Raw && !nullable:
		return blank
	}
	return optional
}

// fieldType is the Go type of a field.
func (g *wire) fieldType(f *ir.Field) string {
	name := g.typeOf(f.Type)
	if f.Recursive {
		core, nullable := resolve(f.Type)
		if name = "*" + g.coreType(core); nullable {
			name = "Null[" + name + "]"
		}
	}
	if presenceOf(f) == optional {
		return "Opt[" + name + "]"
	}
	return name
}

// declare prints the declaration of t.
func (g *wire) declare(w *emit.Writer, t *ir.Type) {
	name, body := typeName(t), g.bodies[t]
	if t.Name == "" {
		name = body
	}
	if t.Kind == ir.Raw && t.Name == "" {
		return // only its check has a name
	}
	doc := name + ": " + strings.TrimSpace(t.Doc)
	if t.Doc == "" {
		doc = name + " is what stands at " + t.Pos.Pointer + " of " + t.Pos.File + "."
	}
	w.Comment("//", width, doc)
	if text := limits(t); text != "" {
		w.Comment("//", width, text)
	}
	if !ownBody(t.Kind) {
		w.P("type ", name, " = ", g.written(t))
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

func (g *wire) declareObject(w *emit.Writer, t *ir.Type, body string) {
	g.checkFields(t)
	w.In("type ", body, " struct {")
	for i, f := range t.Object.Fields {
		if presenceOf(f) == unstored {
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
		w.P("// The members that are no fields, in the order in which they stand.")
		w.P(extraName(t), " Map[", g.typeOf(extra), "]")
	}
	w.Out("}")
}

func (g *wire) declareEnum(w *emit.Writer, t *ir.Type, body string) {
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

func (g *wire) declareUnion(w *emit.Writer, t *ir.Type, body string) {
	w.Comment("//", width, "Exactly one field is set; which one, "+strconv.Quote(t.Union.Tag)+" tells.")
	w.In("type ", body, " struct {")
	for _, v := range t.Union.Variants {
		if variantName(v) == "Append" {
			g.problem(v.Type.Deref().Pos, "a branch of oneOf cannot be called Append in Go: choose another name")
		}
		w.P(variantName(v), " *", g.variantType(v), " // ", quote(v.Value))
	}
	w.Out("}")
}

func variantName(v ir.Variant) string { return typeName(v.Type.Deref()) }

// variantType is the body of a variant: its fields, never null.
func (g *wire) variantType(v ir.Variant) string { return g.coreType(v.Type.Deref()) }

func (g *wire) declareMap(w *emit.Writer, t *ir.Type, body string) {
	value := g.typeOf(t.Map.Value)
	w.P("type ", body, " []Entry[", value, "]")
	w.P()
	w.P("// Get returns the value of key; it takes time in proportion to the length of v.")
	w.P("func (v ", body, ") Get(key string) (", value, ", bool) { return Map[", value, "](v).Get(key) }")
}

// literal is the Go expression of a default of type t.
func (g *wire) literal(t *ir.Type, v *ir.Value) string {
	core, nullable := resolve(t)
	if nullable {
		kind := "Null[" + g.coreType(core) + "]"
		if v.Kind == ir.NullValue {
			return kind + "{}"
		}
		return kind + "{Value: " + g.coreLiteral(core, v) + ", Valid: true}"
	}
	return g.coreLiteral(core, v)
}

func (g *wire) coreLiteral(core *ir.Type, v *ir.Value) string {
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
				return enumName(g.bodies[core], e)
			}
		}
	case ir.Raw:
		return quote(v.JSON)
	case ir.Const, ir.Null:
		return "struct{}{}"
	case ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref:
	}
	g.problem(core.Pos, "the default %s does not fit its type", v.JSON)
	return "nil"
}

// quote writes a Go string, in back quotes where that is easier to read.
func quote(s string) string {
	if strings.ContainsAny(s, "\"\\") && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
