// Package rank tells which types have values, and how far their smallest values are from the end.
package rank

import (
	"cmp"

	"seg.example/tools/schemagen/internal/ir"
)

// Ranks say of the named types how far their smallest values are from the end: a value of a type can be made of values of types of lower
// ranks. A type that contains itself without a way out, so that it has no value, has none.
type Ranks map[*ir.Type]int

// Of ranks the types of a contract: round by round those whose parts have been ranked before.
func Of(c *ir.Contract) Ranks {
	k := Ranks{}
	for round := 0; ; round++ {
		var found []*ir.Type
		for _, t := range c.Types {
			if _, known := k[t]; known {
				continue
			}
			if _, ends := k.inside(t); ends || t.Nullable {
				found = append(found, t)
			}
		}
		if len(found) == 0 {
			return k
		}
		for _, t := range found {
			k[t] = round
		}
	}
}

// Of returns the rank of a type as it is used; ends is false where no value is known to end.
func (k Ranks) Of(t *ir.Type) (rank int, ends bool) {
	if mayBeNull(t) {
		return 0, true
	}
	core := t.Deref()
	if core.Name != "" {
		rank, ends = k[core]
		return rank, ends
	}
	return k.inside(core)
}

// inside is the rank that follows from those of the types that a value cannot do without.
func (k Ranks) inside(t *ir.Type) (rank int, ends bool) {
	switch t.Kind {
	case ir.Object:
		for _, f := range t.Object.Fields {
			part, ends := k.Of(f.Type)
			if f.Required && !ends {
				return 0, false
			}
			if f.Required {
				rank = max(rank, part)
			}
		}
	case ir.Array:
		if t.Array.MinItems > 0 {
			return k.Of(t.Array.Item)
		}
	case ir.Union:
		return k.Of(k.Simplest(t.Union).Type)
	case ir.Ref:
		return k.Of(t.Ref)
	case ir.Raw:
		return k.insideRaw(t.Raw)
	case ir.Map:
		if t.Map.MinProps > 0 {
			return k.Of(t.Map.Value)
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Null:
	}
	return rank, true
}

func (k Ranks) insideRaw(a *ir.AnyOf) (rank int, ends bool) {
	part := k.Container(a)
	if part == nil || a.Any || a.Null || a.Boolean || len(a.Enum) > 0 || a.String != nil || a.Number != nil {
		return 0, true
	}
	return k.Of(part)
}

// Container is the array or the object that a value of several JSON types can be, of the two the one of the lower rank; nil if it can be
// neither.
func (k Ranks) Container(a *ir.AnyOf) *ir.Type {
	if a.Array == nil || a.Object == nil {
		return cmp.Or(a.Array, a.Object)
	}
	array, ends := k.Of(a.Array)
	if object, other := k.Of(a.Object); !ends || other && object < array {
		return a.Object
	}
	return a.Array
}

// Simplest is the first variant of the lowest rank.
func (k Ranks) Simplest(u *ir.OneOf) ir.Variant {
	best, lowest, found := u.Variants[0], 0, false
	for _, v := range u.Variants {
		if rank, ends := k.Of(v.Type); ends && (!found || rank < lowest) {
			best, lowest, found = v, rank, true
		}
	}
	return best
}

// mayBeNull reports whether a type or one of the references to it accepts null beside what it holds.
func mayBeNull(t *ir.Type) bool {
	for ; t.Kind == ir.Ref; t = t.Ref {
		if t.Nullable {
			return true
		}
	}
	return t.Nullable || t.Kind == ir.Null
}

// Needs returns the named type that a value of a type without a rank cannot do without and that has none either, and the way to it: the
// names of fields, [] for the items of an array, {} for the members of a map. It is nil for a type that has a rank.
func (k Ranks) Needs(t *ir.Type) (way []string, next *ir.Type) {
	if _, ends := k.inside(t); ends {
		return nil, nil
	}
	switch t.Kind {
	case ir.Object:
		for _, f := range t.Object.Fields {
			if _, ends := k.Of(f.Type); f.Required && !ends {
				return k.through(f.Name, f.Type)
			}
		}
	case ir.Array:
		return k.through("[]", t.Array.Item)
	case ir.Map:
		return k.through("{}", t.Map.Value)
	case ir.Union:
		return nil, t.Union.Variants[0].Type.Deref()
	case ir.Ref:
		return nil, t.Deref()
	case ir.Raw:
		return k.through("", k.Container(t.Raw))
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Null:
	}
	return nil, nil
}

// through is Needs of a part of a type.
func (k Ranks) through(step string, part *ir.Type) (way []string, next *ir.Type) {
	if step != "" {
		way = []string{step}
	}
	if core := part.Deref(); core.Name != "" {
		return way, core
	}
	rest, next := k.Needs(part)
	return append(way, rest...), next
}

// Loop returns the way on which a value of a type would have to hold another value of that type, and so on without an end. It is nil for
// a type of which there are values, and for one that has none because it needs another such type.
func (k Ranks) Loop(t *ir.Type) []string {
	if _, ends := k.Of(t); ends {
		return nil
	}
	var way []string
	seen := map[*ir.Type]bool{}
	for at := t; at != nil && !seen[at]; {
		seen[at] = true
		step, next := k.Needs(at)
		way = append(way, step...)
		if next == t {
			return way
		}
		at = next
	}
	return nil
}
