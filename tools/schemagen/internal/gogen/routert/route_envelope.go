package routert

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	wire "seg.example/tools/schemagen/internal/gogen/codec"
)

// envelope is what a frame says about itself.
//
// Reading it is a light pass over the top level: it finds the ends of values and judges nothing else, because a decoder reads the
// whole frame after it and refuses what is not JSON. It does not recurse, so that no depth is too much for it.
type envelope struct {
	typ   []byte // JSON text of "type"; nil: absent
	id    []byte // JSON text of "request_id"; nil: absent
	twice string // keyType or keyID if it was seen to stand twice

	thorough bool // read to the end of the frame, whatever has been found
	onlyType bool // read no further than to the type
}

// TypeOf returns the type that frame names, as Dispatch would find it, nil if it names none. It stops there and judges nothing: a
// limit or a meter can ask it what Dispatch is about to be given.
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

// read finds the envelope of frame. It is false if frame is no object or ends too early.
//
// Unless it has to be thorough it stops as soon as nothing more can be found. What stands twice behind that place is left to a
// decoder, which refuses every such key.
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

// note keeps value if key is one that is looked for, and tells whether it is.
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

// name returns the envelope's key that a literal stands for, or "".
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

// kind returns the type that the frame names, nil if it names none.
func (e *envelope) kind() []byte {
	if len(e.typ) == 0 || e.typ[0] != '"' {
		return nil
	}
	return unquote(e.typ)
}

// requestID returns the request_id as it was sent, empty if there is none; null counts as none. It is false if an answer cannot
// be sent to what stands there.
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

// inEnvelope tells whether a pointer leads to a key of the envelope. No request has a field of such a name.
func inEnvelope(pointer string) bool {
	return pointer == "/"+keyType || pointer == "/"+keyID
}

// complete tells whether nothing that is looked for can come in the rest of the frame. What stands twice ends the search: the frame
// is refused anyway, and thousands of types must not each have the rest of the frame looked through.
func (e *envelope) complete(rest []byte) bool {
	if e.typ == nil || e.thorough {
		return false
	}
	return e.onlyType || e.twice != "" || e.id != nil || !bytes.Contains(rest, rareInID) && bytes.IndexByte(rest, '\\') < 0
}

// rareInID is a part of keyID that begins with a letter which is rare: bytes.Contains looks for the first one at great speed.
//
//nolint:gochecknoglobals // never changed
var rareInID = []byte(`quest_id"`)

// member finds the parts of the member that begins at p: the literal of its key, and where its value begins and ends. end is
// negative if the frame ends before.
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

// space returns the first place from p on that holds no white space.
func space(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\n' || b[p] == '\r' || b[p] == '\t') {
		p++
	}
	return p
}

// stringEnd returns the place behind the string literal that begins at p, negative if there is none.
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

// evenBackslashes tells whether b ends in an even number of backslashes, so that a quote behind it is not escaped.
func evenBackslashes(b []byte) bool {
	n := len(b)
	for n > 0 && b[n-1] == '\\' {
		n--
	}
	return (len(b)-n)%2 == 0
}

// valueEnd returns the place behind the value that begins at p, negative if there is none. It counts brackets without telling
// their kinds apart.
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

// wordEnd returns the place behind the number or word that begins at p, at least one byte on.
func wordEnd(b []byte, p int) int {
	for p++; p < len(b); p++ {
		switch b[p] {
		case ',', '}', ']', '{', '[', '"', ':', ' ', '\n', '\r', '\t':
			return p
		}
	}
	return p
}

// unquote returns the string that a literal stands for, nil if it is not valid.
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

// wellFormed tells whether frame is JSON in UTF-8. It is for frames that are refused anyway; requests are checked by their decoders.
func wellFormed(frame []byte) bool { return utf8.Valid(frame) && json.Valid(frame) }

// maxIDLength bounds a request_id that is a string, in code points.
const maxIDLength = 128

// validID tells whether the JSON text of a request_id is a string of 1 to 128 characters or an integer within ±(2⁵³−1).
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

// plain tells whether a string literal is ASCII without escapes.
func plain(literal []byte) bool {
	for _, c := range literal {
		if c < ' ' || c >= utf8.RuneSelf || c == '\\' {
			return false
		}
	}
	return true
}

// maxDigits is how many digits 2⁵³−1 has.
const maxDigits = 16

// integral tells whether a JSON number is an integer within ±(2⁵³−1), exactly: 1.0 and 1e1 are integers.
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
