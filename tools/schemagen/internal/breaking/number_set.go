package breaking

import (
	"math"
	"math/big"

	"seg.example/tools/schemagen/internal/ir"
)

// numberSet is the set of numbers that a type accepts.
type numberSet struct {
	integer  bool // no fractions
	coerce   bool // strings of digits are accepted too (x-coerce)
	bits64   bool // the number must fit into an int64
	low      *bound
	high     *bound
	multiple *big.Rat // positive; nil: any

	// step divides every accepted number; it combines integer and multiple. nil: no such step.
	step *big.Rat
	// effectiveMin and effectiveMax are low and high, moved inward to the next multiple of step.
	// Unless it is exclusive, such a bound is itself an accepted number.
	effectiveMin, effectiveMax *bound
	// empty: no number is accepted.
	empty bool
}

// bound is one end of a range.
type bound struct {
	at        *big.Rat
	exclusive bool
	text      string
}

func newIntegerSet(l *ir.IntegerLimits) *numberSet {
	out := &numberSet{integer: true, bits64: true, coerce: l.Coerce}
	if l.Min != nil {
		out.low = integerBound(*l.Min)
	}
	if l.Max != nil {
		out.high = integerBound(*l.Max)
	}
	if l.MultipleOf != nil {
		out.multiple = new(big.Rat).SetInt64(*l.MultipleOf)
	}
	return out.normalize()
}

func integerBound(at int64) *bound {
	r := new(big.Rat).SetInt64(at)
	return &bound{at: r, text: r.RatString()}
}

func newNumberSet(l *ir.NumberLimits) *numberSet {
	out := &numberSet{low: decimalBound(l.Min, l.ExclusiveMin), high: decimalBound(l.Max, l.ExclusiveMax)}
	if l.MultipleOf != "" {
		out.multiple = rat(l.MultipleOf)
		out.integer = out.multiple.IsInt()
	}
	return out.normalize()
}

// decimalBound returns the bound of a range from its inclusive or exclusive form; nil if neither is
// given.
func decimalBound(inclusive, exclusive ir.Decimal) *bound {
	switch {
	case inclusive != "":
		return &bound{at: rat(inclusive), text: string(inclusive)}
	case exclusive != "":
		return &bound{at: rat(exclusive), exclusive: true, text: string(exclusive)}
	}
	return nil
}

// rat returns the value of a Decimal.
func rat(d ir.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// normalize computes the fields that follow from all limits together.
func (n *numberSet) normalize() *numberSet {
	n.step, n.effectiveMin, n.effectiveMax = n.multiple, n.low, n.high
	if n.integer && n.multiple == nil {
		n.step = big.NewRat(1, 1)
	}
	if n.bits64 {
		if n.effectiveMin == nil {
			n.effectiveMin = integerBound(math.MinInt64)
		}
		if n.effectiveMax == nil {
			n.effectiveMax = integerBound(math.MaxInt64)
		}
	}
	if n.step != nil {
		n.effectiveMin, n.effectiveMax = nextMultiple(n.effectiveMin, n.step, 1), nextMultiple(n.effectiveMax, n.step, -1)
	}
	if n.effectiveMin != nil && n.effectiveMax != nil {
		order := n.effectiveMin.at.Cmp(n.effectiveMax.at)
		n.empty = order > 0 || order == 0 && (n.effectiveMin.exclusive || n.effectiveMax.exclusive)
	}
	return n
}

// nextMultiple moves a bound to the next multiple of step inside the range. sign is 1 for a lower
// and -1 for an upper bound.
func nextMultiple(b *bound, step *big.Rat, sign int64) *bound {
	if b == nil {
		return nil
	}
	factor := new(big.Rat).Quo(b.at, step)
	whole := new(big.Int).Div(factor.Num(), factor.Denom()) // rounded down
	switch {
	case !factor.IsInt() && sign > 0:
		whole.Add(whole, big.NewInt(1))
	case factor.IsInt() && b.exclusive:
		whole.Add(whole, big.NewInt(sign))
	}
	at := new(big.Rat).Mul(new(big.Rat).SetInt(whole), step)
	return &bound{at: at, text: at.RatString()}
}

// onlyValue returns the only accepted number; nil if there are none or several.
func (n *numberSet) onlyValue() *big.Rat {
	if n.empty || n.effectiveMin == nil || n.effectiveMax == nil || n.effectiveMin.at.Cmp(n.effectiveMax.at) != 0 {
		return nil
	}
	return n.effectiveMin.at
}

// areMultiplesOf reports whether every accepted number is a multiple of step. It is true if step is
// nil.
func (n *numberSet) areMultiplesOf(step *big.Rat) bool {
	divides := func(x *big.Rat) bool { return x != nil && new(big.Rat).Quo(x, step).IsInt() }
	// Both k·n.step and (k+1)·n.step are multiples of step only if n.step is.
	return step == nil || n.empty || divides(n.onlyValue()) || divides(n.step)
}

// enumerate returns the texts of all accepted numbers in canonical form. ok is false if there are
// more than maxValues.
func (n *numberSet) enumerate() (all []string, ok bool) {
	switch {
	case n.empty:
		return nil, true
	case n.effectiveMin == nil || n.effectiveMax == nil:
		return nil, false
	}
	step := n.step
	if step == nil {
		if n.onlyValue() == nil {
			return nil, false
		}
		step = big.NewRat(1, 1)
	}
	count := new(big.Rat).Quo(new(big.Rat).Sub(n.effectiveMax.at, n.effectiveMin.at), step)
	if count.Cmp(big.NewRat(maxValues, 1)) >= 0 {
		return nil, false
	}
	for x := n.effectiveMin.at; x.Cmp(n.effectiveMax.at) <= 0; x = new(big.Rat).Add(x, step) {
		text, ok := canonicalNumber(x)
		if !ok {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}

// canonicalNumber returns a number in the form of ir.Decimal. ok is false if that form has an
// exponent.
func canonicalNumber(x *big.Rat) (string, bool) {
	const digits = 20
	places, exact := x.FloatPrec()
	text := x.FloatString(places)
	return text, exact && len(text) <= digits
}
