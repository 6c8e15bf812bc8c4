package breaking

import (
	"math"
	"math/big"

	"seg.example/tools/schemagen/internal/ir"
)

// numbers is the set of numbers that a type accepts.
type numbers struct {
	integer  bool // it has no fraction
	coerce   bool // a string of digits is read as one
	bits64   bool // it must fit into an int64
	low      *bound
	high     *bound
	multiple *big.Rat // positive; nil: any

	// step is what every accepted number is a multiple of, with integer and multiple taken together; nil: any number.
	step *big.Rat
	// least and most are the ends of what is accepted: low and high moved inward to the next multiples of step. An end that is not
	// exclusive is itself accepted.
	least, most *bound
	// empty: no number is accepted.
	empty bool
}

// bound is an end of a range.
type bound struct {
	at        *big.Rat
	exclusive bool
	text      string
}

func integers(l *ir.IntegerLimits) *numbers {
	out := &numbers{integer: true, bits64: true, coerce: l.Coerce}
	if l.Min != nil {
		out.low = integerBound(*l.Min)
	}
	if l.Max != nil {
		out.high = integerBound(*l.Max)
	}
	if l.MultipleOf != nil {
		out.multiple = new(big.Rat).SetInt64(*l.MultipleOf)
	}
	return out.narrow()
}

func integerBound(at int64) *bound {
	r := new(big.Rat).SetInt64(at)
	return &bound{at: r, text: r.RatString()}
}

func decimals(l *ir.NumberLimits) *numbers {
	out := &numbers{low: decimalBound(l.Min, l.ExclusiveMin), high: decimalBound(l.Max, l.ExclusiveMax)}
	if l.MultipleOf != "" {
		out.multiple = rat(l.MultipleOf)
		out.integer = out.multiple.IsInt()
	}
	return out.narrow()
}

// decimalBound is an end of a range, of which at most one form is given.
func decimalBound(inclusive, exclusive ir.Decimal) *bound {
	switch {
	case inclusive != "":
		return &bound{at: rat(inclusive), text: string(inclusive)}
	case exclusive != "":
		return &bound{at: rat(exclusive), exclusive: true, text: string(exclusive)}
	}
	return nil
}

// rat is the value of a Decimal, which SetString reads whatever it is.
func rat(d ir.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// narrow works out what the limits leave together.
func (n *numbers) narrow() *numbers {
	n.step, n.least, n.most = n.multiple, n.low, n.high
	if n.integer && n.multiple == nil {
		n.step = big.NewRat(1, 1)
	}
	if n.bits64 {
		if n.least == nil {
			n.least = integerBound(math.MinInt64)
		}
		if n.most == nil {
			n.most = integerBound(math.MaxInt64)
		}
	}
	if n.step != nil {
		n.least, n.most = inward(n.least, n.step, 1), inward(n.most, n.step, -1)
	}
	if n.least != nil && n.most != nil {
		order := n.least.at.Cmp(n.most.at)
		n.empty = order > 0 || order == 0 && (n.least.exclusive || n.most.exclusive)
	}
	return n
}

// inward moves an end of a range to the first multiple of step that is inside; the sign says in which direction that is.
func inward(b *bound, step *big.Rat, sign int64) *bound {
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

// single returns the number that is the only accepted one; nil when there are others or none.
func (n *numbers) single() *big.Rat {
	if n.empty || n.least == nil || n.most == nil || n.least.at.Cmp(n.most.at) != 0 {
		return nil
	}
	return n.least.at
}

// areMultiplesOf reports whether every accepted number is a multiple of step; nil is a step of which every number is a multiple.
func (n *numbers) areMultiplesOf(step *big.Rat) bool {
	divides := func(x *big.Rat) bool { return x != nil && new(big.Rat).Quo(x, step).IsInt() }
	// Of two neighbours k·n.step and (k+1)·n.step, both are multiples only if n.step is.
	return step == nil || n.empty || divides(n.single()) || divides(n.step)
}

// values returns the texts of all accepted numbers in canonical form, if they are at most maxValues.
func (n *numbers) values() (all []string, ok bool) {
	switch {
	case n.empty:
		return nil, true
	case n.least == nil || n.most == nil:
		return nil, false
	}
	step := n.step
	if step == nil {
		if n.single() == nil {
			return nil, false
		}
		step = big.NewRat(1, 1)
	}
	count := new(big.Rat).Quo(new(big.Rat).Sub(n.most.at, n.least.at), step)
	if count.Cmp(big.NewRat(maxValues, 1)) >= 0 {
		return nil, false
	}
	for x := n.least.at; x.Cmp(n.most.at) <= 0; x = new(big.Rat).Add(x, step) {
		text, ok := canonicalNumber(x)
		if !ok {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}

// canonicalNumber is the text of a number in the form of ir.Decimal; it reports false where that would have an exponent.
func canonicalNumber(x *big.Rat) (string, bool) {
	const digits = 20
	places, exact := x.FloatPrec()
	text := x.FloatString(places)
	return text, exact && len(text) <= digits
}
