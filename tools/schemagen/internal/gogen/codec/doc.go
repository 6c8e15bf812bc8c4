// Package codec reads and writes the JSON of one protocol.
//
// Decode functions check everything that the schema says while they read: there is no value of a generated type that came
// from Decode and breaks its schema. Append methods write a value behind a buffer; they check nothing. Text that Decode
// hands out is cut from one copy of the input, so a short string keeps the whole copy alive: clone what outlives the message.
//
// # Differences
//
// A value is judged as JSON Schema draft-07 judges it, except for these, all deliberate:
//
//   - duplicate: a key that stands twice in one object is refused, wherever the object stands.
//   - depth: more than 16 objects and arrays inside each other are refused, also where a value is skipped.
//   - surrogate: an escape of half a surrogate pair, such as "\ud800", is a syntax error: it names no character.
//   - int64: an integer beyond the range of int64 is refused where an integer is stored, even if the schema has no limit.
//   - float64: a number that rounds to infinity is refused where a number is stored; 1e-400 is stored as 0.
//   - null: in a request, a field that is null and not nullable counts as absent.
//   - coerce: where the schema says x-coerce, a string of digits is held to the limits of the integer that it names.
//   - exponent: numbers are compared exactly as long as their exponents lie within ±10^15.
//
// Formats are always checked. date-time is that of RFC 3339, section 5.6; uuid that of RFC 4122, section 3; uri that of RFC 3986, appendix A.
// email is the addr-spec of RFC 5322, section 3.4.1, in ASCII and without comments, folding white space and obsolete forms; its domain is a host
// name of RFC 1123 or an address literal of RFC 5321, and its lengths are those of RFC 5321.
package codec
