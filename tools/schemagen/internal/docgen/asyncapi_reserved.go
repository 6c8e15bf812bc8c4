package docgen

import (
	"regexp"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/schema"
)

// AsyncAPI tools give some keys a special meaning everywhere in a document, even in data. The
// official parser replaces every object that has a $ref by its target, and fails at the other two
// keys. So none of them is a key of the document, except in real references. A field with such a
// name is written as a patternProperties, a constant as a schema that accepts only this value, and
// an example as text.

// reserved reports whether AsyncAPI tools give a key a special meaning.
func reserved(key string) bool {
	return key == "$ref" || key == "__proto__" || key == "hasOwnProperty"
}

// holdsReserved reports whether a value contains a reserved key.
func holdsReserved(v *schema.Value) bool {
	return slices.ContainsFunc(v.Items, holdsReserved) ||
		slices.ContainsFunc(v.Members, func(m schema.Member) bool { return reserved(m.Key) || holdsReserved(m.Value) })
}

// properties returns the schema keywords that describe fields by name.
func properties(fields []schema.Member) []schema.Member {
	named, patterns := object(), object()
	for _, f := range fields {
		if reserved(f.Key) {
			patterns.Members = append(patterns.Members, member("^"+regexp.QuoteMeta(f.Key)+"$", f.Value))
		} else {
			named.Members = append(named.Members, f)
		}
	}
	return []schema.Member{member("properties", objectOrNone(named)), member("patternProperties", objectOrNone(patterns))}
}

// objectOrNone is an object, or nil for an empty one.
func objectOrNone(v *schema.Value) *schema.Value {
	if len(v.Members) == 0 {
		return nil
	}
	return v
}

// constant is a schema that accepts one value.
func constant(v *schema.Value) *schema.Value {
	if !holdsReserved(v) {
		return object(member("const", v))
	}
	var all []*schema.Value
	if v.Kind == schema.Array {
		for _, item := range v.Items {
			all = append(all, constant(item))
		}
		count := integer(int64(len(all)))
		return typed("array", member("items", array(all...)), member("minItems", count), member("maxItems", count))
	}
	var fields []schema.Member
	for _, m := range v.Members {
		all = append(all, text(m.Key))
		fields = append(fields, member(m.Key, constant(m.Value)))
	}
	out := typed("object", member("required", array(all...)))
	out.Members = append(out.Members, object(properties(fields)...).Members...)
	out.Members = append(out.Members, member("additionalProperties", jsonFalse()))
	return out
}

// oneOfValues are the keywords that accept some values and nothing else.
func oneOfValues(values []*schema.Value) schema.Member {
	var plain, all []*schema.Value
	for _, v := range values {
		if holdsReserved(v) {
			all = append(all, constant(v))
		} else {
			plain = append(plain, v)
		}
	}
	switch {
	case len(all) == 0:
		return member("enum", arrayOrNone(plain...))
	case len(plain) > 0:
		all = append([]*schema.Value{object(member("enum", array(plain...)))}, all...)
	}
	return member("allOf", array(object(member("anyOf", array(all...)))))
}

// messageExamples are the examples of a message, and those that are only shown as JSON text.
func messageExamples(all []example.Example) (examples, texts *schema.Value) {
	var values, written []*schema.Value
	for _, e := range all {
		if holdsReserved(e.Value) {
			written = append(written, object(member("name", text(e.Name)), member("payload", text(string(schema.JSON(e.Value))))))
		} else {
			values = append(values, object(member("name", text(e.Name)), member("payload", e.Value)))
		}
	}
	return arrayOrNone(values...), arrayOrNone(written...)
}

// valueDocs are the descriptions of an enum's values: by value, and as sentences for those that
// cannot be keys.
func valueDocs(docs []schema.Member) (byValue *schema.Value, sentences string) {
	byValue = object()
	var said []string
	for _, d := range docs {
		if reserved(d.Key) {
			said = append(said, "`"+d.Key+"`: "+d.Value.Text)
		} else {
			byValue.Members = append(byValue.Members, d)
		}
	}
	return objectOrNone(byValue), strings.Join(said, "\n\n")
}
