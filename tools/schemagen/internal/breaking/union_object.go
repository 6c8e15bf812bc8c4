package breaking

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// insidePair is two types that take part in a comparison, and how they are reached.
type insidePair struct {
	step     string
	old, new *ir.Type
}

// unionBesideObject returns what must be compared when one of two types of objects is a union and the other is not. Where the object
// requires the tag of the union as one of certain strings, it is taken apart into the objects with each of them. The wider type is the
// new one where clients send, and the old one where they receive. If it is the plain object, it must hold every variant. If it is the
// union, the object must be one of its variants, or several, which the tag tells; nothing is returned when it is not.
func (s *sets) unionBesideObject(d Direction, before, after *ir.Type) []insidePair {
	wide := after
	if d == Received {
		wide = before
	}
	union, object := before, after
	if before.Kind != ir.Union {
		union, object = after, before
	}
	inOrder := func(step string, variant, object *ir.Type) insidePair {
		if union == before {
			return insidePair{step, variant, object}
		}
		return insidePair{step, object, variant}
	}
	tags := s.tags(union.Union.Tag, object)
	var all []insidePair
	if wide == object {
		known := !slices.ContainsFunc(tags, func(tag string) bool { return variant(union.Union, tag) == nil })
		for _, v := range union.Union.Variants {
			part := object
			if known && slices.Contains(tags, v.Value) {
				part = withTag(object, union.Union.Tag, v.Value)
			}
			all = append(all, inOrder("<"+v.Value+">", v.Type, part))
		}
		return all
	}
	for _, tag := range tags {
		v := variant(union.Union, tag)
		switch {
		case v == nil:
			return nil
		case len(tags) == 1:
			return []insidePair{inOrder("", v, object)}
		}
		all = append(all, inOrder("<"+tag+">", v, withTag(object, union.Union.Tag, tag)))
	}
	return all
}

// tags returns the strings that a field can be, if objects have it for certain and it can be nothing else.
func (s *sets) tags(name string, object *ir.Type) []string {
	if object.Kind != ir.Object {
		return nil
	}
	m := s.membersOf(object)
	f := m.field(name)
	if f == nil || !m.always(f) {
		return nil
	}
	all, ok := s.finite(f.Type)
	if !ok || slices.ContainsFunc(all, func(v value) bool { return v.kind != ir.StringValue }) {
		return nil
	}
	tags := make([]string, 0, len(all))
	for _, v := range all {
		tags = append(tags, v.text)
	}
	return tags
}

// withTag is a type of objects of which a field is a certain string.
func withTag(object *ir.Type, name, tag string) *ir.Type {
	fields := *object.Object
	fields.Fields = slices.Clone(fields.Fields)
	for i, f := range fields.Fields {
		if f.Name == name {
			same := *f
			same.Type = &ir.Type{Pos: f.Type.Pos, Kind: ir.Const, Const: &ir.Value{Kind: ir.StringValue, JSON: jsonString(tag), Text: tag}}
			fields.Fields[i] = &same
		}
	}
	out := *object
	out.Object = &fields
	return &out
}

// unmatched tells where nothing can be compared because an object is none of the variants of a union.
func unmatched(d Direction) func(values) []change {
	return func(v values) []change {
		before, after := v.old.object, v.new.object
		if before == nil || after == nil || v.old.closed || v.new.closed || (before.Kind == ir.Union) == (after.Kind == ir.Union) {
			return nil
		}
		if len(v.sets.unionBesideObject(d, before, after)) > 0 {
			return nil
		}
		if before.Kind == ir.Union {
			return one("a union became one object that is none of its variants")
		}
		return one("an object became a union of which it is no variant")
	}
}
