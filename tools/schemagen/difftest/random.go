package difftest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Random is a document of random definitions that use all features of the generator in any
// combination.
type Random struct {
	Path  string   // of the document
	Text  []byte   // the document
	Names []string // of its definitions

	forms map[string]*form
}

// form is a random schema. Its kind is a JSON type, or "any", "enum", "map", "raw", "ref" or
// "union".
type form struct {
	kind     string
	nullable bool
	keywords map[string]any // keywords that are printed unchanged

	values   []string // of an enum
	inside   *form    // items of an array; values of a map, or of the unknown members that an object keeps
	fields   []formField
	closed   bool              // the object allows no unknown members
	split    bool              // the object is printed as an allOf of two parts
	base     string            // the object is an allOf of this definition and of this form
	name     string            // definition that a ref refers to
	variants map[string]string // definitions of a union by tag
}

type formField struct {
	name      string
	form      *form
	required  bool
	byDefault any // default of the field; nil: none
}

// tag is the discriminator of unions.
const tag = "kind"

// NewRandom generates a document. The same seed gives the same document. The names of the
// definitions start with prefix.
func NewRandom(seed uint64, prefix string) *Random {
	m := &schemaMaker{
		Rand: rand.New(rand.NewPCG(seed, 7)), prefix: prefix, //nolint:gosec // must be reproducible
		doc: &Random{Path: "random/" + strings.ToLower(prefix) + ".json", forms: map[string]*form{}},
	}
	for range 3 {
		m.reserve()
	}
	for len(m.todo) > 0 {
		name := m.todo[0]
		m.todo = m.todo[1:]
		if m.doc.forms[name] == nil {
			m.doc.forms[name] = m.definition()
		}
	}
	definitions := map[string]any{}
	for name, f := range m.doc.forms {
		definitions[name] = f.schema()
	}
	m.doc.Text, _ = json.MarshalIndent(map[string]any{ // maps, strings and numbers: cannot fail
		"$schema": "http://json-schema.org/draft-07/schema#", "definitions": definitions,
	}, "", " ")
	return m.doc
}

// schemaMaker generates the definitions of one document.
type schemaMaker struct {
	*rand.Rand

	prefix string
	doc    *Random
	todo   []string // referenced definitions that have not been generated yet
}

// reserve names a definition that is generated later.
func (m *schemaMaker) reserve() string {
	name := fmt.Sprintf("%s%c", m.prefix, 'A'+len(m.doc.Names))
	m.doc.Names = append(m.doc.Names, name)
	m.todo = append(m.todo, name)
	return name
}

// maxDefinitions bounds the number of definitions in a document, without variants.
const maxDefinitions = 6

// reference returns the name of an existing definition, so that types are recursive, or of a new
// one.
func (m *schemaMaker) reference() string {
	if len(m.doc.Names) < maxDefinitions && m.chance(2) {
		return m.reserve()
	}
	return m.doc.Names[m.IntN(len(m.doc.Names))]
}

// chance is true once in n times.
func (m *schemaMaker) chance(n int) bool { return m.IntN(n) == 0 }

func pick[T any](m *schemaMaker, all ...T) T { return all[m.IntN(len(all))] }

// definition returns a form for a definition: mostly an object or a union, so that references have
// targets.
func (m *schemaMaker) definition() *form {
	switch m.IntN(6) {
	case 0, 1, 2:
		return m.object(0)
	case 3:
		return m.union()
	case 4:
		return m.mapping(0)
	}
	return m.form(0)
}

// maxInlineDepth bounds the nesting of inline forms.
const maxInlineDepth = 3

func (m *schemaMaker) form(depth int) *form {
	kinds := []func() *form{m.boolean, m.integer, m.number, m.str, m.str, m.enum, m.constant, m.anything, m.ref, m.ref}
	if depth < maxInlineDepth {
		kinds = append(kinds,
			func() *form { return m.array(depth) }, func() *form { return m.array(depth) }, func() *form { return m.object(depth) },
			func() *form { return m.mapping(depth) }, func() *form { return m.raw(depth) })
	}
	f := kinds[m.IntN(len(kinds))]()
	switch f.kind {
	case "any", "raw", "const", "null":
	default:
		f.nullable = m.chance(6)
	}
	return f
}

