package breaking

import "math/big"

func numberLimits() []limit {
	number := func(compare func(before, after *numbers) (lost, gained string)) func(before, after view) (lost, gained string) {
		return func(before, after view) (lost, gained string) {
			if before.number == nil || after.number == nil {
				return "", ""
			}
			return compare(before.number, after.number)
		}
	}
	return []limit{
		{name: "minimum", keyword: "minimum` or `exclusiveMinimum", tighter: "raised", looser: "lowered", compare: number(func(a, b *numbers) (lost, gained string) {
			return inBothDirections("minimum was "+a.low.words()+" and is "+b.low.words(), a, b, func(inner, outer *numbers) bool {
				return compareEnds(inner.least, outer.low, 1) < 0
			})
		})},
		{name: "maximum", keyword: "maximum` or `exclusiveMaximum", tighter: "lowered", looser: "raised", compare: number(func(a, b *numbers) (lost, gained string) {
			return inBothDirections("maximum was "+a.high.words()+" and is "+b.high.words(), a, b, func(inner, outer *numbers) bool {
				return compareEnds(inner.most, outer.high, -1) < 0
			})
		})},
		{
			name: "integer", tighter: "demanded", looser: "waived", tight: "A number must be an integer", loose: "A number need not be an integer",
			compare: number(compareIntegers),
		},
		{name: "multiple-of", keyword: "multipleOf", tighter: "tightened", looser: "loosened", compare: number(func(a, b *numbers) (lost, gained string) {
			return inBothDirections("multipleOf was "+multipleText(a.multiple)+" and is "+multipleText(b.multiple), a, b, func(inner, outer *numbers) bool {
				return !inner.areMultiplesOf(outer.multiple)
			})
		})},
		{
			name: "coerce", tighter: "ended", looser: "added",
			tight: "A string of digits is no longer read as an integer", loose: "A string of digits is read as an integer",
			compare:        number(compareCoerce),
			receivedLooser: Warning, why: "the server goes on writing integers, but the schema no longer says so.",
		},
	}
}

// inBothDirections says a text as lost where a type excludes values of the one before, and as gained the other way about.
func inBothDirections[T any](text string, before, after T, excludes func(inner, outer T) bool) (lost, gained string) {
	if excludes(before, after) {
		lost = text
	}
	if excludes(after, before) {
		gained = text
	}
	return lost, gained
}

// compareIntegers tells where numbers with a fraction were or are possible, and the other type wants none.
func compareIntegers(a, b *numbers) (lost, gained string) {
	excludes := func(inner, outer *numbers) bool { return outer.integer && !inner.areMultiplesOf(big.NewRat(1, 1)) }
	if excludes(a, b) {
		lost = "number became integer"
	}
	if excludes(b, a) {
		gained = "integer became number"
	}
	return lost, gained
}

// compareEnds returns -1 when after accepts less than before, 1 when it accepts more, and 0 when it accepts the same; inward is the sign
// of the direction in which an end of a range becomes tighter.
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

// words is a bound for a sentence.
func (b *bound) words() string {
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

func compareCoerce(a, b *numbers) (lost, gained string) {
	switch {
	case a.coerce && !b.coerce:
		return "a string of digits is no longer read as an integer", ""
	case b.coerce && !a.coerce:
		return "", "a string of digits is read as an integer as well"
	}
	return "", ""
}
