// Package codecs measures JSON codecs side by side: the generated one of this repository, libraries that read into the same types
// without validating, one that validates, and the time that merely skipping the text takes.
//
// Each peer runs in a process of its own (Serve), so that none lives with another's garbage or warmed caches; Run starts them and
// lets them measure in turns, one window each, again and again.
package codecs

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Case is one thing that is measured.
type Case struct {
	Op      Op
	Subject string
}

// Op is what is done to a subject.
type Op string

// The operations.
const (
	// DecodeFresh reads a text into a new value.
	DecodeFresh Op = "decode, new value"
	// DecodeReused reads it into the value that was read into before.
	DecodeReused Op = "decode, same value"
	// EncodeFresh writes a value into a slice of its own.
	EncodeFresh Op = "encode, own slice"
	// EncodeReused writes it into the buffer that was written to before.
	EncodeReused Op = "encode, same buffer"
	// FindType finds the type of a frame.
	FindType Op = "find the type"
)

// Task does something n times.
type Task func(n int) error

// tasks are what a peer can do.
type tasks map[Case]Task

// codec is how a peer reads and writes values of T. What it cannot is nil.
type codec[T any] struct {
	decode func(text []byte, v *T) error
	fresh  func(v *T) ([]byte, error)
	reused func(dst []byte, v *T) ([]byte, error)
}

// add adds what c can do with subject, once it has proved that it can.
func add[T any](all tasks, subject string, text []byte, c codec[T]) error {
	value, err := prove(text, c)
	if err != nil {
		return fmt.Errorf("%s: %w", subject, err)
	}
	all[Case{DecodeFresh, subject}] = func(n int) error {
		var last *T // out of the stack's reach, as a program's values are
		return repeat(n, func() error {
			last = new(T)
			return c.decode(text, last)
		})
	}
	same := new(T)
	all[Case{DecodeReused, subject}] = func(n int) error {
		return repeat(n, func() error { return c.decode(text, same) })
	}
	if c.fresh != nil {
		all[Case{EncodeFresh, subject}] = func(n int) error {
			return repeat(n, func() error {
				_, err := c.fresh(value)
				return err
			})
		}
	}
	if c.reused != nil {
		var buffer []byte
		all[Case{EncodeReused, subject}] = func(n int) error {
			return repeat(n, func() (err error) {
				buffer, err = c.reused(buffer[:0], value)
				return err
			})
		}
	}
	return nil
}

// repeat does something n times unless it fails.
func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// prove reads text twice into the same value and writes it in every way that c has. What is written must say what text says: a codec
// that leaves something out is no peer.
func prove[T any](text []byte, c codec[T]) (*T, error) {
	value := new(T)
	for range 2 {
		if err := c.decode(text, value); err != nil {
			return nil, fmt.Errorf("decode: %w", err)
		}
	}
	if c.fresh != nil {
		written, err := c.fresh(value)
		if err := errors.Join(err, sameJSON(text, written)); err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
	}
	if c.reused != nil {
		written, err := c.reused(make([]byte, 0, len(text)), value)
		if err := errors.Join(err, sameJSON(text, written)); err != nil {
			return nil, fmt.Errorf("encode into a buffer: %w", err)
		}
	}
	return value, nil
}

// sameJSON makes sure that two texts mean the same.
func sameJSON(want, got []byte) error {
	var x, y any
	if err := errors.Join(json.Unmarshal(want, &x), json.Unmarshal(got, &y)); err != nil {
		return err
	}
	if !reflect.DeepEqual(x, y) {
		return fmt.Errorf("wrote %s\nwant  %s", got, want)
	}
	return nil
}