func (m *schemaMaker) boolean() *form { return &form{kind: "boolean"} }

func (m *schemaMaker) ref() *form { return &form{kind: "ref", name: m.reference()} }

func (m *schemaMaker) anything() *form {
	if m.chance(3) {
		return &form{kind: "null"}
	}
	return &form{kind: "any"}
}

func (m *schemaMaker) integer() *form {
	f := &form{kind: "integer", keywords: map[string]any{}}
	if m.chance(2) {
		f.keywords[pick(m, "minimum", "exclusiveMinimum")] = pick(m, -100, 0, 1)
	}
	if m.chance(2) {
		f.keywords[pick(m, "maximum", "exclusiveMaximum")] = pick(m, 50, 1000, 1<<53-1)
	}
	if m.chance(5) {
		f.keywords["multipleOf"] = pick(m, 2, 5, 7)
	}
	return f
}

func (m *schemaMaker) number() *form {
	f := &form{kind: "number", keywords: map[string]any{}}
	if m.chance(2) {
		f.keywords[pick(m, "minimum", "exclusiveMinimum")] = pick[json.Number](m, "-1.5", "0", "0.1", "-1e3")
	}
	if m.chance(2) {
		f.keywords[pick(m, "maximum", "exclusiveMaximum")] = pick[json.Number](m, "2.5", "1e6", "99.99")
	}
	if m.chance(4) {
		f.keywords["multipleOf"] = pick[json.Number](m, "0.01", "0.5", "1e-3", "3")
	}
	return f
}

// str returns a form of strings.
func (m *schemaMaker) str() *form {
	f := &form{kind: "string", keywords: map[string]any{}}
	switch m.IntN(5) {
	case 0:
		f.keywords["pattern"] = pick(m, "^[a-z]+$", `^\d{2,4}$`, "^(white|black)$", "^[A-Z][a-z]*(-[0-9]+)?$", "x", "^(ab)?$", "^[^/]{1,3}$")
	case 1:
		f.keywords["format"] = pick(m, "date-time", "uuid", "uri", "email")
	default:
		if m.chance(3) {
			f.keywords["minLength"] = pick(m, 1, 2)
		}
		if m.chance(3) {
			f.keywords["maxLength"] = pick(m, 3, 20)
		}
	}
	return f
}

func (m *schemaMaker) enum() *form {
	all := []string{"white", "black", "", "a b", "größe", "\"", "__proto__", "x/y"}
	m.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return &form{kind: "enum", values: all[:1+m.IntN(5)]}
}

func (m *schemaMaker) constant() *form {
	return &form{kind: "const", keywords: map[string]any{"const": pick[any](m, "fixed", 7, true, nil, json.Number("1.5"), "")}}
}

func (m *schemaMaker) array(depth int) *form {
	f := &form{kind: "array", keywords: map[string]any{}, inside: m.form(depth + 1)}
	if m.chance(4) {
		f.keywords["minItems"] = 1
	}
	if m.chance(4) {
		f.keywords["maxItems"] = pick(m, 2, 4)
	}
	switch f.inside.kind {
	case "boolean", "integer", "number", "string", "enum", "raw": // other values may be equal after encoding, because unknown members are dropped
		if m.chance(3) {
			f.keywords["uniqueItems"] = true
		}
	}
	return f
}

func (m *schemaMaker) mapping(depth int) *form {
	f := &form{kind: "map", keywords: map[string]any{}, inside: m.form(depth + 1)}
	switch m.IntN(4) {
	case 0:
		f.keywords["propertyNames"] = map[string]any{"pattern": pick(m, "^[a-z]+$", "^[A-Z][a-z]*(-[0-9]+)?$")}
	case 1:
		f.keywords["propertyNames"] = map[string]any{"minLength": 2, "maxLength": 5}
	}
	if m.chance(5) {
		f.keywords["minProperties"] = 1
	}
	if m.chance(5) {
		f.keywords["maxProperties"] = 3
	}
	return f
}

