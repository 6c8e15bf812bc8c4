package reflecttest_test

import (
	"reflect"
	"slices"
	"testing"
	"testing/fstest"

	"seg.example/tools/schemagen/reflecttest"
)

// Opt is the type of an optional value in generated code.
type Opt[T any] struct {
	Value T
	Set   bool
}

// TestCompare_presence: the type of a field expresses whether its key may be missing.
func TestCompare_presence(t *testing.T) {
	t.Parallel()
	documents, err := reflecttest.NewDocuments(fstest.MapFS{"a.json": {Data: []byte(`{"definitions": {"A": {
		"type": "object", "required": ["a", "b"],
		"properties": {
			"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}, "d": {"type": "string"},
			"e": {"type": "string", "default": "x"}, "f": {"type": "string", "x-always": true}
		}
	}}}`)}}, "a.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		A    string
		B    Opt[string] // wrong
		C    Opt[string]
		D    string // wrong
		E, F string
	}
	of := reflect.TypeFor[object]()
	types := reflecttest.NewTypes([]reflecttest.Shape{{
		Type: of, Keys: []string{"a", "b", "c", "d", "e", "f"}, Required: []string{"a", "b"},
	}})
	result, err := reflecttest.Compare(types, documents, []reflecttest.Definition{{Document: "a.json", Name: "A", Type: of}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A: b is required, but can be absent in Go", "A: d may be absent, but not in Go"}
	if !slices.Equal(result.Differences, want) {
		t.Errorf("got %q, want %q", result.Differences, want)
	}
}
