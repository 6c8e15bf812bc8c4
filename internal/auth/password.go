// Package auth checks the operator's password. It compares in constant time, never prints the
// password, and slows down guessing.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// hidden is the printed form of every Password.
const hidden = "***"

// Password is the right password. It keeps only the SHA-256 sum. Printing, logging and marshalling
// give "***". The zero Password refuses every attempt. It is safe for concurrent use.
type Password struct {
	// A pointer: fmt cannot call the methods of an unexported Password field and would print an array.
	sum *[sha256.Size]byte
}

// New returns the password with the given text. An empty text gives a Password that refuses every
// attempt, also the empty one, so that a forgotten setting does not open the server.
func New(text string) Password {
	if text == "" {
		return Password{}
	}
	sum := sha256.Sum256([]byte(text))
	return Password{sum: &sum}
}

// Check reports whether attempt is the password. Its duration depends only on the length of attempt,
// because it compares hash sums of equal length.
func (p Password) Check(attempt string) bool {
	sum := sha256.Sum256([]byte(attempt))
	return p.sum != nil && subtle.ConstantTimeCompare(sum[:], p.sum[:]) == 1
}

// String returns "***".
func (Password) String() string { return hidden }

// Format writes "***" for every verb, so that not even %x or %#v shows the sum.
func (Password) Format(f fmt.State, _ rune) {
	// Format cannot report an error.
	_, _ = io.WriteString(f, hidden)
}

// LogValue returns "***" for package log/slog.
func (Password) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns "***", for encoding/json and others.
func (Password) MarshalText() ([]byte, error) { return []byte(hidden), nil }
