package lower

import (
	"math/big"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// number is an exact decimal: digits·10^exp, perhaps negative. digits has no zeros at either end
// and is empty for zero.
type number struct {
	negative bool
	digits   string
	exp      int
}

// parseNumber parses a JSON number. The text must be valid.
func parseNumber(text string) number {
	var n number
	text, n.negative = strings.CutPrefix(text, "-")
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		n.exp, _ = strconv.Atoi(text[at+1:])
		text = text[:at]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n.digits = strings.TrimLeft(whole+fraction, "0")
	n.exp -= len(fraction)
	trimmed := strings.TrimRight(n.digits, "0")
	n.exp += len(n.digits) - len(trimmed)
	n.digits = trimmed
	if n.digits == "" {
		return number{}
	}
	return n
}

// plainDigits bounds the digits that a Decimal has without an exponent.
const plainDigits = 21

// decimal returns the canonical text that ir.Decimal specifies.
func (n number) decimal() ir.Decimal {
	sign := ""
	if n.negative {
		sign = "-"
	}
	switch {
	case n.digits == "":
		return "0"
	case n.exp == 0 || (n.exp > 0 && len(n.digits)+n.exp <= plainDigits):
		return ir.Decimal(sign + n.digits + strings.Repeat("0", n.exp))
	case n.exp < 0 && n.exp >= -plainDigits:
		all := strings.Repeat("0", max(0, 1-n.exp-len(n.digits))) + n.digits
		return ir.Decimal(sign + all[:len(all)+n.exp] + "." + all[len(all)+n.exp:])
	default:
		return ir.Decimal(sign + n.digits + "e" + strconv.Itoa(n.exp))
	}
}

// rat returns the number as a fraction.
func (n number) rat() *big.Rat {
	if n.digits == "" {
		return new(big.Rat)
	}
	value, _ := new(big.Int).SetString(n.digits, 10)
	if n.negative {
		value.Neg(value)
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n.exp, -n.exp))), nil)
	if n.exp >= 0 {
		return new(big.Rat).SetInt(value.Mul(value, scale))
	}
	return new(big.Rat).SetFrac(value, scale)
}

func (n number) compare(other number) int { return n.rat().Cmp(other.rat()) }

// integer reports whether the number has no fraction.
func (n number) integer() bool { return n.exp >= 0 }

// int64 returns the number as an int64. ok is false if it has a fraction or does not fit.
func (n number) int64() (value int64, ok bool) {
	r := n.rat()
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// divisible reports whether the number is a multiple of step, which must not be zero.
func (n number) divisible(step number) bool {
	return new(big.Rat).Quo(n.rat(), step.rat()).IsInt()
}

// leastCommonMultiple returns the smallest positive number that is a multiple of both a and b. Both
// must be positive.
func leastCommonMultiple(a, b number) number {
	exp := min(a.exp, b.exp)
	x, y := a.scaled(exp), b.scaled(exp)
	gcd := new(big.Int).GCD(nil, nil, x, y)
	product := new(big.Int).Mul(x, y)
	out := parseNumber(product.Quo(product, gcd).String())
	out.exp += exp
	return out
}

// scaled returns the number in units of 10^exp. exp must not exceed the number's own exponent.
func (n number) scaled(exp int) *big.Int {
	value, _ := new(big.Int).SetString(n.digits, 10)
	return value.Mul(value, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n.exp-exp)), nil))
}

// one is the step between integers.
func one() number { return number{digits: "1"} }

// bound is one end of a range.
type bound struct {
	number
	exclusive bool
}

// ceil returns the smallest integer that satisfies a lower bound. floor returns the largest that
// satisfies an upper bound.
func (b bound) ceil() *big.Int {
	r := b.rat()
	quotient := new(big.Int).Div(r.Num(), r.Denom()) // Euclidean division rounds down, since the denominator is positive
	if !r.IsInt() || b.exclusive {
		quotient.Add(quotient, big.NewInt(1))
	}
	return quotient
}

func (b bound) floor() *big.Int {
	r := b.rat()
	quotient := new(big.Int).Div(r.Num(), r.Denom())
	if r.IsInt() && b.exclusive {
		quotient.Sub(quotient, big.NewInt(1))
	}
	return quotient
}
