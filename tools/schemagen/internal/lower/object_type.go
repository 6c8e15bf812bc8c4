package lower

import (
	"slices"
	"strconv"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// objectType returns an Object if the schema declares properties or closes the object, otherwise a
// Map.
func (l *lowerer) objectType(o *objectConstraints, pos ir.Pos) *ir.Type {
	l.checkCounts(o.min, o.max, "properties", pos)
	o, names := l.applyPropertyNames(o)
	extra := l.typeOfAll(o.additional, pos)
	closed := isNever(extra)
	if !o.hasProperties && !closed && len(o.fields) == 0 && len(o.required) == 0 {
		return &ir.Type{Pos: pos, Kind: ir.Map, Map: &ir.MapOf{Value: extra, MinProps: o.min, MaxProps: o.max, Names: names}}
	}
	out := &ir.Fields{Closed: closed, MinProps: o.min, MaxProps: o.max, Names: names}
	if o.hasAdditional && !closed {
		out.Extra = extra
	}
	for _, f := range o.fields {
		out.Fields = append(out.Fields, l.field(o, f, pos))
	}
	for _, name := range o.required {
		if o.find(name) == nil {
			out.Fields = append(out.Fields, l.field(o, field{name: name, types: o.additional}, pos))
		}
	}
	return &ir.Type{Pos: pos, Kind: ir.Object, Object: out}
}

// applyPropertyNames applies propertyNames. The values of an enum become the only allowed fields;
// other limits are returned as a String type.
func (l *lowerer) applyPropertyNames(o *objectConstraints) (*objectConstraints, *ir.Type) {
	if len(o.names) == 0 {
		return o, nil
	}
	s := anyShape()
	for _, n := range o.names {
		s = l.intersect(s, l.shapeOf(n), n.Pos())
	}
	if s.str != nil && !s.enumerated {
		if *s.str == (stringConstraints{}) {
			return o, nil
		}
		return o, &ir.Type{Pos: o.names[0].Pos(), Kind: ir.String, String: s.str.limits()}
	}
	var allowed []string
	for _, v := range s.enum {
		if v.Kind == ir.StringValue && s.accepts(v) {
			allowed = append(allowed, v.Text)
		}
	}
	return o.restrictTo(allowed), nil
}

// restrictTo returns a copy of o that only allows the given keys.
func (o *objectConstraints) restrictTo(allowed []string) *objectConstraints {
	out := *o
	out.additional, out.hasAdditional = conjunction{falseSchema()}, true
	out.fields = nil
	for _, f := range o.fields {
		if slices.Contains(allowed, f.name) {
			out.fields = append(out.fields, f)
		}
	}
	for _, name := range allowed {
		if out.find(name) == nil {
			out.fields = append(out.fields, field{name: name, types: o.additional})
		}
	}
	return &out
}

// field returns one field of an object.
func (l *lowerer) field(o *objectConstraints, f field, pos ir.Pos) *ir.Field {
	if len(f.declared) > 0 {
		pos = f.declared[0].Pos()
	}
	out := &ir.Field{Name: f.name, Type: l.typeOfAll(f.types, pos), Required: slices.Contains(o.required, f.name)}
	for _, n := range f.declared {
		if out.Doc == "" {
			out.Doc = n.Description()
		}
		if always := n.Get("x-always"); always != nil {
			out.Always = true
			if out.Required {
				l.problems.Add(n.KeyPos("x-always"), "x-always has no effect on a required property")
			}
		}
	}
	if out.Doc == "" {
		out.Doc = out.Type.Doc
	}
	out.Default, _ = l.defaultOf(f, out)
	return out
}

// defaultOf returns the default of a field, or the reason why it cannot be used.
func (l *lowerer) defaultOf(f field, out *ir.Field) (value *ir.Value, why string) {
	var found *schema.Value
	for _, n := range f.declared {
		if d := n.Get("default"); d != nil && found == nil {
			found = d
		}
	}
	if found == nil {
		return nil, ""
	}
	v := valueOf(found)
	switch {
	case out.Required:
		return nil, "the default of a required property has no effect"
	case !isScalar(v) || v.Kind == ir.NullValue:
		return nil, "a default that is " + found.Kind.String() + " has no effect"
	}
	s := anyShape()
	mark := len(l.problems)
	for _, n := range f.types {
		s = l.intersect(s, l.shapeOf(n), n.Pos())
	}
	l.problems = l.problems[:mark] // already reported when the type was made
	switch {
	case !s.accepts(v):
		return nil, "the default does not satisfy its own schema and has no effect"
	case !canHaveDefault(out.Type, s.narrowToEnum()):
		return nil, "a default has no effect on a type that is nullable or has several kinds"
	case !representable(out.Type.Deref().Kind, v):
		return nil, "the default does not fit into 64 bits and has no effect"
	}
	return &v, ""
}

// representable reports whether a program can store v in a type of kind k: integers are int64,
// numbers are float64.
func representable(k ir.Kind, v ir.Value) bool {
	if k == ir.Number {
		_, err := strconv.ParseFloat(v.JSON, 64)
		return err == nil
	}
	return k != ir.Integer || v.Kind != ir.NumberValue
}

// canHaveDefault reports whether a type holds one kind of scalar.
func canHaveDefault(t *ir.Type, s shape) bool {
	kinds := 0
	for _, has := range []bool{s.boolean, s.number != nil, s.str != nil, s.array != nil, s.object != nil} {
		if has {
			kinds++
		}
	}
	return !s.null && (kinds == 1 || s.coerce || (s.enumerated && t.Kind == ir.Enum))
}
