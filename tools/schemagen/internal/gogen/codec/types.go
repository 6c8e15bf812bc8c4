package codec

import (
	"fmt"
	"log/slog"
)

// Opt is a value that may be absent. Its zero value is absent.
type Opt[T any] struct {
	Value T
	Set   bool // false: absent, and Value means nothing
}

// Some returns an Opt that is present.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Or returns the value, or def when it is absent.
func (o Opt[T]) Or(def T) T {
	if o.Set {
		return o.Value
	}
	return def
}

// Null is a value that may be null. Its zero value is null.
type Null[T any] struct {
	Value T
	Valid bool // false: null, and Value means nothing
}

// NotNull returns a Null that is not null.
func NotNull[T any](v T) Null[T] { return Null[T]{Value: v, Valid: true} }

// Map is a JSON object with keys that are not known beforehand, in the order in which they stand. Decode refuses a key that
// stands twice; whoever builds a Map takes care of that.
type Map[V any] []Entry[V]

// Entry is one member of a Map.
type Entry[V any] struct {
	Key   string
	Value V
}

// Get returns the value of key; it takes time in proportion to the length of m.
func (m Map[V]) Get(key string) (V, bool) {
	for i := range m {
		if m[i].Key == key {
			return m[i].Value, true
		}
	}
	var none V
	return none, false
}

// Raw is the JSON text of one value, exactly as it was received. The empty Raw is no value: it is absent where the field is
// optional and written as null elsewhere. Append writes it unchecked.
type Raw string

// Secret is a string that shows itself to Append only: printed, logged or marshalled by encoding/json it is three stars.
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
