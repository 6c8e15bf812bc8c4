package breaking

import "seg.example/tools/schemagen/internal/ir"

// arraySet is the set of arrays that a type accepts.
type arraySet struct {
	*ir.ArrayOf

	// minLen and maxLen are the sizes of the smallest and the largest accepted array; nil:
	// unbounded.
	minLen int
	maxLen *int
	// empty: no array is accepted.
	empty bool
}

// arraySetOf computes the set that the limits and the items allow together.
func (s *analyzer) arraySetOf(a *ir.ArrayOf) *arraySet {
	out := &arraySet{ArrayOf: a, minLen: a.MinItems, maxLen: a.MaxItems}
	if !s.hasValue(a.Item) {
		out.maxLen = new(0)
	} else if a.Unique {
		if all, ok := s.finiteValues(a.Item); ok {
			out.maxLen = smallerMax(out.maxLen, new(len(all)))
		}
	}
	out.empty = out.maxLen != nil && *out.maxLen < out.minLen
	return out
}

// hasItems reports whether an array may have an item.
func (a *arraySet) hasItems() bool { return a.maxLen == nil || *a.maxLen > 0 }

// mayRepeat reports whether an array may contain equal items.
func (a *arraySet) mayRepeat() bool { return !a.Unique && (a.maxLen == nil || *a.maxLen > 1) }
