package route

import (
	"errors"
	"fmt"
	"strings"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// Error refuses a request. Handlers and interceptors return it, wrapped or not. Its text and
// details are sent to the client. Any other error is an internal error: the client gets the code
// internal and a text without details.
type Error struct {
	Code    Code
	Text    string
	Details []Detail // the invalid fields; may be empty
}

// Error returns the code and the text.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Text }

// PanicError is the error for a panic of a handler or an interceptor.
type PanicError struct {
	Value any    // the argument of panic
	Stack []byte // of the goroutine, as debug.Stack prints it
}

// Error returns the panic value without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns Value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrNoAnswer is the error if a handler, or an interceptor instead of it, returns neither an answer
// nor an error although the answer must not be null.
var ErrNoAnswer = errors.New("no answer where null is not allowed")

// shapeError converts an error of a decoder to the error for the client.
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

// missing returns the error for an object at path that lacks required fields.
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

// pointerEscape escapes a key for a JSON pointer (RFC 6901, section 3).
//
//nolint:gochecknoglobals // built once, never changed
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// place names the target of a JSON pointer for people: by the field's name if it is at the top
// level.
func place(pointer string) string {
	if pointer == "" {
		return "message"
	}
	if name := pointer[1:]; !strings.ContainsAny(name, "/~") {
		return name
	}
	return pointer
}

// maxPointer bounds the pointer in a detail, in bytes. The keys of a map can have any length.
const maxPointer = 512

// shortPointer returns pointer without its last tokens, if it is too long.
func shortPointer(pointer string) string {
	for len(pointer) > maxPointer {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
	return pointer
}
