package wire

import (
	"fmt"
	"log/slog"
)

// Opt is a value that may be absent. Its zero value is absent.
type Opt[T any] struct {
	Value T
	Set   bool // false: absent, and Value is undefined
}

// Some returns a present Opt.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Or returns the value, or def if it is absent.
func (o Opt[T]) Or(def T) T {
	if o.Set {
		return o.Value
	}
	return def
}

// Null is a value that may be null. Its zero value is null.
type Null[T any] struct {
	Value T
	Valid bool // false: null, and Value is undefined
}

// NotNull returns a Null with a value.
func NotNull[T any](v T) Null[T] { return Null[T]{Value: v, Valid: true} }

// Map is a JSON object with arbitrary keys, in their order. Decode refuses duplicate keys; code
// that builds a Map must avoid them.
type Map[V any] []Entry[V]

// Entry is one member of a Map.
type Entry[V any] struct {
	Key   string
	Value V
}

// Get returns the value of key. It takes linear time.
func (m Map[V]) Get(key string) (V, bool) {
	for i := range m {
		if m[i].Key == key {
			return m[i].Value, true
		}
	}
	var none V
	return none, false
}

// Raw is the JSON text of one value, exactly as received. An empty Raw is no value: it is absent if
// the field is optional, and otherwise written as null. Append does not validate it.
type Raw string

// Secret is a string that only Append writes: printing, logging and encoding/json show three stars.
type Secret string

const stars = "***"

// String returns three stars.
func (Secret) String() string { return stars }

// GoString returns three stars.
func (Secret) GoString() string { return stars }

// Format writes three stars, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(stars)) }

// LogValue returns three stars.
func (Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalJSON returns three stars as a JSON string and no error.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }
