package wire

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says why a value was refused. It contains no part of the value except the names of its
// fields, so it can be logged.
type Error struct {
	Path    string   // JSON pointer (RFC 6901) to the invalid value; empty: the whole input
	Keyword string   // the keyword of JSON Schema, or one of "syntax", "utf8", "depth", "duplicate"
	Text    string   // English sentence without subject, such as "must be at least 1"
	Missing []string // all required fields that the object at Path lacks; set if Keyword is "required"
	Offset  int      // offset in bytes of the invalid value in the input, or near it
}

// Error returns the path and the text.
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Text
	}
	return e.Path + ": " + e.Text
}

// fail returns an Error without a path. The methods in and at add the path while the decoders
// return.
//
//go:noinline
func fail(p int, keyword, text string) *Error {
	return &Error{Keyword: keyword, Text: text, Offset: p}
}

// in adds a field name at the start of e's path.
//
//go:noinline
func (e *Error) in(name string) *Error {
	if strings.ContainsAny(name, "~/") {
		name = strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
	}
	e.Path = "/" + name + e.Path
	return e
}

// at adds an array index at the start of e's path.
//
//go:noinline
func (e *Error) at(i int) *Error {
	e.Path = "/" + strconv.Itoa(i) + e.Path
	return e
}

// want refuses a value because of its JSON type.
func want(p int, what string) *Error { return fail(p, "type", "must be "+what) }

// unexpected is the error for invalid JSON.
func unexpected(p int) *Error { return fail(p, "syntax", "not valid JSON") }

// duplicate is the error for a duplicate key.
func duplicate(p int) *Error { return fail(p, "duplicate", "must not stand twice") }

// missing lists the fields whose bits are set in absent; each word stands for 64 of names.
//
//go:noinline
func missing(p int, names []string, absent ...uint64) *Error {
	e := &Error{Keyword: "required", Offset: p}
	for word, set := range absent {
		for ; set != 0; set &= set - 1 {
			e.Missing = append(e.Missing, names[word*64+bits.TrailingZeros64(set)])
		}
	}
	e.Text = "Missing required field: "
	if len(e.Missing) > 1 {
		e.Text = "Missing required fields: "
	}
	e.Text += strings.Join(e.Missing, ", ")
	return e
}

// wrongLength says why the length of s, which is at p, is outside low and high.
func wrongLength(p int, s string, low, high int) *Error {
	if utf8.RuneCountInString(s) < low {
		return fail(p, "minLength", "must have at least "+characters(low))
	}
	return fail(p, "maxLength", "must have at most "+characters(high))
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}
