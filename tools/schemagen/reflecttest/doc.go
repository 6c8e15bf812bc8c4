// Package reflecttest verifies that generated Go types agree with their schema. It reflects the
// types into schemas with github.com/swaggest/jsonschema-go and compares the result with the
// documents.
//
// Types express the JSON type of a value, the keys of an object and which are required, the
// elements of arrays and maps, nullability, the values of an enum and the variants of a union.
// Everything else in a document is listed as something that types cannot express, with the reason;
// a keyword without a reason is a difference. The package does not use the generator's intermediate
// representation.
package reflecttest
