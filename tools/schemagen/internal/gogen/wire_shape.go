package gogen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// shapeFile prints the part of package wiretest that describes what the declarations of package
// wire do not say.
func (g *wireEmitter) shapeFile(importPath string) []byte {
	w := emit.New("\t")
	w.P(marker)
	w.P()
	w.P("package wiretest")
	w.P()
	w.In("import (")
	w.P(quote("reflect"))
	w.P()
	w.P(quote(importPath + "/wire"))
	w.Out(")")
	w.P(shapeHead)
	w.In("func Shapes() []Shape {")
	w.In("return []Shape{")
	for _, d := range g.documents {
		for _, t := range d.types {
			if fields := g.shapeOf(t); fields != "" {
				w.P("{Type: reflect.TypeFor[wire.", g.goNames[t], "](), ", fields, "},")
			}
		}
	}
	w.Out("}")
	w.Out("}")
	return w.Bytes()
}

const shapeHead = `
// Shape describes what the declaration of a type of package wire does not say.
type Shape struct {
	Type reflect.Type
	// Keys are the JSON keys of the fields, in order. An empty key is the field for unknown keys.
	Keys []string
	// Required are the required keys, including those without a field.
	Required []string
	// Unstored are the keys without a field, because they have only one possible value.
	Unstored []string
	// Tag is the discriminator of a union, and Tags its value for each field. Empty: not a union.
	Tag  string
	Tags []string
	// Values are all values of an enum.
	Values []any
}

// Shapes returns the shapes of objects, unions and enums, in order.`

// shapeOf returns the shape of t as fields of a composite literal; empty if it has none.
func (g *wireEmitter) shapeOf(t *ir.Type) string {
	switch t.Kind {
	case ir.Object:
		return g.objectShape(t)
	case ir.Enum:
		values := make([]string, len(t.Enum))
		for i, v := range t.Enum {
			values[i] = "wire." + enumName(g.goNames[t], v)
		}
		return "Values: []any{" + strings.Join(values, ", ") + "}"
	case ir.Union:
		tags := make([]string, len(t.Union.Variants))
		for i, v := range t.Union.Variants {
			tags[i] = v.Value
		}
		return "Tag: " + quote(t.Union.Tag) + ", Tags: " + keyList(tags)
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Array, ir.Map, ir.Raw, ir.Ref, ir.Null:
	}
	return ""
}

func (g *wireEmitter) objectShape(t *ir.Type) string {
	var keys, required, without []string
	for _, f := range t.Object.Fields {
		if f.Required {
			required = append(required, f.Name)
		}
		if presenceOf(f) == notStored {
			without = append(without, f.Name)
		} else {
			keys = append(keys, f.Name)
		}
	}
	if t.Object.Extra != nil {
		keys = append(keys, "")
	}
	parts := []string{"Keys: " + keyList(keys)}
	if len(required) > 0 {
		parts = append(parts, "Required: "+keyList(required))
	}
	if len(without) > 0 {
		parts = append(parts, "Unstored: "+keyList(without))
	}
	return strings.Join(parts, ", ")
}

// keyList returns the Go expression of a list of strings.
func keyList(all []string) string {
	if len(all) == 0 {
		return "nil"
	}
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = quote(s)
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}
