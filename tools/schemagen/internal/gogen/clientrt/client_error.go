package clientrt

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Error is the server's refusal of a request, or of a connection. Its text is meant for people, its code for programs.
type Error struct {
	Code    Code
	Text    string
	Details []Detail // the fields at fault; empty when it is not a matter of single fields
}

// Error returns the code and the text.
func (e *Error) Error() string {
	if e.Code == "" {
		return e.Text
	}
	return string(e.Code) + ": " + e.Text
}

// ErrClosed is what calls of a Client fail with that was closed by Close.
var ErrClosed = errors.New("client is closed")

// ErrSlow is the cause of a ClosedError when Options.OnEvent did not keep up with the events.
var ErrSlow = errors.New("events came faster than they were listened to")

// errSilent is the cause of a ClosedError when the server has stopped answering, even pings.
var errSilent = errors.New("nothing was heard from the server")

// Status codes of a ClosedError that no close frame ever holds (RFC 6455, 7.4.1).
const (
	codeNone = 1005 // the close frame had no code
	codeLost = 1006 // there was no close frame
)

// ClosedError says that the connection ended, and how.
type ClosedError struct {
	// Code is the status code of the close frame, as in RFC 6455 section 7.4: the server's or, when Err is set, the one that this
	// side sent. 1005: it had none. 1006: there was no close frame, because the connection was lost.
	Code int
	// Reason is the text that came with it; it may be empty.
	Reason string
	// Err is what went wrong on this side; nil when it was the server that closed the connection.
	Err error
}

// Error says how the connection ended.
func (e *ClosedError) Error() string {
	var text strings.Builder
	switch {
	case e.Code == codeLost && e.Err != nil:
		return "connection lost: " + e.Err.Error()
	case e.Code == codeNone:
		text.WriteString("connection closed without a code")
	default:
		fmt.Fprintf(&text, "connection closed with code %d", e.Code)
	}
	for _, more := range []string{e.Reason, causeText(e.Err)} {
		if more != "" {
			text.WriteString(": " + more)
		}
	}
	return text.String()
}

func causeText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Unwrap returns Err.
func (e *ClosedError) Unwrap() error { return e.Err }

// Close codes of a server that lets a connection come about only to say in its reason why it refuses it: 4000 and a status of HTTP, from
// 400 on.
const (
	firstRefusal = 4400
	lastRefusal  = 4499
)

// Refused tells whether the server has refused the connection, for Reason: nothing that was sent over it was carried out.
func (e *ClosedError) Refused() bool { return firstRefusal <= e.Code && e.Code <= lastRefusal }

// Final tells whether a program must not connect again by itself: it was told to go, or would do wrong or be refused again.
func (e *ClosedError) Final() bool {
	switch e.Code {
	case 1000, 1002, 1003, 1007, 1008, 1009, 1010, 4001:
		return true
	}
	return e.Refused()
}

// HandshakeError says that the server answered the handshake with something else than a WebSocket.
type HandshakeError struct {
	Status  int    // of HTTP
	Refusal *Error // what the server said about it; nil if nothing that could be read
}

// Error returns the status and what the server said.
func (e *HandshakeError) Error() string {
	if e.Refusal == nil {
		return fmt.Sprintf("the server refused the connection with HTTP status %d", e.Status)
	}
	return fmt.Sprintf("the server refused the connection with HTTP status %d: %s", e.Status, e.Refusal.Error())
}

// Unwrap returns Refusal, if there is one.
func (e *HandshakeError) Unwrap() error {
	if e.Refusal == nil {
		return nil
	}
	return e.Refusal
}

// ContractError says that the server sent something that the protocol does not allow. Most likely it speaks another version.
type ContractError struct {
	Type string // of the request that was answered wrongly, or of the frame; empty if it has none
	Err  error  // a *wire.Error where a decoder found it
}

// Error says what was wrong with what.
func (e *ContractError) Error() string {
	if e.Type == "" {
		return "the server broke the protocol: " + e.Err.Error()
	}
	return "the server broke the protocol: " + e.Type + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ContractError) Unwrap() error { return e.Err }

// refusalOf returns the refusal that the data of a response is, nil if it is none. An answer never has a member "error": the
// generator sees to that.
func refusalOf(data []byte) *Error {
	said := readError(data)
	if said.Error == nil {
		return nil
	}
	return &Error{Code: said.Code, Text: *said.Error, Details: said.Details}
}

// refusalIn returns the refusal that an error frame is, nil if it says nothing.
func refusalIn(frame []byte) *Error {
	said := readError(frame)
	switch {
	case said.Error != nil:
		return &Error{Code: said.Code, Text: *said.Error, Details: said.Details}
	case said.Message != nil:
		return &Error{Code: said.Code, Text: *said.Message, Details: said.Details}
	}
	return nil
}

// errorData are the members of a refusal, in both of its forms.
type errorData struct {
	Error   *string  `json:"error"`
	Message *string  `json:"message"`
	Code    Code     `json:"code"`
	Details []Detail `json:"details"`
}

// readError reads the members of a refusal; what cannot be read is none.
func readError(text []byte) errorData {
	var said errorData
	if json.Unmarshal(text, &said) != nil {
		return errorData{}
	}
	return said
}
