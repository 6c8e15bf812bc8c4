// Package inhabited finds out which types have a finite value, and how deep their smallest values
// are nested.
package inhabited

import (
	"cmp"

	"seg.example/tools/schemagen/internal/ir"
)

// Depths holds, for each named type that has a finite value, the nesting depth of its smallest one:
// the value only needs values of types with smaller depths. A type that requires itself has no
// finite value and is not in the map.
type Depths map[*ir.Type]int

// Analyze computes the depths of a contract's types. Each round adds the types whose required parts
// are already known.
func Analyze(c *ir.Contract) Depths {
	d := Depths{}
	for round := 0; ; round++ {
		var found []*ir.Type
		for _, t := range c.Types {
			if _, known := d[t]; known {
				continue
			}
			if _, finite := d.depthInside(t); finite || t.Nullable {
				found = append(found, t)
			}
		}
		if len(found) == 0 {
			return d
		}
		for _, t := range found {
			d[t] = round
		}
	}
}

// Of returns the depth of a type at its place of use. finite is false if the type has no finite
// value.
func (d Depths) Of(t *ir.Type) (depth int, finite bool) {
	if mayBeNull(t) {
		return 0, true
	}
	core := t.Deref()
	if core.Name != "" {
		depth, finite = d[core]
		return depth, finite
	}
	return d.depthInside(core)
}

// depthInside returns the depth that follows from the required parts of t.
func (d Depths) depthInside(t *ir.Type) (depth int, finite bool) {
	switch t.Kind {
	case ir.Object:
		for _, f := range t.Object.Fields {
			part, finite := d.Of(f.Type)
			if f.Required && !finite {
				return 0, false
			}
			if f.Required {
				depth = max(depth, part)
			}
		}
	case ir.Array:
		if t.Array.MinItems > 0 {
			return d.Of(t.Array.Item)
		}
	case ir.Union:
		return d.Of(d.SmallestVariant(t.Union).Type)
	case ir.Ref:
		return d.Of(t.Ref)
	case ir.Raw:
		return d.depthInsideRaw(t.Raw)
	case ir.Map:
		if t.Map.MinProps > 0 {
			return d.Of(t.Map.Value)
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Null:
	}
	return depth, true
}

func (d Depths) depthInsideRaw(a *ir.AnyOf) (depth int, finite bool) {
	part := d.SmallestContainer(a)
	if part == nil || a.Any || a.Null || a.Boolean || len(a.Enum) > 0 || a.String != nil || a.Number != nil {
		return 0, true
	}
	return d.Of(part)
}

// SmallestContainer returns the array or the object type of a, whichever has the smaller depth; nil
// if a has neither.
func (d Depths) SmallestContainer(a *ir.AnyOf) *ir.Type {
	if a.Array == nil || a.Object == nil {
		return cmp.Or(a.Array, a.Object)
	}
	array, finite := d.Of(a.Array)
	if object, other := d.Of(a.Object); !finite || other && object < array {
		return a.Object
	}
	return a.Array
}

// SmallestVariant returns the first variant of the smallest depth.
func (d Depths) SmallestVariant(u *ir.OneOf) ir.Variant {
	best, lowest, found := u.Variants[0], 0, false
	for _, v := range u.Variants {
		if depth, finite := d.Of(v.Type); finite && (!found || depth < lowest) {
			best, lowest, found = v, depth, true
		}
	}
	return best
}

// mayBeNull reports whether a type, or a reference on the path to it, accepts null.
func mayBeNull(t *ir.Type) bool {
	for ; t.Kind == ir.Ref; t = t.Ref {
		if t.Nullable {
			return true
		}
	}
	return t.Nullable || t.Kind == ir.Null
}

// Requires returns, for a type without a finite value, the next named type without one that each of
// its values must contain, and the path to it: names of fields, [] for the items of an array, {}
// for the values of a map. It returns nil if t has a finite value.
func (d Depths) Requires(t *ir.Type) (path []string, next *ir.Type) {
	if _, finite := d.depthInside(t); finite {
		return nil, nil
	}
	switch t.Kind {
	case ir.Object:
		for _, f := range t.Object.Fields {
			if _, finite := d.Of(f.Type); f.Required && !finite {
				return d.requiresPart(f.Name, f.Type)
			}
		}
	case ir.Array:
		return d.requiresPart("[]", t.Array.Item)
	case ir.Map:
		return d.requiresPart("{}", t.Map.Value)
	case ir.Union:
		return nil, t.Union.Variants[0].Type.Deref()
	case ir.Ref:
		return nil, t.Deref()
	case ir.Raw:
		return d.requiresPart("", d.SmallestContainer(t.Raw))
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Null:
	}
	return nil, nil
}

// requiresPart is Requires for a part of a type; step is the path to that part.
func (d Depths) requiresPart(step string, part *ir.Type) (path []string, next *ir.Type) {
	if step != "" {
		path = []string{step}
	}
	if core := part.Deref(); core.Name != "" {
		return path, core
	}
	rest, next := d.Requires(part)
	return append(path, rest...), next
}

// Cycle returns the path through which each value of t would have to contain another value of t. It
// is nil if t has a finite value, or if t has none only because it requires another such type.
func (d Depths) Cycle(t *ir.Type) []string {
	if _, finite := d.Of(t); finite {
		return nil
	}
	var path []string
	seen := map[*ir.Type]bool{}
	for at := t; at != nil && !seen[at]; {
		seen[at] = true
		step, next := d.Requires(at)
		path = append(path, step...)
		if next == t {
			return path
		}
		at = next
	}
	return nil
}
