// Package auth holds the operator's shared password: it compares attempts in constant time and cannot be made to print it.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// hidden is what every way of printing a Password shows.
const hidden = "***"

// Password is a password to compare attempts with. Only its SHA-256 sum is kept, and no way of printing, logging or marshalling it
// shows more than "***". The zero Password refuses every attempt. It is safe for concurrent use.
type Password struct {
	// A pointer, because fmt cannot call the methods of an unexported field and would print an array within it.
	sum *[sha256.Size]byte
}

// New returns the password with the given text. An empty text gives a Password that refuses every attempt, the empty one too: a
// forgotten setting must not open the server.
func New(text string) Password {
	if text == "" {
		return Password{}
	}
	sum := sha256.Sum256([]byte(text))
	return Password{sum: &sum}
}

// Check tells whether attempt is the password. The time it takes depends on the length of attempt only, never on how much of it
// is right: what is compared are sums of equal length.
func (p Password) Check(attempt string) bool {
	sum := sha256.Sum256([]byte(attempt))
	return p.sum != nil && subtle.ConstantTimeCompare(sum[:], p.sum[:]) == 1
}

// String returns "***".
func (Password) String() string { return hidden }

// Format writes "***" for every verb, so that not even %x or %#v shows the sum.
func (Password) Format(f fmt.State, _ rune) {
	// A fmt.State keeps its own errors; Format has no way to report one.
	_, _ = io.WriteString(f, hidden)
}

// LogValue returns "***" for package log/slog.
func (Password) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns "***" for encoding/json and its like.
func (Password) MarshalText() ([]byte, error) { return []byte(hidden), nil }
