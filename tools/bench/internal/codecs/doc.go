// Package codecs compares JSON codecs: the generated one of this repository, libraries that decode into
// the same types without validation, one with validation, and skipping the text as the limit.
//
// Each peer runs in its own process (Serve), so that garbage and caches of one do not affect another. Run
// starts them and lets them take turns, one window each.
package codecs

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Case is one operation on one subject.
type Case struct {
	Op      Op
	Subject string
}

// Op is an operation on a subject.
type Op string

// Operations.
const (
	// DecodeFresh decodes a text into a new value.
	DecodeFresh Op = "decode, new value"
	// DecodeReused decodes a text into a reused value.
	DecodeReused Op = "decode, same value"
	// EncodeFresh encodes a value into a new slice.
	EncodeFresh Op = "encode, own slice"
	// EncodeReused encodes a value into a reused buffer.
	EncodeReused Op = "encode, same buffer"
	// FindType finds the type of a frame.
	FindType Op = "find the type"
)

// Task runs an operation n times.
type Task func(n int) error

// tasks are the operations of a peer.
type tasks map[Case]Task

// codec decodes and encodes values of T. Operations that a peer does not support are nil.
type codec[T any] struct {
	decode func(text []byte, v *T) error
	fresh  func(v *T) ([]byte, error)
	reused func(dst []byte, v *T) ([]byte, error)
}

// add adds the operations of c for a subject, after it has verified them.
func add[T any](all tasks, subject string, text []byte, c codec[T]) error {
	value, err := verify(text, c)
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

// repeat runs a function n times, until it fails.
func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// verify decodes text twice into the same value and encodes it with every function of c. The result
// must be equivalent to text: a codec that loses something must not be measured.
func verify[T any](text []byte, c codec[T]) (*T, error) {
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

// sameJSON returns an error unless two JSON texts are equivalent.
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
