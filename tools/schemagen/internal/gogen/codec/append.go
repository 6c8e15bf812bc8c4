package codec

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// comma separates from what stands before, unless that is the bracket that begins the object.
func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '{' {
		return dst
	}
	return append(dst, ',')
}

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// appendNumber writes v as briefly as it can be read back exactly. What JSON has no number for, infinity and NaN, becomes null.
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

// appendString writes s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendString[S ~string](dst []byte, s S) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendEscaped(dst, string(s), i)
		}
	}
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendEscaped is appendString from the first character at or behind i that needs a look.
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
