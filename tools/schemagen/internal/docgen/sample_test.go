package docgen_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// recursive is a protocol with a request that takes an expression, which is made of expressions but for the last branch of its union,
// and a note of several JSON types, two of which hold notes; and with one that takes what has no value at all.
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

// TestSample_recursive: a request without an example is shown with the smallest value that its schema allows, also where a union's
// first branch is made of that union again; and what is made of itself is described by its name. Both made the generator run out
// of stack.
func TestSample_recursive(t *testing.T) {
	t.Parallel()
	index := `{ "$schema": "http://json-schema.org/draft-07/schema#", "title": "Sums", "description": "Sums.", "x-contract": {
	  "name": "sums", "version": "1.0.0", "codes": "sums.json#/definitions/ErrorCode", "documents": ["sums.json"] } }`
	documents := fstest.MapFS{"contract.json": {Data: []byte(index)}, "sums.json": {Data: []byte(recursive)}}
	text := docsOf(t, documents, "sums.example")["reference.md"]
	got := strings.Join(strings.Fields(string(text)), " ")
	for _, want := range []string{
		`{ "type": "add", "sum": { "kind": "number", "value": 1 }, "rows": [{ "kind": "number", "value": 1 }] }`,
		`{ "type": "spin" }`,
		"| `note` | string or number or boolean or array of [`Json`](#type-Json) or map of [`Json`](#type-Json) or null [`Json`](#type-Json) |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the reference does not show %s:\n%s", want, text)
		}
	}
}
