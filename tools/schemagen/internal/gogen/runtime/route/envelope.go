package route

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// envelope contains the members of a frame's envelope.
//
// Reading it is a fast pass over the top level of the frame. It finds the ends of values without
// validating them, because a decoder validates the whole frame later. It is not recursive, so any
// nesting depth is fine.
type envelope struct {
	typ   []byte // JSON text of "type"; nil: absent
	id    []byte // JSON text of "request_id"; nil: absent
	twice string // keyType or keyID if a duplicate was found

	thorough bool // always read to the end of the frame
	onlyType bool // stop after the type
}

// TypeOf returns the type of a frame as Dispatch would find it; nil if there is none. It does not
// validate the frame. Rate limits and metrics can use it before Dispatch.
func TypeOf(frame []byte) []byte {
	e := envelope{onlyType: true}
	if !e.read(frame) {
		return nil
	}
	return e.kind()
}

// The keys of an envelope.
const (
	keyType = "type"
	keyID   = "request_id"
)

// read finds the envelope of frame. It returns false if frame is not an object or is incomplete.
//
// Unless thorough is set, it stops as soon as nothing more can be found. Duplicates after that
// place are left to the decoder, which refuses them.
func (e *envelope) read(frame []byte) bool {
	p := space(frame, 0)
	if p >= len(frame) || frame[p] != '{' {
		return false
	}
	p = space(frame, p+1)
	if p < len(frame) && frame[p] == '}' {
		return true
	}
	for p < len(frame) && frame[p] == '"' {
		key, value, end := member(frame, p)
		if end < 0 {
			return false
		}
		if e.note(key, frame[value:end]) && e.complete(frame[end:]) {
			return true
		}
		p = space(frame, end)
		if p >= len(frame) || frame[p] != ',' {
			return p < len(frame) && frame[p] == '}'
		}
		p = space(frame, p+1)
	}
	return false
}

// note stores value if key belongs to the envelope, and reports whether it does.
func (e *envelope) note(key, value []byte) bool {
	found := name(key)
	var slot *[]byte
	switch found {
	case keyType:
		slot = &e.typ
	case keyID:
		slot = &e.id
	default:
		return false
	}
	if *slot != nil {
		e.twice = found
	}
	*slot = value
	return true
}

// name returns the envelope's key that a string literal stands for; empty if it is none.
func name(literal []byte) string {
	switch string(literal) {
	case `"` + keyType + `"`:
		return keyType
	case `"` + keyID + `"`:
		return keyID
	}
	if bytes.IndexByte(literal, '\\') < 0 {
		return ""
	}
	switch key := unquote(literal); string(key) {
	case keyType:
		return keyType
	case keyID:
		return keyID
	}
	return ""
}

// kind returns the type in the frame; nil if there is none.
func (e *envelope) kind() []byte {
	if len(e.typ) == 0 || e.typ[0] != '"' {
		return nil
	}
	return unquote(e.typ)
}

// requestID returns the request_id as it was sent; empty if there is none or it is null. It returns
// false if the request_id is invalid.
func (e *envelope) requestID() (wire.Raw, bool) {
	switch {
	case e.twice == keyID:
		return "", false
	case e.id == nil || len(e.id) > 0 && e.id[0] == 'n':
		return "", true
	case validID(e.id):
		return wire.Raw(e.id), true
	default:
		return "", false
	}
}

// inEnvelope reports whether a JSON pointer points to a key of the envelope. No request has a field
// with such a name.
func inEnvelope(pointer string) bool {
	return pointer == "/"+keyType || pointer == "/"+keyID
}

// complete reports whether the rest of the frame cannot contain anything more. A duplicate ends the
// search: the frame is refused anyway, and a frame with thousands of types must not be searched
// once for each.
func (e *envelope) complete(rest []byte) bool {
	if e.typ == nil || e.thorough {
		return false
	}
	return e.onlyType || e.twice != "" || e.id != nil || !bytes.Contains(rest, rareInID) && bytes.IndexByte(rest, '\\') < 0
}

// rareInID is the part of keyID after its first letters. It starts with a rare letter, because
// bytes.Contains searches for the first byte very fast.
//
//nolint:gochecknoglobals // never changed
var rareInID = []byte(`quest_id"`)

