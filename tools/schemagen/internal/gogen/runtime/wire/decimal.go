package wire

import (
	"bytes"
	"cmp"
	"math/bits"
	"strconv"
)

// decimal is an exact JSON number: 0.digits × 10^point. Neither the first nor the last digit is
// zero; zero has no digits.
type decimal struct {
	negative bool
	digits   []byte // '0' to '9'
	point    int64
}

// maxExponent is the largest absolute exponent; larger ones count as this value. It is far beyond
// the number of digits of any input, so adding that number neither overflows nor changes the order
// of numbers.
const maxExponent = 1e15

// decimalOf parses a number that numberEnd has accepted, or digits with leading zeros.
func decimalOf(text []byte) decimal {
	var d decimal
	if text[0] == '-' {
		d.negative = true
		text = text[1:]
	}
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		d.point = exponent(text[i+1:])
		text = text[:i]
	}
	whole, fraction, _ := bytes.Cut(text, []byte{'.'})
	d.point += int64(len(whole))
	all := whole
	if len(fraction) > 0 {
		all = append(append(make([]byte, 0, len(text)), whole...), fraction...)
	}
	d.digits = bytes.TrimLeft(all, "0")
	d.point -= int64(len(all) - len(d.digits))
	d.digits = bytes.TrimRight(d.digits, "0")
	if len(d.digits) == 0 {
		return decimal{}
	}
	return d
}

func exponent(text []byte) int64 {
	negative := text[0] == '-'
	text = bytes.TrimLeft(text, "+-0")
	var v int64
	for _, c := range text {
		if v = v*10 + int64(c-'0'); v > maxExponent {
			v = maxExponent
			break
		}
	}
	if negative {
		return -v
	}
	return v
}

// whole reports whether d is an integer.
func (d decimal) whole() bool { return d.point >= int64(len(d.digits)) }

// int64 returns d. ok is false if it is not an integer or does not fit into an int64.
func (d decimal) int64() (v int64, ok bool) {
	if !d.whole() || d.point > 19 {
		return 0, false
	}
	var u uint64
	for i := range d.point {
		u *= 10 // 19 digits do not overflow uint64
		if i < int64(len(d.digits)) {
			u += uint64(d.digits[i] - '0')
		}
	}
	switch {
	case d.negative && u <= 1<<63:
		return -int64(u), true // -1<<63 is its own negation
	case !d.negative && u < 1<<63:
		return int64(u), true
	}
	return 0, false
}

// compare returns -1, 0 or 1 if d is less than, equal to or greater than e.
func (d decimal) compare(e decimal) int {
	if len(d.digits) == 0 || len(e.digits) == 0 || d.negative != e.negative {
		return cmp.Compare(d.sign(), e.sign())
	}
	order := cmp.Compare(d.point, e.point)
	if order == 0 {
		order = bytes.Compare(d.digits, e.digits)
	}
	return order * d.sign()
}

func (d decimal) sign() int {
	switch {
	case len(d.digits) == 0:
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// compareNumber compares the number in text with limit.
func compareNumber(text []byte, limit string) int {
	if x, short := shortInteger(text); short {
		if y, short := shortInteger(limit); short {
			return cmp.Compare(x, y)
		}
	}
	return decimalOf(text).compare(decimalOf([]byte(limit)))
}

// shortInteger parses a number of at most 18 digits, perhaps with a minus sign.
func shortInteger[S ~string | ~[]byte](text S) (v int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for i := range len(text) {
		if !digit(text[i]) {
			return 0, false
		}
		v = v*10 + int64(text[i]-'0')
	}
	if negative {
		return -v, true
	}
	return v, true
}

// multipleOf reports whether the number in text is a multiple of factor. factor is positive and has
// at most 18 digits, without zeros at its ends.
func multipleOf(text []byte, factor string) bool {
	d, f := decimalOf(text), decimalOf([]byte(factor))
	// d = D×10^e and f = F×10^g with integers D and F that do not end in zero.
	if len(d.digits) == 0 {
		return true
	}
	e, g := d.point-int64(len(d.digits)), f.point-int64(len(f.digits))
	if e < g {
		return false // otherwise D would end in zero
	}
	modulus, _ := strconv.ParseUint(string(f.digits), 10, 64)
	var rest uint64
	for _, c := range d.digits {
		rest = (mulMod(rest, 10, modulus) + uint64(c-'0')) % modulus
	}
	for power, factor := e-g, 10%modulus; power > 0; power >>= 1 {
		if power&1 != 0 {
			rest = mulMod(rest, factor, modulus)
		}
		factor = mulMod(factor, factor, modulus)
	}
	return rest == 0
}

// mulMod returns x×y mod m. x and y must be less than m, or both small.
func mulMod(x, y, m uint64) uint64 {
	high, low := bits.Mul64(x, y)
	return bits.Rem64(high, low, m)
}
