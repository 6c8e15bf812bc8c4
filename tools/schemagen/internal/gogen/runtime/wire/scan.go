package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"
)

// maxDepth is the maximal nesting of objects and arrays.
const maxDepth = 16

// decoder decodes one input. Its methods take a position and return the position after what they
// decoded, so that the position stays in a register.
type decoder struct {
	b     []byte
	s     string // the same bytes as a string, for slicing; empty if the type contains no text
	depth int
	keySpace
}

// fits refuses an input whose positions do not fit into an int32.
func fits(data []byte) *Error {
	if len(data) > math.MaxInt32 {
		return fail(0, "depth", "must be shorter than 2 GiB")
	}
	return nil
}

// finish returns the result of decoding that ended at p. If the input is not valid UTF-8 or JSON,
// that is the error, whatever err is: otherwise the error for a damaged frame would depend on the
// order of its fields.
func (d *decoder) finish(p int, err *Error) error {
	if err == nil {
		if p = space(d.b, p); p == len(d.b) && utf8.Valid(d.b) {
			return nil
		}
	}
	if utf8.Valid(d.b) {
		again := decoder{b: d.b, keySpace: keySpace{lenient: true}}
		end, broken := again.skip(space(d.b, 0))
		switch {
		case broken != nil && broken.Keyword == "syntax":
			err = broken
		case broken == nil && space(d.b, end) != len(d.b):
			err = unexpected(space(d.b, end))
		}
		return err
	}
	for p = 0; ; {
		r, size := utf8.DecodeRune(d.b[p:])
		if r == utf8.RuneError && size <= 1 {
			return fail(p, "utf8", "not valid UTF-8")
		}
		p += size
	}
}

// space returns the position of the first byte from p that is not white space.
func space(b []byte, p int) int {
	if p < len(b) && b[p] <= ' ' {
		return spaces(b, p)
	}
	return p
}

func spaces(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\n' || b[p] == '\r' || b[p] == '\t') {
		p++
	}
	return p
}

// has reports whether text is at p.
func has(b []byte, p int, text string) bool {
	return len(b)-p >= len(text) && string(b[p:p+len(text)]) == text
}

// open decodes the opening bracket of an array or object. more is false if it is empty; its closing
// bracket has then been decoded too.
func (d *decoder) open(p int, bracket byte, what string) (q int, more bool, err *Error) {
	b := d.b
	if p >= len(b) || b[p] != bracket {
		return p, false, want(p, what)
	}
	if d.depth == maxDepth {
		return p, false, fail(p, "depth", "must not be nested so deeply")
	}
	p = space(b, p+1)
	if p < len(b) && b[p] == bracket+2 { // in ASCII, the code of a closing bracket is that of the opening one plus two
		return p + 1, false, nil
	}
	d.depth++
	return p, true, nil
}

// next decodes what follows an element: a comma, or the closing bracket. more says which.
func (d *decoder) next(p int, bracket byte) (q int, more bool, err *Error) {
	b := d.b
	p = space(b, p)
	if p >= len(b) {
		return p, false, unexpected(p)
	}
	switch b[p] {
	case ',':
		return space(b, p+1), true, nil
	case bracket:
		d.depth--
		return p + 1, false, nil
	}
	return p, false, unexpected(p)
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanText finds the quote that ends the string whose content starts at p; -1 if there is none or
// the string is invalid.
func scanText(b []byte, p int) (end int, escaped bool) {
	for p+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[p:])
		// The lowest set high bit marks the first byte that is a quote, a backslash or a control
		// character.
		m := ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones) | (x - ones*' ')
		if m &= ^x & highs; m != 0 {
			p += bits.TrailingZeros64(m) >> 3
			if b[p] == '"' {
				return p, false
			}
			return scanEscaped(b, p)
		}
		p += 8
	}
	return scanEscaped(b, p)
}

// scanEscaped is scanText for a string with escapes, or near the end of the input.
func scanEscaped(b []byte, p int) (end int, escaped bool) {
	for p < len(b) {
		switch c := b[p]; {
		case c == '"':
			return p, escaped
		case c < ' ':
			return -1, false
		case c == '\\':
			size := escapeSize(b[p:])
			if size == 0 {
				return -1, false
			}
			escaped = true
			p += size
		default:
			p++
		}
	}
	return -1, false
}

