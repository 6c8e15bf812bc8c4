// Package schema reads a protocol's documents into a syntax tree that knows where everything stands.
//
// A document is JSON Schema draft-07 with definitions. Load reads the index contract.json and the documents that it lists,
// holds each against draft-07 itself, refuses every keyword that the generator does not support, and checks the generator's own
// x- keywords against keywords.json. It resolves nothing: what a reference means is package lower's matter.
//
// The order of keys and the digits of numbers are kept as written, which is why the tree is made from JSON tokens. The simple
// keywords of a schema are read through the typed model of github.com/swaggest/jsonschema-go, which knows neither.
package schema
