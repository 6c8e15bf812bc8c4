package breaking_test

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"testing/fstest"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// messagesWith are the documents of a protocol with a request "do" and a broadcast "done" that
// carry V, a definition. Others, such as the variants of a union, stand beside it.
func messagesWith(v, others string) fstest.MapFS {
	return fstest.MapFS{
		"contract.json": {Data: []byte(`{"$schema": "http://json-schema.org/draft-07/schema#",
"x-contract": {"name": "test", "version": "1.0.0", "documents": ["messages.json"]}}`)},
		"messages.json": {Data: []byte(`{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {
"V": ` + v + `,` + others + `
"Do": {"description": "Does it.", "type": "object", "x-request": "do", "x-mutates": true, "required": ["v"],
  "properties": {"v": {"$ref": "#/definitions/V"}}},
"Done": {"description": "It is done.", "type": "object", "x-broadcast": "done", "required": ["v"],
  "properties": {"v": {"$ref": "#/definitions/V"}}}}}`)},
	}
}

// equalSchemas are pairs of schemas that accept the same values because one keyword implies
// another.
var equalSchemas = []struct{ name, a, b string }{
	// numbers
	{"multiples leave less of a range", `{"type": "integer", "multipleOf": 5, "minimum": 5, "maximum": 9}`, `{"type": "integer", "multipleOf": 5, "minimum": 1, "maximum": 5}`},
	{"exclusive limit of integers", `{"type": "integer", "exclusiveMinimum": 0}`, `{"type": "integer", "minimum": 1}`},
	{"exclusive limit of multiples", `{"type": "number", "multipleOf": 0.5, "exclusiveMaximum": 2}`, `{"type": "number", "multipleOf": 0.5, "maximum": 1.5}`},
	{"limit beside a stricter one", `{"type": "number", "minimum": 2}`, `{"type": "number", "minimum": 2, "exclusiveMinimum": 1}`},
	{"multiple of one number", `{"type": "integer", "minimum": 6, "maximum": 6}`, `{"type": "integer", "minimum": 6, "maximum": 6, "multipleOf": 3}`},
	{"fraction of one number", `{"type": "number", "minimum": 2, "maximum": 2}`, `{"type": "integer", "minimum": 2, "maximum": 2}`},
	{"multiple of integers", `{"type": "integer"}`, `{"type": "integer", "multipleOf": 0.5}`},
	{"integers as an enum", `{"enum": [1, 2, 3]}`, `{"type": "integer", "minimum": 1, "maximum": 3}`},
	{"steps as an enum", `{"enum": [0, 0.5, 1]}`, `{"type": "number", "multipleOf": 0.5, "minimum": 0, "maximum": 1}`},
	{"one number as a constant", `{"const": 7}`, `{"type": "integer", "minimum": 7, "exclusiveMaximum": 8}`},
	{"limit around an enum", `{"enum": [1, 2]}`, `{"type": "integer", "enum": [0, 1, 2, 2.5], "minimum": 1}`},
	{"limit of numbers that are none", `{"type": "string"}`, `{"type": "string", "minimum": 3}`},
	// strings
	{"length that a pattern implies", `{"type": "string", "pattern": "^[a-z]{1,5}$"}`, `{"type": "string", "pattern": "^[a-z]{1,5}$", "minLength": 1, "maxLength": 5}`},
	{"length wider than a pattern", `{"type": "string", "pattern": "^[a-z]{1,5}$", "maxLength": 5}`, `{"type": "string", "pattern": "^[a-z]{1,5}$", "maxLength": 64}`},
	{"length as a pattern", `{"type": "string", "minLength": 1, "pattern": "^a*$"}`, `{"type": "string", "pattern": "^a+$"}`},
	{"pattern that a length implies", `{"type": "string", "pattern": "^[a-z]{0,9}$", "maxLength": 3}`, `{"type": "string", "pattern": "^[a-z]*$", "maxLength": 3}`},
	{"length between those of a pattern", `{"type": "string", "pattern": "^(aa)*$", "minLength": 1}`, `{"type": "string", "pattern": "^(aa)*$", "minLength": 2}`},
	{"pattern as an enum", `{"type": "string", "pattern": "^(red|blue)$"}`, `{"enum": ["red", "blue"]}`},
	{"empty string as a constant", `{"type": "string", "maxLength": 0}`, `{"const": ""}`},
	{"pattern of an enum", `{"enum": ["red", "blue"]}`, `{"enum": ["red", "blue", "x"], "pattern": "^[a-z]{3,4}$"}`},
	{"length of a format", `{"type": "string", "format": "uuid"}`, `{"type": "string", "format": "uuid", "minLength": 36, "maxLength": 36}`},
	{"pattern as a format", `{"type": "string", "format": "uuid"}`, `{"type": "string", "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"}`},
	{"least length of a moment", `{"type": "string", "format": "date-time"}`, `{"type": "string", "format": "date-time", "minLength": 20}`},
	// arrays
	{"no item is possible", `{"type": "array", "maxItems": 3, "items": false}`, `{"type": "array", "maxItems": 0, "items": {"type": "string", "maxLength": 9}}`},
	{"one item is unique", `{"type": "array", "maxItems": 1, "items": {"type": "boolean"}}`, `{"type": "array", "maxItems": 1, "uniqueItems": true, "items": {"type": "boolean"}}`},
	{"few values are unique", `{"type": "array", "uniqueItems": true, "items": {"type": "boolean"}}`, `{"type": "array", "maxItems": 2, "uniqueItems": true, "items": {"type": "boolean"}}`},
	{"few arrays as an enum", `{"enum": [[], [1]]}`, `{"type": "array", "maxItems": 1, "items": {"const": 1}}`},
	// objects
	{
		"required fields count", `{"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}`,
		`{"type": "object", "minProperties": 1, "required": ["a"], "properties": {"a": {"type": "boolean"}}}`,
	},
	{
		"there are no more fields", `{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}}`,
		`{"type": "object", "additionalProperties": false, "maxProperties": 2, "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}}`,
	},
	{
		"all fields are needed for the count", `{"type": "object", "additionalProperties": false, "minProperties": 2, "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}}`,
		`{"type": "object", "additionalProperties": false, "required": ["a", "b"], "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}}`,
	},
	{
		"names are those of the fields", `{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}}}`,
		`{"type": "object", "additionalProperties": false, "propertyNames": {"maxLength": 1}, "properties": {"a": {"type": "boolean"}}}`,
	},
	{
		"name that is not accepted", `{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}, "long": {"type": "string"}}, "propertyNames": {"maxLength": 1}}`,
		`{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}, "long": {"type": "integer"}}, "propertyNames": {"maxLength": 1}}`,
	},
	{
		"field without a value", `{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}}}`,
		`{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}, "b": false}}`,
	},
	{
		"map without keys", `{"type": "object", "maxProperties": 0, "additionalProperties": {"type": "string"}}`,
		`{"type": "object", "maxProperties": 0, "additionalProperties": {"type": "integer"}}`,
	},
	{
		"map that says nothing of names", `{"type": "object", "additionalProperties": {"type": "integer"}}`,
		`{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"minLength": 0}}`,
	},
	{
		"pattern of names", `{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z]{1,8}$"}}`,
		`{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z]*$", "minLength": 1, "maxLength": 8}}`,
	},
	{
		"few objects as an enum", `{"enum": [{"a": true}, {"a": false}]}`,
		`{"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": {"type": "boolean"}}}`,
	},
	// several kinds
	{"booleans as an enum", `{"type": "boolean"}`, `{"enum": [true, false]}`},
	{"null beside booleans as an enum", `{"type": ["boolean", "null"]}`, `{"enum": [true, null, false]}`},
	{"kind without a value", `{"type": ["integer", "string"]}`, `{"oneOf": [{"type": "integer"}, {"type": "string"}, {"type": "array", "items": false, "minItems": 1}]}`},
	{"limits in allOf", `{"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 4, "minimum": -3}]}`, `{"type": "integer", "minimum": 1, "maximum": 4}`},
	{
		"union as one object", `{"oneOf": [{"$ref": "#/definitions/A"}, {"$ref": "#/definitions/B"}]}`,
		`{"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}, "n": {"type": "integer"}}}`,
	},
}

