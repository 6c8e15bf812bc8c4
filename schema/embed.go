// Package schema is the protocol as documents: JSON Schema draft-07 with the few keywords of our own that README.md lists.
//
// The generator makes everything in gen/ from them; nothing there is written by hand.
package schema

import "embed"

//go:generate go run ../tools/schemagen generate --schema . --out ../gen

// FS holds the documents of this folder under the paths they have here: contract.json, the documents it names, the schema of a
// ruleset, that of our keywords, and the examples with their SEEDS.md.
//
//go:embed *.json meta types requests broadcasts examples
var FS embed.FS
