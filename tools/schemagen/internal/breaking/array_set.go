package breaking

import "seg.example/tools/schemagen/internal/ir"

// arrays is the set of arrays that a type accepts.
type arrays struct {
	*ir.ArrayOf

	// least and most are the sizes of the smallest and the largest accepted array; a most of nil is no limit.
	least int
	most  *int
	// empty: no array is accepted.
	empty bool
}

// arraysOf works out what limits and items leave together.
func (s *sets) arraysOf(a *ir.ArrayOf) *arrays {
	out := &arrays{ArrayOf: a, least: a.MinItems, most: a.MaxItems}
	if !s.hasValue(a.Item) {
		out.most = new(0)
	} else if a.Unique {
		if all, ok := s.finite(a.Item); ok {
			out.most = least(out.most, new(len(all)))
		}
	}
	out.empty = out.most != nil && *out.most < out.least
	return out
}

// hasItems reports whether an array may have an item.
func (a *arrays) hasItems() bool { return a.most == nil || *a.most > 0 }

// mayRepeat reports whether an array may have the same item twice.
func (a *arrays) mayRepeat() bool { return !a.Unique && (a.most == nil || *a.most > 1) }