const unionVariants = `
"A": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
"B": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "b"}, "n": {"type": "integer"}}},`

// TestCompare_finds_nothing_where_one_keyword_implies_another: clients cannot observe a difference
// between schemas that accept the same values.
func TestCompare_finds_nothing_where_one_keyword_implies_another(t *testing.T) {
	t.Parallel()
	for _, pair := range equalSchemas {
		t.Run(pair.name, func(t *testing.T) {
			t.Parallel()
			a := contractOf(t, messagesWith(pair.a, unionVariants))
			b := contractOf(t, messagesWith(pair.b, unionVariants))
			if found := breaking.Compare(a, b); len(found) > 0 {
				t.Errorf("from\n%s\nto\n%s:\n%s", pair.a, pair.b, text(a, b, found))
			}
			if found := breaking.Compare(b, a); len(found) > 0 {
				t.Errorf("from\n%s\nto\n%s:\n%s", pair.b, pair.a, text(b, a, found))
			}
		})
	}
}

// rewriting rewrites a part of a schema without changing its meaning; it reports false if it does
// not apply.
type rewriting struct {
	name  string
	apply func(node object) bool
}

func rewritings() []rewriting {
	hasType := func(node object, name string) bool {
		return node["type"] == name && node["enum"] == nil && node["const"] == nil
	}
	number := func(n int) json.Number { return json.Number(strconv.Itoa(n)) }
	return []rewriting{
		{"exclusive minimum of an integer", func(node object) bool {
			low, ok := node["minimum"].(json.Number)
			n, err := strconv.Atoi(low.String())
			if !ok || err != nil || !hasType(node, "integer") {
				return false
			}
			delete(node, "minimum")
			node["exclusiveMinimum"] = number(n - 1)
			return true
		}},
		{"integers are multiples of 1", func(node object) bool {
			_, has := node["multipleOf"]
			node["multipleOf"] = number(1)
			return hasType(node, "integer") && !has
		}},
		{"constant as an enum", func(node object) bool {
			value, ok := node["const"]
			delete(node, "const")
			node["enum"] = []any{value}
			return ok
		}},
		{"enum in another order", func(node object) bool {
			all, ok := node["enum"].([]any)
			if ok {
				all = slices.Clone(all)
				slices.Reverse(all)
				node["enum"] = all
			}
			return ok && len(all) > 1
		}},
		{"booleans as an enum", func(node object) bool {
			was := hasType(node, "boolean")
			delete(node, "type")
			node["enum"] = []any{true, false}
			return was
		}},
		{"a list of one type", func(node object) bool {
			name, ok := node["type"].(string)
			node["type"] = []any{name}
			return ok
		}},
		{"length of a uuid", func(node object) bool {
			node["minLength"], node["maxLength"] = number(36), number(36)
			return node["format"] == "uuid" && node["x-coerce"] == nil
		}},
		{"length of a pattern", func(node object) bool {
			pattern, _ := node["pattern"].(string)
			simple := regexp.MustCompile(`^\^\[[^\]]+\]\{(\d+),(\d+)\}\$$`).FindStringSubmatch(pattern)
			if simple == nil || node["x-coerce"] != nil || node["minLength"] != nil || node["maxLength"] != nil {
				return false
			}
			node["minLength"], node["maxLength"] = json.Number(simple[1]), json.Number(simple[2])
			return true
		}},
		{"required fields are counted", func(node object) bool {
			all, ok := node["required"].([]any)
			_, has := node["minProperties"]
			node["minProperties"] = number(len(all))
			return ok && !has && node["allOf"] == nil
		}},
		{"no fields beside those of a closed object", func(node object) bool {
			all, ok := node["properties"].(object)
			_, has := node["maxProperties"]
			node["maxProperties"] = number(len(all))
			others, says := node["additionalProperties"].(bool)
			return ok && !has && says && !others
		}},
		{"the same in allOf", func(node object) bool {
			for _, keyword := range []string{"minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "items", "required"} {
				if value, ok := node[keyword]; ok && node["allOf"] == nil && node["x-coerce"] == nil {
					node["allOf"] = []any{object{keyword: value}}
					return true
				}
			}
			return false
		}},
	}
}

