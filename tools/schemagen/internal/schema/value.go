package schema

import (
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// Kind is the JSON type of a Value.
type Kind uint8

// The JSON types.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// String returns JSON Schema's name of the kind.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case False, True:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return "unknown"
}

// Value is one JSON value of a document with its place.
type Value struct {
	Kind    Kind
	Pos     ir.Pos
	Text    string // of a String: the string; of a Number: the digits as written
	Items   []*Value
	Members []Member // in the order of the document, without duplicate keys
}

// Member is one key of an object.
type Member struct {
	Key    string
	KeyPos ir.Pos
	Value  *Value
}

// Get returns the value of a key. It returns nil if v is nil, not an object or lacks the key.
func (v *Value) Get(key string) *Value {
	if v == nil {
		return nil
	}
	for i := range v.Members {
		if v.Members[i].Key == key {
			return v.Members[i].Value
		}
	}
	return nil
}

// KeyPos returns the place of a key, or of the value itself if it lacks the key.
func (v *Value) KeyPos(key string) ir.Pos {
	for i := range v.Members {
		if v.Members[i].Key == key {
			return v.Members[i].KeyPos
		}
	}
	return v.Pos
}

// String returns the text of a String; empty for any other Value and for nil.
func (v *Value) String() string {
	if v == nil || v.Kind != String {
		return ""
	}
	return v.Text
}

// Strings returns the strings among the items of an array.
func (v *Value) Strings() []string {
	var all []string
	for _, item := range v.Items {
		if item.Kind == String {
			all = append(all, item.Text)
		}
	}
	return all
}

// PointerToken escapes a key for a JSON pointer (RFC 6901).
func PointerToken(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}