// member finds the parts of the member at p: the literal of its key, and the start and end of its
// value. end is negative if the frame ends before.
func member(b []byte, p int) (key []byte, value, end int) {
	stop := stringEnd(b, p)
	if stop < 0 {
		return nil, 0, -1
	}
	key = b[p:stop]
	p = space(b, stop)
	if p >= len(b) || b[p] != ':' {
		return nil, 0, -1
	}
	value = space(b, p+1)
	return key, value, valueEnd(b, value)
}

// space returns the position of the first byte from p that is not white space.
func space(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\n' || b[p] == '\r' || b[p] == '\t') {
		p++
	}
	return p
}

// stringEnd returns the position after the string literal at p; negative if there is no end.
func stringEnd(b []byte, p int) int {
	for i := p + 1; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if b[i-1] != '\\' || evenBackslashes(b[p+1:i]) {
			return i + 1
		}
	}
}

// evenBackslashes reports whether b ends with an even number of backslashes, so that a following
// quote is not escaped.
func evenBackslashes(b []byte) bool {
	n := len(b)
	for n > 0 && b[n-1] == '\\' {
		n--
	}
	return (len(b)-n)%2 == 0
}

// valueEnd returns the position after the value at p; negative if there is no end. It counts
// brackets without distinguishing their kinds.
func valueEnd(b []byte, p int) int {
	open := 0
	for p < len(b) {
		switch b[p] {
		case '"':
			if p = stringEnd(b, p); p < 0 {
				return -1
			}
		case '{', '[':
			open++
			p++
			continue
		case '}', ']':
			open--
			p++
		default:
			p = wordEnd(b, p)
		}
		if open <= 0 {
			return p
		}
	}
	return -1
}

// wordEnd returns the position after the number or word at p, at least p+1.
func wordEnd(b []byte, p int) int {
	for p++; p < len(b); p++ {
		switch b[p] {
		case ',', '}', ']', '{', '[', '"', ':', ' ', '\n', '\r', '\t':
			return p
		}
	}
	return p
}

// unquote returns the string of a literal; nil if it is invalid.
func unquote(literal []byte) []byte {
	if bytes.IndexByte(literal, '\\') < 0 {
		return literal[1 : len(literal)-1]
	}
	var s string
	if json.Unmarshal(literal, &s) != nil {
		return nil
	}
	return []byte(s)
}

// wellFormed reports whether frame is JSON in UTF-8. It is only used for frames that are refused
// anyway; decoders validate requests.
func wellFormed(frame []byte) bool { return utf8.Valid(frame) && json.Valid(frame) }

// maxIDLength bounds a request_id that is a string, in code points.
const maxIDLength = 128

// validID reports whether the JSON text of a request_id is a string of 1 to 128 characters or an
// integer within ±(2⁵³−1).
func validID(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	if text[0] != '"' {
		return wellFormed(text) && integral(string(text))
	}
	if n := len(text) - 2; plain(text) {
		return n >= 1 && n <= maxIDLength
	}
	if !wellFormed(text) {
		return false
	}
	n := utf8.RuneCount(unquote(text))
	return n >= 1 && n <= maxIDLength
}

// plain reports whether a string literal is ASCII without escapes.
func plain(literal []byte) bool {
	for _, c := range literal {
		if c < ' ' || c >= utf8.RuneSelf || c == '\\' {
			return false
		}
	}
	return true
}

// maxDigits is the number of digits of 2⁵³−1.
const maxDigits = 16

// integral reports whether a JSON number is an integer within ±(2⁵³−1), exactly: 1.0 and 1e1 are
// integers.
func integral(number string) bool {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(number, "-")), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return mantissa != "" && mantissa[0] == '0'
	}
	shift := -len(fraction)
	if exponent != "" {
		n, err := strconv.Atoi(exponent)
		if err != nil {
			return false
		}
		shift += n
	}
	significant := strings.TrimRight(digits, "0")
	shift += len(digits) - len(significant)
	if shift < 0 || len(significant)+shift > maxDigits {
		return false
	}
	n, err := strconv.ParseInt(significant+strings.Repeat("0", shift), 10, 64)
	return err == nil && n < 1<<53
}