// text decodes a string; q is -1 if there is none.
func (d *decoder) text(p int) (s string, q int) {
	if p >= len(d.b) || d.b[p] != '"' {
		return "", -1
	}
	p++
	end, escaped := scanText(d.b, p)
	if end < 0 {
		return "", -1
	}
	if escaped {
		return string(unescape(d.b[p:end])), end + 1
	}
	return d.s[p:end], end + 1
}

// word decodes a string that is not stored; q is -1 if there is none.
func (d *decoder) word(p int) (s []byte, q int) {
	if p >= len(d.b) || d.b[p] != '"' {
		return nil, -1
	}
	p++
	end, escaped := scanText(d.b, p)
	if end < 0 {
		return nil, -1
	}
	if escaped {
		return unescape(d.b[p:end]), end + 1
	}
	return d.b[p:end], end + 1
}

// unlimited is the maximal length of a string without maxLength.
const unlimited = math.MaxInt

// outside reports whether s has fewer than low or more than high code points. It only counts them
// if the number of bytes does not decide.
func outside(s string, low, high int) bool {
	return (len(s) > high || len(s) <= 4*(low-1)) && countOutside(s, low, high)
}

func countOutside(s string, low, high int) bool {
	n := utf8.RuneCountInString(s)
	return n < low || n > high
}

// boolean decodes true or false; q is -1 if neither is at p.
func boolean(b []byte, p int) (v bool, q int) {
	switch {
	case has(b, p, "true"):
		return true, p + 4
	case has(b, p, "false"):
		return false, p + 5
	}
	return false, -1
}

// grow extends a by one element. It reuses memory: the element keeps its old content.
func grow[T any](a []T) []T {
	if len(a) < cap(a) {
		return a[:len(a)+1]
	}
	if cap(a) == 0 {
		return make([]T, 1, 4)
	}
	var zero T
	return append(a, zero)
}

// roomFor returns the empty slice a with capacity for the members of the object whose first key is
// at p. It estimates their number from the commas before the next closing bracket. Input with more
// commas than members gets little memory, because a member has at least five bytes.
func roomFor[S ~[]T, T any](a S, b []byte, p int) S {
	if cap(a) > 0 {
		return a
	}
	size := max(bytes.IndexByte(b[p:], '}'), 0)
	return make(S, 0, 1+min(bytes.Count(b[p:p+size], []byte{','}), size/len(`"":0,`)))
}

// first returns the first character of the value at p, which tells its type. All numbers give '0'.
func first(b []byte, p int) byte {
	switch {
	case p >= len(b):
		return 0
	case b[p] == '-' || digit(b[p]):
		return '0'
	}
	return b[p]
}

// classOf returns a table of the bytes in the ranges of ends, which alternates first and last
// bytes.
func classOf(ends string) (table [256]bool) {
	for i := 0; i < len(ends); i += 2 {
		for c := int(ends[i]); c <= int(ends[i+1]); c++ {
			table[c] = true
		}
	}
	return table
}

// countMembers counts the fields in the words.
func countMembers(words ...uint64) int {
	n := 0
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	return n
}

// tag decodes the member name, a string, of the object at p. It does not validate the rest of the
// object.
func (d *decoder) tag(p int, name string) (value []byte, at int, err *Error) {
	look := decoder{b: d.b, depth: d.depth, keySpace: keySpace{lenient: true}}
	q, more, err := look.open(p, '{', "an object")
	for err == nil && more {
		var key []byte
		if key, _, at, err = look.key(q); err != nil {
			return nil, at, err
		}
		if string(key) == name {
			value, q = look.word(at)
			if q < 0 {
				return nil, at, want(at, "a string").in(name)
			}
			return value, at, nil
		}
		if q, err = look.skip(at); err != nil {
			return nil, q, err.in(string(key))
		}
		q, more, err = look.next(q, '}')
	}
	if err != nil {
		return nil, q, err
	}
	return nil, p, missing(p, []string{name}, 1)
}
