package breaking

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// subtypePair is a pair of types inside a comparison, and the path step to them.
type subtypePair struct {
	step     string
	old, new *ir.Type
}

// pairUnionWithObject returns the pairs to compare if one of two object types is a union and the
// other is not. If the object requires the union's discriminator with one of a list of strings, it
// is split by these strings. The wider type is the new one for requests and the old one for what
// clients receive. If the wider type is the object, it must accept every variant. If it is the
// union, the object must consist of some of its variants; otherwise the result is empty.
func (s *analyzer) pairUnionWithObject(d Direction, before, after *ir.Type) []subtypePair {
	wide := after
	if d == Received {
		wide = before
	}
	union, object := before, after
	if before.Kind != ir.Union {
		union, object = after, before
	}
	inOrder := func(step string, variant, object *ir.Type) subtypePair {
		if union == before {
			return subtypePair{step, variant, object}
		}
		return subtypePair{step, object, variant}
	}
	tags := s.discriminatorValues(union.Union.Tag, object)
	var all []subtypePair
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
			return []subtypePair{inOrder("", v, object)}
		}
		all = append(all, inOrder("<"+tag+">", v, withTag(object, union.Union.Tag, tag)))
	}
	return all
}

// discriminatorValues returns the strings that a field can have. It returns nil unless the field is
// always present and can be nothing else.
func (s *analyzer) discriminatorValues(name string, object *ir.Type) []string {
	if object.Kind != ir.Object {
		return nil
	}
	m := s.objectSetOf(object)
	f := m.field(name)
	if f == nil || !m.alwaysPresent(f) {
		return nil
	}
	all, ok := s.finiteValues(f.Type)
	if !ok || slices.ContainsFunc(all, func(v value) bool { return v.kind != ir.StringValue }) {
		return nil
	}
	tags := make([]string, 0, len(all))
	for _, v := range all {
		tags = append(tags, v.text)
	}
	return tags
}

// withTag returns the object type with a field restricted to one string.
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

// unionUnmatched reports that nothing can be compared because an object is none of the variants of
// a union.
func unionUnmatched(d Direction) func(valuePair) []change {
	return func(v valuePair) []change {
		before, after := v.old.object, v.new.object
		if before == nil || after == nil || v.old.enumerated || v.new.enumerated || (before.Kind == ir.Union) == (after.Kind == ir.Union) {
			return nil
		}
		if len(v.analyzer.pairUnionWithObject(d, before, after)) > 0 {
			return nil
		}
		if before.Kind == ir.Union {
			return singleChange("a union became an object that is none of its variants")
		}
		return singleChange("an object became a union without a matching variant")
	}
}
