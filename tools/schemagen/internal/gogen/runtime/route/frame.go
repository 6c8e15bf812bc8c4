package route

import (
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// Stamp contains the members of a broadcast's envelope besides type and data.
type Stamp struct {
	Seq       int64 // number of the event in its session, from 1, without gaps
	SessionID string
	Time      int64 // milliseconds since 1970 UTC
	PrevSeq   int64 // seq of the previously delivered event if some in between were dropped; 0: none were
}

// BroadcastFrame returns the frame of a broadcast. data is the JSON text of its data; it is not
// validated.
func BroadcastFrame(typ string, data []byte, at Stamp) []byte {
	return frame(func(dst []byte) []byte {
		dst = append(dst, `{"type":`...)
		dst = appendString(dst, typ)
		dst = append(dst, `,"data":`...)
		dst = append(dst, data...)
		dst = append(dst, `,"seq":`...)
		dst = strconv.AppendInt(dst, at.Seq, 10)
		dst = append(dst, `,"session_id":`...)
		dst = appendString(dst, at.SessionID)
		dst = append(dst, `,"timestamp":`...)
		dst = strconv.AppendInt(dst, at.Time, 10)
		if at.PrevSeq != 0 {
			dst = append(dst, `,"prev_seq":`...)
			dst = strconv.AppendInt(dst, at.PrevSeq, 10)
		}
		return append(dst, '}')
	})
}

// ErrorFrame returns an error frame without a request_id, for a transport that refuses a message
// without reading it.
func ErrorFrame(code Code, text string) []byte {
	return errorFrame(&Error{Code: code, Text: text}, nil, "")
}

// errorFrame returns an error frame. available is the JSON text of available_types and id that of
// request_id; if empty, the member is left out.
func errorFrame(e *Error, available []byte, id wire.Raw) []byte {
	return frame(func(dst []byte) []byte {
		dst = append(dst, `{"type":"error","message":`...)
		dst = appendString(dst, e.Text)
		dst = append(dst, ',')
		dst = appendError(dst, e)
		if len(available) != 0 {
			dst = append(dst, `,"available_types":`...)
			dst = append(dst, available...)
		}
		if id != "" {
			dst = append(dst, `,"request_id":`...)
			dst = append(dst, id...)
		}
		return append(dst, '}')
	})
}

// errorResponse returns the response that refuses c.
func errorResponse(c *Call, e *Error) []byte {
	return frame(func(dst []byte) []byte {
		dst = append(c.openResponse(dst), '{')
		dst = appendError(dst, e)
		return append(dst, "}}"...)
	})
}

// answerFrame returns an answer as a separate frame: the object with its type as the first member.
// It uses the memory of room if it fits.
func answerFrame(typ string, answer Appender, room *[]byte) []byte {
	return frameIn(room, func(dst []byte) []byte {
		dst = append(dst, `{"type":`...)
		dst = appendString(dst, typ)
		open := len(dst)
		dst = answer.Append(dst)
		if len(dst) == open+len(`{}`) {
			dst[open] = '}'
			return dst[:open+1]
		}
		dst[open] = ','
		return dst
	})
}

// appendError appends the members of every error.
func appendError(dst []byte, e *Error) []byte {
	dst = append(dst, `"error":`...)
	dst = appendString(dst, e.Text)
	dst = append(dst, `,"code":`...)
	dst = appendString(dst, string(e.Code))
	for i, d := range e.Details {
		if i == 0 {
			dst = append(dst, `,"details":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"path":`...)
		dst = appendString(dst, d.Path)
		dst = append(dst, `,"message":`...)
		dst = appendString(dst, d.Message)
		dst = append(dst, '}')
	}
	if len(e.Details) != 0 {
		dst = append(dst, ']')
	}
	return dst
}

// maxScratch is the largest buffer, in bytes, that is reused for the next frame.
const maxScratch = 1 << 20

//nolint:gochecknoglobals // a pool is shared
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// frame returns what build appends, in a slice of exactly its size: queues of frames are bounded by
// bytes.
func frame(build func(dst []byte) []byte) []byte {
	buf, _ := scratch.Get().(*[]byte)
	text := build((*buf)[:0])
	out := make([]byte, len(text))
	copy(out, text)
	if cap(text) <= maxScratch {
		*buf = text
		scratch.Put(buf)
	}
	return out
}

// frameIn returns what build appends. If it fits into the free capacity of room, it is stored there
// and becomes part of room.
func frameIn(room *[]byte, build func(dst []byte) []byte) []byte {
	used := len(*room)
	if used == cap(*room) {
		return frame(build)
	}
	text := build((*room)[used:])
	if len(text) <= cap(*room)-used {
		*room = (*room)[:used+len(text)]
	}
	return slices.Clip(text)
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			dst = append(dst, s[from:i]...)
			if c < ' ' {
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			} else {
				dst = append(dst, '\\', c)
			}
			from = i + 1
		}
		i++
	}
	return append(append(dst, s[from:]...), '"')
}
