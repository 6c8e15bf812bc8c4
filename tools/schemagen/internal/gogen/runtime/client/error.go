package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Error is the server's refusal of a request or a connection. Text is for people, Code for
// programs.
type Error struct {
	Code    Code
	Text    string
	Details []Detail // the invalid fields; empty if the reason is not a field
}

// Error returns the code and the text.
func (e *Error) Error() string {
	if e.Code == "" {
		return e.Text
	}
	return string(e.Code) + ": " + e.Text
}

// ErrClosed is the error of calls after Close.
var ErrClosed = errors.New("client is closed")

// ErrSlow is the cause of a ClosedError if Options.OnEvent was too slow and the queue of events
// overflowed.
var ErrSlow = errors.New("events came faster than they were listened to")

// errSilent is the cause of a ClosedError if the server stopped answering, even pings.
var errSilent = errors.New("nothing was heard from the server")

// Status codes of a ClosedError that a close frame never has (RFC 6455, section 7.4.1).
const (
	codeNone = 1005 // the close frame had no code
	codeLost = 1006 // there was no close frame
)

// ClosedError says how and why the connection ended.
type ClosedError struct {
	// Code is the status code of the close frame (RFC 6455, section 7.4): that of the server or, if
	// Err is set, the one that the Client sent. 1005: the frame had no code. 1006: there was no
	// close frame, because the connection was lost.
	Code int
	// Reason is the text in the close frame; it may be empty.
	Reason string
	// Err is the error on this side; nil if the server closed the connection.
	Err error
}

// Error describes how the connection ended.
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

// A server may accept a connection only to refuse it with a close code, because browser scripts
// cannot see the status of a failed handshake. The code is 4000 plus an HTTP status from 400 to
// 499.
const (
	firstRefusal = 4400
	lastRefusal  = 4499
)

// Refused reports whether the server refused the connection, for Reason. No request that was sent
// over it was executed.
func (e *ClosedError) Refused() bool { return firstRefusal <= e.Code && e.Code <= lastRefusal }

// Final reports whether a program must not reconnect automatically: the server would refuse it
// again, or has told it not to.
func (e *ClosedError) Final() bool {
	switch e.Code {
	case 1000, 1002, 1003, 1007, 1008, 1009, 1010, 4001:
		return true
	}
	return e.Refused()
}

// HandshakeError says that the server did not accept the WebSocket handshake.
type HandshakeError struct {
	Status  int    // HTTP status
	Refusal *Error // the server's reason; nil if there was none
}

// Error returns the status and the server's reason.
func (e *HandshakeError) Error() string {
	if e.Refusal == nil {
		return fmt.Sprintf("the server refused the connection with HTTP status %d", e.Status)
	}
	return fmt.Sprintf("the server refused the connection with HTTP status %d: %s", e.Status, e.Refusal.Error())
}

// Unwrap returns Refusal if it is not nil.
func (e *HandshakeError) Unwrap() error {
	if e.Refusal == nil {
		return nil
	}
	return e.Refusal
}

// ContractError says that the server violated the protocol. Most likely it implements another
// version.
type ContractError struct {
	Type string // type of the request with the invalid answer, or of the invalid frame; empty if unknown
	Err  error  // a *wire.Error if a decoder returned it
}

// Error describes the violation.
func (e *ContractError) Error() string {
	if e.Type == "" {
		return "the server broke the protocol: " + e.Err.Error()
	}
	return "the server broke the protocol: " + e.Type + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ContractError) Unwrap() error { return e.Err }

// refusalOf returns the error in the data of a response; nil if it is an answer. The generator
// guarantees that an answer has no member "error".
func refusalOf(data []byte) *Error {
	said := readError(data)
	if said.Error == nil {
		return nil
	}
	return &Error{Code: said.Code, Text: *said.Error, Details: said.Details}
}

// refusalIn returns the error in an error frame; nil if there is none.
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

// errorData contains the members of an error, in both formats.
type errorData struct {
	Error   *string  `json:"error"`
	Message *string  `json:"message"`
	Code    Code     `json:"code"`
	Details []Detail `json:"details"`
}

// readError parses the members of an error; empty if that fails.
func readError(text []byte) errorData {
	var said errorData
	if json.Unmarshal(text, &said) != nil {
		return errorData{}
	}
	return said
}
