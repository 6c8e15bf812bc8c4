package game

import "math/bits"

// MaxAmount is the limit of every amount of money or goods: 2⁵³-1, the largest integer that
// JavaScript represents exactly. Negative amounts are at least -MaxAmount.
const MaxAmount = 1<<53 - 1

// basisPoints is 100 % in basis points.
const basisPoints = 10_000

// saturate returns a, limited to ±MaxAmount.
func saturate(a int64) int64 { return min(max(a, -MaxAmount), MaxAmount) }

// add returns a + b, and reports whether it is within ±MaxAmount. a and b must be amounts.
func add(a, b int64) (sum int64, ok bool) {
	sum = a + b
	return sum, sum == saturate(sum)
}

// mul returns a·b, and reports whether it is at most MaxAmount. a and b must be at least 0.
func mul(a, b int64) (product int64, ok bool) {
	return mulDiv(a, b, 1)
}

// mulDiv returns a·b/d, rounded down, and reports whether it is at most MaxAmount; otherwise it
// returns MaxAmount. The product has 128 bits. a and b must be at least 0, d at least 1.
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

// share returns p basis points of a, rounded down, and reports whether it is at most MaxAmount. a
// and p must be at least 0.
func share(a, p int64) (part int64, ok bool) { return mulDiv(a, p, basisPoints) }
