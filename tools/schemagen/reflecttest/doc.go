// Package reflecttest proves that generated Go types say what their schema says: the types are reflected back into schemas by
// github.com/swaggest/jsonschema-go, and the result is compared with the documents.
//
// Types say which JSON type a value has, which keys an object has and which of them must be there, what is in arrays and maps, what
// may be null, the values of an enum and the variants of a union. All else in a document is listed as something that types cannot
// say, with the reason; a keyword without a reason is a difference. Nothing here looks at the generator's intermediate form.
package reflecttest
