// Package lower turns the syntax tree of a protocol's documents into its intermediate form.
//
// Everything that there is to decide is decided here: references are resolved, allOf is merged, unions find the field that tells
// them apart, numbers become exact, patterns are taken apart, recursion is boxed, names are held apart. What a schema says and
// the intermediate form cannot is refused, with its place; nothing is dropped in silence.
//
// A schema is first seen as a shape: JSON type by JSON type, which values it accepts. Shapes have an exact intersection, which is
// what allOf means. A shape that accepts one JSON type (and perhaps null) becomes a type of that kind; one that accepts several
// becomes a Raw type, which is checked and kept as text. What lies inside (items, properties) stays a list of schemas that all
// hold, and is looked at only when its turn comes; so recursive documents are no trouble.
package lower
