package wire

import "strconv"

// digit reports whether c is a decimal digit.
func digit(c byte) bool { return c-'0' <= 9 }

// numberEnd returns the position after the number at p; -1 if there is none.
func numberEnd(b []byte, p int) int {
	if p < len(b) && b[p] == '-' {
		p++
	}
	if p >= len(b) || !digit(b[p]) {
		return -1
	}
	if b[p] == '0' {
		p++
	} else {
		p = digits(b, p)
	}
	if p < len(b) && b[p] == '.' {
		start := p + 1
		if p = digits(b, start); p == start {
			return -1
		}
	}
	return exponentEnd(b, p)
}

// exponentEnd returns the position after the optional exponent at p; -1 if it is invalid.
func exponentEnd(b []byte, p int) int {
	if p >= len(b) || b[p]|0x20 != 'e' {
		return p
	}
	p++
	if p < len(b) && (b[p] == '+' || b[p] == '-') {
		p++
	}
	if end := digits(b, p); end > p {
		return end
	}
	return -1
}

// digits returns the position of the first byte from p that is not a digit.
func digits(b []byte, p int) int {
	for p < len(b) && digit(b[p]) {
		p++
	}
	return p
}

// integer decodes an integer in any notation: 10, 10.0 and 1e1 are equal. q is -1 if there is none
// at p or it does not fit into an int64; notInteger then returns the error.
func integer(b []byte, p int) (v int64, q int) {
	q = p
	negative := q < len(b) && b[q] == '-'
	if negative {
		q++
	}
	start := q
	var u uint64
	for q < len(b) && digit(b[q]) {
		u = u*10 + uint64(b[q]-'0')
		q++
	}
	if n := q - start; n == 0 || n > 18 || b[start] == '0' && n > 1 {
		return integerSlow(b, p)
	}
	if q < len(b) && (b[q] == '.' || b[q]|0x20 == 'e') {
		return integerSlow(b, p)
	}
	if negative {
		return -int64(u), q
	}
	return int64(u), q
}

func integerSlow(b []byte, p int) (v int64, q int) {
	q = numberEnd(b, p)
	if q < 0 {
		return 0, -1
	}
	v, ok := decimalOf(b[p:q]).int64()
	if !ok {
		return 0, -1
	}
	return v, q
}

// notInteger returns the error of integer at p. low and high are the limits of the type, as text.
func notInteger(b []byte, p int, low, high string) *Error {
	q := numberEnd(b, p)
	if q < 0 {
		return want(p, "an integer")
	}
	d := decimalOf(b[p:q])
	switch {
	case !d.whole():
		return want(p, "an integer")
	case d.negative:
		return fail(p, "minimum", "must be at least "+low)
	}
	return fail(p, "maximum", "must be at most "+high)
}

// coerced decodes an integer, or a string of digits as an integer.
func coerced(b []byte, p int) (v int64, q int) {
	if p >= len(b) || b[p] != '"' {
		return integer(b, p)
	}
	start := p + 1
	end, escaped := scanText(b, start)
	if end < 0 {
		return 0, -1
	}
	text := b[start:end]
	if escaped {
		text = unescape(text)
	}
	if len(text) == 0 || digits(text, 0) != len(text) {
		return 0, -1
	}
	v, ok := decimalOf(text).int64()
	if !ok {
		return 0, -1
	}
	return v, end + 1
}

// notCoerced returns the error of coerced at p.
func notCoerced(b []byte, p int, low, high string) *Error {
	if p >= len(b) || b[p] != '"' {
		return notInteger(b, p, low, high)
	}
	end, _ := scanText(b, p+1)
	if end < 0 {
		return want(p, "an integer")
	}
	if text := unescape(b[p+1 : end]); len(text) > 0 && digits(text, 0) == len(text) {
		return fail(p, "maximum", "must be at most "+high)
	}
	return fail(p, "pattern", "must be an integer or a string of digits")
}

var powers = [...]float64{ //nolint:gochecknoglobals // a table: the powers of ten that float64 represents exactly
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
}

// number decodes a number as the nearest float64. q is -1 if there is none at p or it rounds to
// infinity.
func number(b []byte, p int) (v float64, q int) {
	q = p
	negative := q < len(b) && b[q] == '-'
	if negative {
		q++
	}
	start := q
	u, q := accumulate(b, q, 0)
	whole, fraction := q-start, 0
	if whole == 0 || whole > 15 || b[start] == '0' && whole > 1 {
		return numberSlow(b, p)
	}
	if q < len(b) && b[q] == '.' {
		point := q + 1
		u, q = accumulate(b, point, u)
		fraction = q - point
		if fraction == 0 || whole+fraction > 15 {
			return numberSlow(b, p)
		}
	}
	if q < len(b) && b[q]|0x20 == 'e' {
		return numberSlow(b, p)
	}
	v = float64(u) / powers[fraction] // both are exact, so the quotient is rounded correctly
	if negative {
		v = -v
	}
	return v, q
}

// accumulate reads digits and appends them to the number u.
func accumulate(b []byte, p int, u uint64) (uint64, int) {
	for p < len(b) && digit(b[p]) {
		u = u*10 + uint64(b[p]-'0')
		p++
	}
	return u, p
}

func numberSlow(b []byte, p int) (v float64, q int) {
	q = numberEnd(b, p)
	if q < 0 {
		return 0, -1
	}
	v, err := strconv.ParseFloat(string(b[p:q]), 64)
	if err != nil {
		return 0, -1
	}
	return v, q
}

// notNumber returns the error of number at p.
func notNumber(b []byte, p int) *Error {
	switch q := numberEnd(b, p); {
	case q < 0:
		return want(p, "a number")
	case b[p] == '-':
		return fail(p, "minimum", "must not be so small")
	}
	return fail(p, "maximum", "must not be so large")
}
