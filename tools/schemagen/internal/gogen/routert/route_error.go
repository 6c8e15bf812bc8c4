package routert

import (
	"errors"
	"fmt"
	"strings"

	wire "seg.example/tools/schemagen/internal/gogen/codec"
)

// Error refuses a request. Handlers and interceptors return it, wrapped or not; its text and details travel to the client.
// Every other error is a fault: the client gets the code internal and a text that tells nothing.
type Error struct {
	Code    Code
	Text    string
	Details []Detail // the fields that the refusal is about; may be empty
}

// Error returns the code and the text.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Text }

// PanicError is the fault that a panic of a handler or an interceptor becomes.
type PanicError struct {
	Value any    // what it panicked with
	Stack []byte // of the goroutine, as debug.Stack prints it
}

// Error returns what it panicked with, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns Value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrNoAnswer is the fault of a handler, or of an interceptor in its place, that gave neither an answer nor an error where the
// schema does not let the answer be null.
var ErrNoAnswer = errors.New("no answer where null is not allowed")

// shapeError turns what a decoder found wrong into a refusal.
func shapeError(err error) *Error {
	found, ok := errors.AsType[*wire.Error](err)
	if !ok {
		found = &wire.Error{Text: err.Error()}
	}
	path := shortPointer(found.Path)
	details := []Detail{{Path: path, Message: found.Text}}
	switch found.Keyword {
	case "required":
		return missing(path, found.Missing)
	case "depth":
		return &Error{Code: codeTooLarge, Text: "Nested too deeply: " + place(path), Details: details}
	case "syntax", "utf8":
		return &Error{Code: codeInvalidJSON, Text: textNotJSON}
	default:
		return &Error{Code: codeInvalidField, Text: "Invalid field: " + place(path) + ": " + found.Text, Details: details}
	}
}

// missing refuses an object at a path for the fields that it lacks.
func missing(path string, names []string) *Error {
	e := &Error{Code: codeMissingField, Text: "Missing required field: "}
	if len(names) > 1 {
		e.Text = "Missing required fields: "
	}
	e.Text += strings.Join(names, ", ")
	for _, name := range names {
		e.Details = append(e.Details, Detail{Path: path + "/" + pointerEscape.Replace(name), Message: "is required"})
	}
	return e
}

// pointerEscape writes a key as a token of a JSON pointer, RFC 6901 section 3.
//
//nolint:gochecknoglobals // built once, never changed
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// place names the place that a pointer leads to as people do: the field's own name at the top level.
func place(pointer string) string {
	if pointer == "" {
		return "message"
	}
	if name := pointer[1:]; !strings.ContainsAny(name, "/~") {
		return name
	}
	return pointer
}

// maxPointer bounds the pointer of a detail, in bytes: keys of a map are as long as a client likes.
const maxPointer = 512

// shortPointer returns pointer, or the longest part of it that leads towards the same place and is not too long.
func shortPointer(pointer string) string {
	for len(pointer) > maxPointer {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
	return pointer
}
