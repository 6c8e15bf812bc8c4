// Package wire encodes and decodes the JSON of one protocol.
//
// Decode functions validate everything that the schema demands while they decode: a value of a
// generated type that comes from Decode always satisfies its schema. Append methods append a value
// to a buffer without validating it. Strings from Decode are slices of one copy of the input, so a
// short string keeps the whole copy in memory: clone strings that outlive the message.
//
// # Differences
//
// A value is valid if JSON Schema draft-07 says so, except for these deliberate differences:
//
//   - duplicate: duplicate keys are refused in every object.
//   - depth: more than 16 nested objects and arrays are refused, even in skipped values.
//   - surrogate: an escape of half a surrogate pair, such as "\ud800", is a syntax error, because it is
//     not a character.
//   - int64: a stored integer must fit into an int64, even if the schema has no limit.
//   - float64: a stored number must not round to infinity; 1e-400 is stored as 0.
//   - null: in a request, null for a field that is not nullable counts as absent.
//   - coerce: with x-coerce, a string of digits must satisfy the limits of the integer.
//   - exponent: numbers are compared exactly as long as their exponents are within ±10^15.
//
// Formats are always validated: date-time (RFC 3339, section 5.6), uuid (RFC 4122, section 3), uri
// (RFC 3986, appendix A) and email. An email is an addr-spec of RFC 5322, section 3.4.1, in ASCII,
// without comments, folding white space and obsolete forms. Its domain is a host name of RFC 1123
// or an address literal of RFC 5321; the lengths are those of RFC 5321.
package wire
