package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
)

// envelope contains the members of a frame from the server, as JSON text; nil if absent.
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

// readEnvelope parses a frame. It fails if the frame is not a JSON object with a type.
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

// isObject reports whether text is a JSON object.
func isObject(text []byte) bool {
	open := space(text, 0)
	return open < len(text) && text[open] == '{' && json.Valid(text)
}

// members iterates over the members of a valid JSON object: the literal of each key and the text of
// its value.
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

// space returns the position of the first byte from p that is not white space.
func space(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\n' || b[p] == '\r' || b[p] == '\t') {
		p++
	}
	return p
}

// valueEnd returns the position after the value at p.
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

// literalEnd returns the position after the string literal at p.
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

// Append appends the text of the object.
func (o object) Append(dst []byte) []byte { return append(dst, o...) }

// requestFrame returns the frame of a request: the fields, which must be an object, after type and
// request_id. id is JSON text.
func requestFrame(typ, id string, fields appender) []byte {
	dst := append(make([]byte, 0, 256), `{"type":`...)
	dst = append(dst, literal(typ)...)
	dst = append(dst, `,"request_id":`...)
	dst = append(dst, id...)
	return join(dst, fields)
}

// join appends the members of an object to an open object that has members already, and closes it.
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
