package breaking

import "math/big"

func numberLimits() []limit {
	number := func(compare func(before, after *numberSet) (lost, gained string)) func(before, after valueSet) (lost, gained string) {
		return func(before, after valueSet) (lost, gained string) {
			if before.number == nil || after.number == nil {
				return "", ""
			}
			return compare(before.number, after.number)
		}
	}
	return []limit{
		{name: "minimum", keyword: "minimum` or `exclusiveMinimum", tighter: "raised", looser: "lowered", compare: number(func(a, b *numberSet) (lost, gained string) {
			return compareBothWays("minimum was "+a.low.describe()+" and is "+b.low.describe(), a, b, func(inner, outer *numberSet) bool {
				return compareEnds(inner.effectiveMin, outer.low, 1) < 0
			})
		})},
		{name: "maximum", keyword: "maximum` or `exclusiveMaximum", tighter: "lowered", looser: "raised", compare: number(func(a, b *numberSet) (lost, gained string) {
			return compareBothWays("maximum was "+a.high.describe()+" and is "+b.high.describe(), a, b, func(inner, outer *numberSet) bool {
				return compareEnds(inner.effectiveMax, outer.high, -1) < 0
			})
		})},
		{
			name: "integer", tighter: "demanded", looser: "waived", tighterText: "A number must be an integer", looserText: "A number need not be an integer",
			compare: number(compareIntegers),
		},
		{name: "multiple-of", keyword: "multipleOf", tighter: "tightened", looser: "loosened", compare: number(func(a, b *numberSet) (lost, gained string) {
			return compareBothWays("multipleOf was "+multipleText(a.multiple)+" and is "+multipleText(b.multiple), a, b, func(inner, outer *numberSet) bool {
				return !inner.areMultiplesOf(outer.multiple)
			})
		})},
		{
			name: "coerce", tighter: "ended", looser: "added",
			tighterText: "A string of digits is no longer accepted as an integer", looserText: "A string of digits is accepted as an integer",
			compare:        number(compareCoerce),
			receivedLooser: Warning, receivedText: "the server still writes integers, but the schema no longer says so.",
		},
	}
}

// compareBothWays returns text as lost if after excludes values of before, and as gained if before
// excludes values of after.
func compareBothWays[T any](text string, before, after T, excludes func(inner, outer T) bool) (lost, gained string) {
	if excludes(before, after) {
		lost = text
	}
	if excludes(after, before) {
		gained = text
	}
	return lost, gained
}

// compareIntegers reports whether fractions are possible in one type and refused by the other.
func compareIntegers(a, b *numberSet) (lost, gained string) {
	excludes := func(inner, outer *numberSet) bool { return outer.integer && !inner.areMultiplesOf(big.NewRat(1, 1)) }
	if excludes(a, b) {
		lost = "number became integer"
	}
	if excludes(b, a) {
		gained = "integer became number"
	}
	return lost, gained
}

// compareEnds returns -1 if bound after is stricter than before, 1 if it is looser, and 0 if both
// are equal. inward is 1 for lower and -1 for upper bounds.
func compareEnds(before, after *bound, inward int) int {
	switch {
	case before == nil && after == nil:
		return 0
	case before == nil:
		return -1
	case after == nil:
		return 1
	}
	if order := before.at.Cmp(after.at) * inward; order != 0 {
		return order
	}
	switch {
	case after.exclusive && !before.exclusive:
		return -1
	case before.exclusive && !after.exclusive:
		return 1
	}
	return 0
}

// describe returns the bound for a sentence.
func (b *bound) describe() string {
	switch {
	case b == nil:
		return "none"
	case b.exclusive:
		return b.text + ", exclusive"
	default:
		return b.text
	}
}

func multipleText(r *big.Rat) string {
	if r == nil {
		return "none"
	}
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}

func compareCoerce(a, b *numberSet) (lost, gained string) {
	switch {
	case a.coerce && !b.coerce:
		return "a string of digits is no longer accepted as an integer", ""
	case b.coerce && !a.coerce:
		return "", "a string of digits is accepted as an integer too"
	}
	return "", ""
}
