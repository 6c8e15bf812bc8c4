package game

import "math/bits"

// MaxAmount bounds every amount of money or goods, above and, negative, below:
// 2⁵³-1, the largest integer that a client in JavaScript has exactly.
const MaxAmount = 1<<53 - 1

// basisPoints is one hundred percent.
const basisPoints = 10_000

// saturate returns a, or the limit that it is beyond.
func saturate(a int64) int64 { return min(max(a, -MaxAmount), MaxAmount) }

// add returns a + b, and whether that is an amount. Both are amounts.
func add(a, b int64) (sum int64, ok bool) {
	sum = a + b
	return sum, sum == saturate(sum)
}

// mul returns a·b, and whether that is an amount; both are at least 0.
func mul(a, b int64) (product int64, ok bool) {
	return mulDiv(a, b, 1)
}

// mulDiv returns a·b/d cut toward zero, with a product of 128 bits, and whether
// that is an amount. a and b are at least 0, d is at least 1. When it is none,
// the quotient is MaxAmount.
func mulDiv(a, b, d int64) (quotient int64, ok bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(d) {
		return MaxAmount, false
	}
	q, _ := bits.Div64(hi, lo, uint64(d))
	if q > MaxAmount {
		return MaxAmount, false
	}
	return int64(q), true
}

// share returns p basis points of a, cut toward zero, and whether that is an
// amount. Both are at least 0.
func share(a, p int64) (part int64, ok bool) { return mulDiv(a, p, basisPoints) }
