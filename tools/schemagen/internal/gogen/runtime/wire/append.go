package wire

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// comma appends a comma unless dst ends with the opening bracket of the object.
func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '{' {
		return dst
	}
	return append(dst, ',')
}

func appendBool(dst []byte, v bool) []byte { //nolint:revive // v is the value to write
	if v {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// appendInt appends v. Small numbers, which are most frequent, need no function call.
func appendInt(dst []byte, v int64) []byte {
	switch u := uint64(v); {
	case u < 10:
		return append(dst, '0'+byte(u))
	case u < 100:
		return append(dst, '0'+byte(u/10), '0'+byte(u%10))
	case u < 1000:
		return append(dst, '0'+byte(u/100), '0'+byte(u/10%10), '0'+byte(u%10))
	}
	return strconv.AppendInt(dst, v, 10)
}

// plain are the ASCII characters that need no escape in a JSON string.
//
//nolint:gochecknoglobals // never changed
var plain = classOf(" !#[]\x7f")

// appendNumber appends v with as few digits as needed to read it back exactly. Infinities and NaN,
// which JSON does not have, become null.
func appendNumber(dst []byte, v float64) []byte {
	a := math.Abs(v)
	switch {
	case a > math.MaxFloat64 || v != v:
		return append(dst, "null"...)
	case a != 0 && (a < 1e-6 || a >= 1e21):
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

func appendRaw(dst []byte, v Raw) []byte {
	if v == "" {
		return append(dst, "null"...)
	}
	return append(dst, v...)
}

// appendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		// The high bit of a byte is set if it is a quote, a backslash, a control character or not
		// ASCII.
		if (((x^ones*'"')-ones)|((x^ones*'\\')-ones)|(x-ones*' ')|x)&highs != 0 {
			return appendEscaped(dst, s, i)
		}
	}
	for ; i < len(s); i++ {
		if !plain[s[i]] {
			return appendEscaped(dst, s, i)
		}
	}
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendEscaped is appendString from the first character at or after i that may need an escape.
func appendEscaped(dst []byte, s string, i int) []byte {
	done := 0
	for i < len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[done:i]...)
				dst = append(dst, "\uFFFD"...)
				done = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			dst = appendEscape(append(dst, s[done:i]...), c)
			done = i + 1
		}
		i++
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