// names are the names of fields; they do not conflict in Go.
var names = []string{ //nolint:gochecknoglobals // a table
	"id", "name", "list_of", "type", "C++", "2nd", "größe", "a/b~c", "constructor", "__proto__", "data", "last-one", `say "hi"`, "",
}

func (m *schemaMaker) object(depth int) *form {
	f := &form{kind: "object", keywords: map[string]any{}}
	taken := m.Perm(len(names))[:1+m.IntN(5)]
	for _, i := range taken {
		f.fields = append(f.fields, m.field(names[i], depth))
	}
	switch m.IntN(8) {
	case 0:
		f.closed = true
	case 1, 2, 3:
		f.inside = m.form(depth + 1)
		if m.chance(4) {
			f.keywords["maxProperties"] = 8
		}
	case 4:
		f.split = len(f.fields) > 1
	case 5:
		if base := m.doc.Names[m.IntN(len(m.doc.Names))]; m.plain(base) && !m.overlap(f, base) {
			f.base = base
		}
	}
	return f
}

// plain reports whether a definition exists and is an object that can be the base of others.
func (m *schemaMaker) plain(name string) bool {
	f := m.doc.forms[name]
	return f != nil && f.kind == "object" && !f.nullable && !f.closed && f.inside == nil && f.base == "" && !f.split
}

// overlap reports whether an object and a definition have a field in common.
func (m *schemaMaker) overlap(f *form, name string) bool {
	return slices.ContainsFunc(m.doc.forms[name].fields, func(theirs formField) bool {
		return slices.ContainsFunc(f.fields, func(ours formField) bool { return ours.name == theirs.name })
	})
}

func (m *schemaMaker) field(name string, depth int) formField {
	f := formField{name: name, form: m.form(depth + 1)}
	f.required = m.chance(2) && (f.form.kind != "ref" || m.chance(3)) // a type that requires itself has no finite value
	if f.required || f.form.nullable || !m.chance(2) {
		return f
	}
	switch {
	case f.form.kind == "boolean":
		f.byDefault = true
	case f.form.kind == "enum":
		f.byDefault = f.form.values[0]
	case len(f.form.keywords) > 0:
	case f.form.kind == "integer":
		f.byDefault = json.Number("42")
	case f.form.kind == "number":
		f.byDefault = json.Number("0.5")
	case f.form.kind == "string":
		f.byDefault = "unsaid"
	}
	return f
}

// union returns a form of several objects with a discriminator.
func (m *schemaMaker) union() *form {
	f := &form{kind: "union", variants: map[string]string{}}
	for _, value := range []string{"circle", "2-square", "__proto__"}[:2+m.IntN(2)] {
		variant := m.object(1)
		variant.split, variant.base = false, ""
		variant.fields = append(variant.fields, formField{
			name: tag, required: true, form: &form{kind: "const", keywords: map[string]any{"const": value}},
		})
		name := m.reserve()
		m.doc.forms[name] = variant
		f.variants[value] = name
	}
	return f
}

// raw returns a form of several JSON types.
func (m *schemaMaker) raw(depth int) *form {
	f := &form{kind: "raw", keywords: map[string]any{}}
	if m.chance(3) {
		f.keywords["enum"] = []any{1, "one", nil, true, []any{1}, map[string]any{"a": json.Number("1")}}[:2+m.IntN(5)]
		return f
	}
	types := []string{"boolean", "integer", "string", "array", "object"} // one of them with null would be a nullable type
	m.Shuffle(len(types), func(i, j int) { types[i], types[j] = types[j], types[i] })
	types = types[:2+m.IntN(3)]
	f.keywords["type"] = types
	if m.chance(2) {
		f.keywords["type"] = slices.Concat(types, []string{"null"})
	}
	for key, value := range map[string]any{"minimum": 0, "maxLength": 3, "maxItems": 2} {
		if about := map[string]string{"minimum": "integer", "maxLength": "string", "maxItems": "array"}[key]; slices.Contains(types, about) {
			f.keywords[key] = value
		}
	}
	if slices.Contains(types, "array") {
		f.keywords["items"] = m.form(depth + 1).schema()
	}
	return f
}
