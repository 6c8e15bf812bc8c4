package lower

import (
	"slices"
	"strconv"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// objectType returns the type of an object: with known fields where the schema names any, otherwise a map.
func (l *lowerer) objectType(o *objects, pos ir.Pos) *ir.Type {
	l.checkCounts(o.min, o.max, "properties", pos)
	o, names := l.limitNames(o)
	extra := l.typeOfAll(o.extra, pos)
	closed := isNever(extra)
	if !o.declared && !closed && len(o.fields) == 0 && len(o.required) == 0 {
		return &ir.Type{Pos: pos, Kind: ir.Map, Map: &ir.MapOf{Value: extra, MinProps: o.min, MaxProps: o.max, Names: names}}
	}
	out := &ir.Fields{Closed: closed, MinProps: o.min, MaxProps: o.max, Names: names}
	if o.kept && !closed {
		out.Extra = extra
	}
	for _, f := range o.fields {
		out.Fields = append(out.Fields, l.field(o, f, pos))
	}
	for _, name := range o.required {
		if o.find(name) == nil {
			out.Fields = append(out.Fields, l.field(o, field{name: name, types: o.extra}, pos))
		}
	}
	return &ir.Type{Pos: pos, Kind: ir.Object, Object: out}
}

// limitNames applies propertyNames. Names from an enum become the only fields; other limits are returned as a String type.
func (l *lowerer) limitNames(o *objects) (*objects, *ir.Type) {
	if len(o.names) == 0 {
		return o, nil
	}
	s := anything()
	for _, n := range o.names {
		s = l.and(s, l.shapeOf(n), n.Pos())
	}
	if s.text != nil && !s.closed {
		if *s.text == (texts{}) {
			return o, nil
		}
		return o, &ir.Type{Pos: o.names[0].Pos(), Kind: ir.String, String: s.text.limits()}
	}
	var allowed []string
	for _, v := range s.enum {
		if v.Kind == ir.StringValue && s.admits(v) {
			allowed = append(allowed, v.Text)
		}
	}
	return o.only(allowed), nil
}

// only leaves of an object the keys of a list.
func (o *objects) only(allowed []string) *objects {
	out := *o
	out.extra, out.kept = conjunction{nothing()}, true
	out.fields = nil
	for _, f := range o.fields {
		if slices.Contains(allowed, f.name) {
			out.fields = append(out.fields, f)
		}
	}
	for _, name := range allowed {
		if out.find(name) == nil {
			out.fields = append(out.fields, field{name: name, types: o.extra})
		}
	}
	return &out
}

// field returns one field of an object.
func (l *lowerer) field(o *objects, f field, pos ir.Pos) *ir.Field {
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
				l.problems.Add(n.KeyPos("x-always"), "x-always on a required property says nothing")
			}
		}
	}
	if out.Doc == "" {
		out.Doc = out.Type.Doc
	}
	out.Default, _ = l.defaultOf(f, out)
	return out
}

// defaultOf returns what an absent field stands for, or why its default cannot be that.
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
	case !scalar(v) || v.Kind == ir.NullValue:
		return nil, "a default that is " + found.Kind.String() + " has no effect"
	}
	s := anything()
	mark := len(l.problems)
	for _, n := range f.types {
		s = l.and(s, l.shapeOf(n), n.Pos())
	}
	l.problems = l.problems[:mark] // they have been noted when the type was made
	switch {
	case !s.admits(v):
		return nil, "the default does not satisfy its own schema and has no effect"
	case !plainScalar(out.Type, s.narrow()):
		return nil, "a default has no effect on a type that may be null or of several kinds"
	case !stored(out.Type.Deref().Kind, v):
		return nil, "the default does not fit into 64 bits and has no effect"
	}
	return &v, ""
}

// stored reports whether programs can hold a value of a type of kind k: integers are int64, numbers float64.
func stored(k ir.Kind, v ir.Value) bool {
	if k == ir.Number {
		_, err := strconv.ParseFloat(v.JSON, 64)
		return err == nil
	}
	return k != ir.Integer || v.Kind != ir.NumberValue
}

// plainScalar reports whether a type holds one kind of scalar, so that it can have a default.
func plainScalar(t *ir.Type, s shape) bool {
	kinds := 0
	for _, has := range []bool{s.boolean, s.number != nil, s.text != nil, s.array != nil, s.object != nil} {
		if has {
			kinds++
		}
	}
	return !s.null && (kinds == 1 || s.coerce || (s.closed && t.Kind == ir.Enum))
}
