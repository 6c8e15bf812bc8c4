// Package lower converts the syntax tree of the schema documents into the intermediate
// representation (package ir).
//
// All decisions are made here: lower resolves references, merges allOf, finds the discriminator of
// each union, makes numbers exact, splits simple patterns into steps, marks recursive fields and
// resolves name conflicts. If the intermediate representation cannot express a schema, lower
// refuses it with its place. It never drops a constraint silently.
//
// A schema is first converted to a shape, which describes the accepted values for each JSON type.
// The intersection of two shapes is exact; allOf is such an intersection. A shape that accepts one
// JSON type (and perhaps null) becomes a type of that kind. A shape that accepts several becomes a
// Raw type, which is validated and kept as text. The schemas of items and properties stay
// unevaluated inside a shape until they are needed, so recursive schemas terminate.
package lower
