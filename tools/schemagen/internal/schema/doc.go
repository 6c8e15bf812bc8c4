// Package schema parses a protocol's documents into a syntax tree with the place of every value.
//
// A document is a JSON Schema draft-07 with definitions. Load reads the index contract.json and the
// documents that it lists, validates each against the draft-07 meta-schema, refuses keywords that
// the generator does not support, and validates the generator's x- keywords against keywords.json.
// It does not resolve references; package lower does.
//
// The tree keeps the order of keys and the digits of numbers. The typed model of
// github.com/swaggest/jsonschema-go keeps neither, so it only serves for the simple keywords of a
// schema.
package schema
