package breaking

import (
	"fmt"
	"math/big"
)

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
			return compareBounds("minimum", a.low, b.low, 1)
		})},
		{name: "maximum", keyword: "maximum` or `exclusiveMaximum", tighter: "lowered", looser: "raised", compare: number(func(a, b *numbers) (lost, gained string) {
			return compareBounds("maximum", a.high, b.high, -1)
		})},
		{name: "integer", tighter: "demanded", looser: "waived", tight: "A number must be an integer", loose: "A number need not be an integer", compare: number(func(a, b *numbers) (lost, gained string) {
			switch {
			case b.integer && !a.integer:
				return "number became integer", ""
			case a.integer && !b.integer:
				return "", "integer became number"
			}
			return "", ""
		})},
		{name: "multiple-of", keyword: "multipleOf", tighter: "tightened", looser: "loosened", compare: number(compareMultiples)},
		{
			name: "coerce", tighter: "ended", looser: "added",
			tight: "A string of digits is no longer read as an integer", loose: "A string of digits is read as an integer",
			compare:        number(compareCoerce),
			receivedLooser: Warning, why: "the server goes on writing integers, but the schema no longer says so.",
		},
	}
}

// compareBounds compares an end of a range; inward is the sign of the direction in which it becomes tighter.
func compareBounds(what string, before, after *bound, inward int) (lost, gained string) {
	text := fmt.Sprintf("%s was %s and is %s", what, before.words(), after.words())
	switch order := compareEnds(before, after, inward); {
	case order < 0:
		return text, ""
	case order > 0:
		return "", text
	}
	return "", ""
}

// compareEnds returns -1 when after accepts less than before, 1 when it accepts more, and 0 when it accepts the same.
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

func compareMultiples(a, b *numbers) (lost, gained string) {
	text := fmt.Sprintf("multipleOf was %s and is %s", multipleText(a.multiple), multipleText(b.multiple))
	within := func(inner, outer *numbers) bool { // whether each multiple that inner accepts is one for outer
		if outer.multiple == nil {
			return true
		}
		step := inner.multiple
		if step == nil && inner.integer {
			step = big.NewRat(1, 1)
		}
		return step != nil && new(big.Rat).Quo(step, outer.multiple).IsInt()
	}
	if !within(a, b) {
		lost = text
	}
	if !within(b, a) {
		gained = text
	}
	return lost, gained
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
