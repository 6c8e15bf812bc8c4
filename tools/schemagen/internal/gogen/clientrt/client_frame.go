package clientrt

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
)

// envelope is what a frame of the server says about itself; each member is JSON text, nil if it is absent.
type envelope struct {
	typ       string
	requestID []byte
	data      []byte
	seq       []byte
	prevSeq   []byte
	sessionID []byte
	timestamp []byte
}

var errNoObject = errors.New("a frame that is no JSON object")

// readEnvelope takes a frame apart. It fails if the frame is not a JSON object with a type.
func readEnvelope(frame []byte) (envelope, error) {
	var e envelope
	if !isObject(frame) {
		return e, errNoObject
	}
	var typ []byte
	for key, value := range members(frame) {
		switch string(key) {
		case `"type"`:
			typ = value
		case `"request_id"`:
			e.requestID = value
		case `"data"`:
			e.data = value
		case `"seq"`:
			e.seq = value
		case `"prev_seq"`:
			e.prevSeq = value
		case `"session_id"`:
			e.sessionID = value
		case `"timestamp"`:
			e.timestamp = value
		}
	}
	if json.Unmarshal(typ, &e.typ) != nil || e.typ == "" {
		return e, errors.New("a frame without a type")
	}
	return e, nil
}

// isObject tells whether text is a JSON object, and nothing besides.
func isObject(text []byte) bool {
	open := space(text, 0)
	return open < len(text) && text[open] == '{' && json.Valid(text)
}

// members goes through the members of a JSON object, which must be valid: the literal of each key, and the text of its value.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		p := space(object, space(object, 0)+1)
		for object[p] != '}' {
			keyEnd := literalEnd(object, p)
			value := space(object, space(object, keyEnd)+1)
			end := valueEnd(object, value)
			if !yield(object[p:keyEnd], object[value:end]) {
				return
			}
			if p = space(object, end); object[p] == ',' {
				p = space(object, p+1)
			}
		}
	}
}

// space returns the first place from p on that holds no white space.
func space(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\n' || b[p] == '\r' || b[p] == '\t') {
		p++
	}
	return p
}

// valueEnd returns the place behind the value that begins at p.
func valueEnd(b []byte, p int) int {
	for open := 0; ; {
		switch b[p] {
		case '"':
			p = literalEnd(b, p)
		case '{', '[':
			open++
			p++
			continue
		case '}', ']':
			open--
			p++
		case ',', ':', ' ', '\n', '\r', '\t': // only inside brackets
			p++
			continue
		default:
			p += bytes.IndexAny(b[p:], ",]} \n\r\t")
		}
		if open == 0 {
			return p
		}
	}
}

// literalEnd returns the place behind the string literal that begins at p.
func literalEnd(b []byte, p int) int {
	for p++; b[p] != '"'; p++ {
		if b[p] == '\\' {
			p++
		}
	}
	return p + 1
}

// appender is a value that can append itself to dst as JSON.
type appender interface {
	Append(dst []byte) []byte
}

// object is the text of a JSON object.
type object []byte

// Append appends the object as it is.
func (o object) Append(dst []byte) []byte { return append(dst, o...) }

// requestFrame returns the frame of a request: its fields, which must be an object, with type and request_id put first. id is JSON text.
func requestFrame(typ, id string, fields appender) []byte {
	dst := append(make([]byte, 0, 256), `{"type":`...)
	dst = append(dst, literal(typ)...)
	dst = append(dst, `,"request_id":`...)
	dst = append(dst, id...)
	return join(dst, fields)
}

// join appends the members of an object to one that is open and has some already, and closes it.
func join(dst []byte, fields appender) []byte {
	open := len(dst)
	dst = fields.Append(dst)
	if p := space(dst, open+1); dst[p] == '}' {
		return append(dst[:open], '}')
	}
	dst[open] = ','
	return dst
}

// literal returns s as a JSON string.
func literal(s string) []byte {
	text, _ := json.Marshal(s) //nolint:errchkjson // a string cannot fail
	return text
}