// TestCompare_ignores_equivalent_rewriting: rewriting a schema without changing its meaning is no
// change.
func TestCompare_ignores_equivalent_rewriting(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	done := map[string]int{}
	for _, dir := range []string{"../../testdata/chat/schema", "testdata/small"} {
		original := readProtocol(t, dir)
		before := contractOf(t, original.files(t))
		for _, how := range rewritings() {
			var fit []int // the nodes that it applies to
			for i, node := range original.copy(t).nodes() {
				if how.apply(node) {
					fit = append(fit, i)
				}
			}
			if len(fit) == 0 {
				continue
			}
			for range min(len(fit), 12) {
				changed, at := original.copy(t), fit[rand.IntN(len(fit))]
				how.apply(changed.nodes()[at])
				set, err := schema.Load(changed.files(t))
				if err != nil {
					t.Fatal(err)
				}
				after, err := lower.Lower(set)
				if err != nil {
					continue // the generator refuses it, such as a variant of a union without a constant
				}
				done[how.name]++
				if found := slices.Concat(breaking.Compare(before, after), breaking.Compare(after, before)); len(found) > 0 {
					t.Errorf("%s: %s of node %d: %s", dir, how.name, at, text(before, after, found))
				}
			}
		}
	}
	for _, how := range rewritings() {
		if done[how.name] == 0 {
			t.Errorf("%s: never applied, so the test tests nothing", how.name)
		}
	}
}
