package docgen

import "seg.example/tools/schemagen/internal/ir"

// ranks say of the named types how far their smallest values are from the end: a value of a type can be made of values of types of lower
// ranks. A type that contains itself without a way out, so that it has no value, has none.
type ranks map[*ir.Type]int

// ranksOf ranks the types of a contract: round by round those whose parts have been ranked before.
func ranksOf(c *ir.Contract) ranks {
	k := ranks{}
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

// of returns the rank of a type as it is used; ends is false where no value is known to end.
func (k ranks) of(t *ir.Type) (rank int, ends bool) {
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
func (k ranks) inside(t *ir.Type) (rank int, ends bool) {
	switch t.Kind {
	case ir.Object:
		for _, f := range t.Object.Fields {
			part, ends := k.of(f.Type)
			if f.Required && !ends {
				return 0, false
			}
			if f.Required {
				rank = max(rank, part)
			}
		}
	case ir.Array:
		if t.Array.MinItems > 0 {
			return k.of(t.Array.Item)
		}
	case ir.Union:
		return k.of(k.simplest(t.Union).Type)
	case ir.Ref:
		return k.of(t.Ref)
	case ir.Raw:
		return k.insideRaw(t.Raw)
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Map, ir.Null:
	}
	return rank, true
}

// insideRaw follows sampleRaw.
func (k ranks) insideRaw(a *ir.AnyOf) (rank int, ends bool) {
	switch {
	case len(a.Enum) > 0 || a.String != nil || a.Number != nil || a.Boolean:
	case a.Array != nil:
		return k.of(a.Array)
	case a.Object != nil:
		return k.of(a.Object)
	}
	return 0, true
}

// simplest is the first variant of the lowest rank.
func (k ranks) simplest(u *ir.OneOf) ir.Variant {
	best, lowest, found := u.Variants[0], 0, false
	for _, v := range u.Variants {
		if rank, ends := k.of(v.Type); ends && (!found || rank < lowest) {
			best, lowest, found = v, rank, true
		}
	}
	return best
}
