package breaking

import "seg.example/tools/schemagen/internal/ir"

// insidePair is two types that take part in a comparison, and how they are reached.
type insidePair struct {
	step     string
	old, new *ir.Type
}

// unionBesideObject returns what must be compared when one of two types of objects is a union and the other is not. The wider one
// is the new type where clients send, and the old one where they receive. Is it the plain object, it must hold every variant. Is
// it the union, the object must be one of its variants, which its tag tells; nothing is returned when it does not.
func unionBesideObject(d Direction, before, after *ir.Type) []insidePair {
	wide := after
	if d == Received {
		wide = before
	}
	union, object := before, after
	if before.Kind != ir.Union {
		union, object = after, before
	}
	inOrder := func(step string, v *ir.Type) insidePair {
		if union == before {
			return insidePair{step, v, after}
		}
		return insidePair{step, before, v}
	}
	if wide == object {
		var all []insidePair
		for _, v := range union.Union.Variants {
			all = append(all, inOrder("<"+v.Value+">", v.Type))
		}
		return all
	}
	if v := variantOf(union.Union, object); v != nil {
		return []insidePair{inOrder("", v)}
	}
	return nil
}

// variantOf returns the variant that the objects of a type are for certain, or nil.
func variantOf(u *ir.OneOf, object *ir.Type) *ir.Type {
	if object.Kind != ir.Object {
		return nil
	}
	for _, f := range object.Object.Fields {
		if f.Name != u.Tag || !f.Required {
			continue
		}
		if v := look(f.Type); v.closed && !v.null && len(v.values) == 1 {
			return variant(u, v.values[0].text)
		}
	}
	return nil
}

// unmatched tells where nothing can be compared because an object is none of the variants of a union.
func unmatched(d Direction) func(values) []change {
	return func(v values) []change {
		before, after := v.old.object, v.new.object
		if before == nil || after == nil || v.old.closed || v.new.closed || (before.Kind == ir.Union) == (after.Kind == ir.Union) {
			return nil
		}
		if len(unionBesideObject(d, before, after)) > 0 {
			return nil
		}
		if before.Kind == ir.Union {
			return one("a union became one object that is none of its variants")
		}
		return one("an object became a union of which it is no variant")
	}
}
