package docgen_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// recursive is a protocol with recursive types. One request takes an expression, a union whose branches
// except the last contain expressions, and a note of several JSON types, two of which contain notes.
// Another request takes a type without any value.
const recursive = `{
  "$schema": "http://json-schema.org/draft-07/schema#", "title": "Sums", "description": "Sums.",
  "definitions": {
    "Add": { "description": "Adds.", "x-request": "add", "type": "object", "required": ["sum", "rows"], "properties": {
      "sum": { "$ref": "#/definitions/Expression" },
      "rows": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/Expression" } },
      "note": { "$ref": "#/definitions/Json" },
      "never": { "$ref": "#/definitions/Endless" } } },
    "Expression": { "oneOf": [{ "$ref": "#/definitions/Plus" }, { "$ref": "#/definitions/Group" }, { "$ref": "#/definitions/Number" }] },
    "Plus": { "type": "object", "required": ["kind", "left", "right"], "properties": {
      "kind": { "const": "plus" }, "left": { "$ref": "#/definitions/Expression" }, "right": { "$ref": "#/definitions/Expression" } } },
    "Group": { "type": "object", "required": ["kind", "in"], "properties": {
      "kind": { "const": "group" }, "in": { "type": "object", "required": ["it"], "properties": {
        "it": { "$ref": "#/definitions/Expression" } } } } },
    "Number": { "type": "object", "required": ["kind", "value"], "properties": {
      "kind": { "const": "number" }, "value": { "type": "integer" } } },
    "Endless": { "type": "object", "required": ["next"], "properties": { "next": { "$ref": "#/definitions/Endless" } } },
    "Json": { "oneOf": [{ "type": ["null", "boolean", "number", "string"] }, { "type": "array", "items": { "$ref": "#/definitions/Json" } },
      { "type": "object", "additionalProperties": { "$ref": "#/definitions/Json" } }] },
    "Spin": { "description": "Cannot be sent.", "x-request": "spin", "type": "object", "required": ["endless"], "properties": {
      "endless": { "$ref": "#/definitions/Endless" } } },
    "ErrorCode": { "type": "string", "enum": [
      "missing_field", "invalid_field", "internal", "too_large", "invalid_json", "unknown_type", "rate_limited", "unauthorized"] }
  }
}`

// TestSample_recursive checks that a request without an example is shown with the smallest valid
// value, even if the first branch of a union contains the union. A recursive type is described by
// its name. Both cases once overflowed the stack.
func TestSample_recursive(t *testing.T) {
	t.Parallel()
	got := referenceOf(t, recursive)
	for _, want := range []string{
		`{ "type": "add", "sum": { "kind": "number", "value": 1 }, "rows": [{ "kind": "number", "value": 1 }] }`,
		"There is no example of this request.",
		"| `note` | string or number or boolean or array of [`Json`](#type-Json) or map of [`Json`](#type-Json) or null [`Json`](#type-Json) |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the reference does not show %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, `"type": "spin"`) {
		t.Errorf("the reference shows a call that no server accepts:\n%s", got)
	}
}

// referenceOf is the reference of a protocol with one document, with single spaces.
func referenceOf(t *testing.T, document string) string {
	t.Helper()
	index := `{ "$schema": "http://json-schema.org/draft-07/schema#", "title": "Sums", "description": "Sums.", "x-contract": {
	  "name": "sums", "version": "1.0.0", "codes": "sums.json#/definitions/ErrorCode", "documents": ["sums.json"] } }`
	documents := fstest.MapFS{"contract.json": {Data: []byte(index)}, "sums.json": {Data: []byte(document)}}
	return strings.Join(strings.Fields(string(docsOf(t, documents, "sums.example")["reference.md"])), " ")
}

// TestSample_is_accepted checks that the frame of a request without an example is valid, or absent.
// A pattern with alternatives was once shown as a dot.
func TestSample_is_accepted(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		`{ "type": "string", "pattern": "^(white|black)$" }`:                              `"white"`,
		`{ "type": "string", "pattern": "^(white|black)$", "examples": ["black"] }`:       `"black"`,
		`{ "type": "string", "pattern": "^(white|black)$", "examples": ["red"] }`:         `"white"`,
		`{ "$ref": "#/definitions/Colour" }`:                                              `"black"`,
		`{ "type": "string", "enum": ["white", "black"] }`:                                `"white"`,
		`{ "type": "string", "pattern": "^(a|bcd)$", "minLength": 2 }`:                    `"bcd"`,
		`{ "type": "string", "pattern": "^([a-h][1-8])+$", "minLength": 3 }`:              `"a1a1"`,
		`{ "type": "string", "pattern": "x", "minLength": 3 }`:                            `"x.."`,
		`{ "type": "string", "pattern": "^(white|black)$", "maxLength": 3 }`:              ``,
		`{ "type": "string", "pattern": "^#[0-9a-f]{6}$" }`:                               `"#aaaaaa"`,
		`{ "type": "object", "minProperties": 1, "properties": { "a": true } }`:           ``,
		`{ "type": "array", "minItems": 2, "uniqueItems": true, "items": {"enum": [1]} }`: ``,
		`{ "type": "integer", "minimum": 8, "maximum": 9, "examples": [9] }`:              `9`,
		`{ "type": "object", "examples": [{ "b": [1, null] }] }`:                          `{ "b": [1, null] }`,
	} {
		got := referenceOf(t, `{ "$schema": "http://json-schema.org/draft-07/schema#", "title": "Sums", "description": "Sums.", "definitions": {
"Play": { "description": "Plays.", "x-request": "play", "type": "object", "required": ["it"], "properties": { "it": `+field+` } },
"Colour": { "type": "string", "pattern": "^(white|black)$", "examples": ["black"] },
"ErrorCode": { "type": "string", "enum": ["missing_field", "invalid_field", "internal", "too_large", "invalid_json", "unknown_type"] } } }`)
		if shown := `{ "type": "play", "it": ` + want + ` }`; want != "" && !strings.Contains(got, shown) {
			t.Errorf("%s is not shown as %s:\n%s", field, shown, got)
		}
		if none := strings.Contains(got, "There is no example of this request."); none != (want == "") || none == strings.Contains(got, `"type": "play"`) {
			t.Errorf("%s: there is no example: %v\n%s", field, none, got)
		}
	}
}
