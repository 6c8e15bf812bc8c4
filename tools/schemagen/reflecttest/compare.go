package reflecttest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	jsonschema "github.com/swaggest/jsonschema-go"
)

// Definition is a definition of a document and its generated type.
type Definition struct {
	Document, Name string
	Type           reflect.Type
}

// Result is the result of a comparison.
type Result struct {
	Compared    int      // number of facts that types and documents both express
	Differences []string // sorted; empty if there are none
	// Unsaid are the keywords that occur and that types cannot express, with the reasons, sorted.
	Unsaid []string
	// Text are the places whose values Go stores as text or not at all, with the reasons, sorted.
	Text []string
}

// Compare compares definitions of some documents with the schemas that are reflected from their
// types.
func Compare(types *Types, documents *Documents, definitions []Definition) (Result, error) {
	c := &comparison{types: types, source: documents, unsaid: map[string]bool{}, open: map[reflect.Type]bool{}}
	for _, d := range definitions {
		if err := c.definition(d); err != nil {
			return Result{}, err
		}
	}
	c.result.Unsaid = slices.Sorted(maps.Keys(c.unsaid))
	slices.Sort(c.result.Differences)
	slices.Sort(c.result.Text)
	return c.result, nil
}

type comparison struct {
	types  *Types
	source *Documents
	unsaid map[string]bool
	open   map[reflect.Type]bool // inline types that are being compared
	result Result
}

func (c *comparison) definition(d Definition) error {
	got, err := c.types.Reflect(d.Type)
	if err != nil {
		return err
	}
	return c.schema(d.Name, c.source.definition(d.Document, d.Name), &got, d.Type)
}

// reference compares a reference to a definition, which is compared separately.
func (c *comparison) reference(path string, want node, name string, null bool) {
	if !c.leadsTo(want, name) {
		c.differ(path, "the type refers to %s, the document does not", name)
		return
	}
	c.same(path, "null", boolean(c.source.look(want).null), boolean(null || c.source.look(c.named(name)).null))
}

// notExpressible lists the keywords that Go types cannot express, with the reasons.
var notExpressible = []struct { //nolint:gochecknoglobals // a table
	why      string
	keywords []string
}{
	{"a type does not say whether other keys are refused or skipped: false, or absent", []string{"additionalProperties"}},
	{"a type has no default: the decoder fills it in", []string{"default"}},
	{"a type has comments, which are not reflected", []string{"description", "title", "$comment", "examples", "x-enum-descriptions"}},
	{"a string has no form and no length: the decoder checks them", []string{"format", "pattern", "minLength", "maxLength"}},
	{"a number has no limits: the decoder checks them", []string{
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	}},
	{"a slice has no limits: the decoder checks them", []string{"minItems", "maxItems", "uniqueItems"}},
	{"an object has no limits, nor have its keys: the decoder checks them", []string{"minProperties", "maxProperties", "propertyNames"}},
	{"a type does not say that only one value is possible: Go holds nothing there", []string{"const"}},
	{"an integer is an integer, however it was written: the decoder reads both", []string{"x-coerce"}},
	{"a field that is always written is like one that is required", []string{"x-always"}},
	{"a type of its own hides it when it is printed; it is a string all the same", []string{"x-secret"}},
	{"what a message is, tables say", []string{
		"x-request", "x-broadcast", "x-frame", "x-answer", "x-answer-as", "x-emits", "x-errors", "x-auth", "x-mutates", "x-delivery",
		"x-key", "x-planned",
	}},
}

// reason returns why types cannot express a keyword; empty if they can.
func reason(keyword string) string {
	for _, u := range notExpressible {
		if slices.Contains(u.keywords, keyword) {
			return u.why
		}
	}
	return ""
}

// expressible are the keywords that types express. Those of several schemas are merged, and
// references followed, before the comparison.
var expressible = []string{ //nolint:gochecknoglobals // a table
	"$ref", "allOf", "enum", "items", "oneOf", "properties", "required", "type",
}

func (c *comparison) differ(path, format string, args ...any) {
	c.result.Differences = append(c.result.Differences, path+": "+fmt.Sprintf(format, args...))
}

// same compares two lists from a document and from a type.
func (c *comparison) same(path, what string, want, got []string) {
	c.result.Compared++
	if !slices.Equal(want, got) {
		c.differ(path, "%s: the document says %v, the type %v", what, want, got)
	}
}

// schema compares a schema of a document with a reflected one. of is the type of the latter, if it
// has a shape.
func (c *comparison) schema(path string, want node, got *jsonschema.Schema, of reflect.Type) error {
	null := nullable(got)
	got = notNull(got)
	if got.Ref != nil {
		name := strings.TrimPrefix(*got.Ref, "#/definitions/")
		if c.named(name).value != nil {
			c.reference(path, want, name, null)
			return nil
		}
		inside := c.types.byName[name]
		if c.open[inside] {
			return nil // the type is recursive
		}
		c.open[inside] = true
		defer delete(c.open, inside)
		reflected, err := c.types.Reflect(inside)
		if err != nil {
			return err
		}
		got, of = &reflected, inside
	}
	f := c.source.look(want)
	for _, keyword := range f.keywords {
		if slices.Contains(expressible, keyword) {
			continue
		}
		why := reason(keyword)
		if why == "" {
			c.differ(path, "nothing is known of the keyword %s", keyword)
			continue
		}
		c.unsaid[keyword+": "+why] = true
	}
	if why := f.kept(); why != "" {
		c.result.Text = append(c.result.Text, path+": "+why)
		c.same(path, "type", nil, typesOf(got))
		return nil
	}
	return c.facts(path, f, got, null, of)
}

// kept returns why Go has no separate type for a value; empty if it has one.
func (f facts) kept() string {
	scalars := true
	for _, v := range f.enum {
		_, text := v.(string)
		scalars = scalars && text
	}
	switch {
	case f.constant, len(f.types) == 0 && f.null && f.branches == 0 && len(f.enum) == 0:
		return "only one value is possible: Go holds nothing"
	case len(f.variants) > 0:
		return ""
	case f.branches > 1, !scalars && f.enum != nil:
		return "one of several values of different kinds: Go holds the text"
	case f.enum != nil, f.coerce:
		return ""
	case len(f.types) != 1:
		return "several JSON types: Go holds the text"
	}
	return ""
}

// facts compares what a type expresses.
func (c *comparison) facts(path string, f facts, got *jsonschema.Schema, null bool, of reflect.Type) error {
	c.same(path, "null", boolean(f.null), boolean(null))
	if len(f.variants) > 0 {
		return c.union(path, f, got, of)
	}
	want := f.types
	switch {
	case f.coerce:
		want = []string{"integer"}
	case f.enum != nil:
		want = []string{"string"}
		c.same(path, "enum", texts(f.enum), texts(got.Enum))
	case got.Enum != nil:
		c.differ(path, "the type has the values %v, the document does not", got.Enum)
	}
	c.same(path, "type", want, typesOf(got))
	if slices.Contains(want, "array") {
		items := got.ItemsEns().SchemaOrBool
		if err := c.inner(path+"[]", f.items, items); err != nil {
			return err
		}
	}
	if slices.Contains(want, "object") {
		return c.members(path, f, got, of)
	}
	return nil
}

// members compares objects and maps.
func (c *comparison) members(path string, f facts, got *jsonschema.Schema, of reflect.Type) error {
	shape := c.types.shapes[of]
	required := slices.Clone(got.Required)
	for _, key := range shape.Unstored {
		if slices.Contains(shape.Required, key) {
			required = append(required, key)
		}
	}
	slices.Sort(required)
	c.same(path, "required", f.required, required)
	c.presence(path, f, shape)
	want := map[string]bool{}
	for name := range f.properties {
		want[name] = true
	}
	for _, name := range f.required {
		want[name] = true // a key that is only in required accepts any value
	}
	have := map[string]bool{}
	for name := range got.Properties {
		have[name] = true
	}
	for _, name := range shape.Unstored {
		have[name] = true
	}
	c.same(path, "properties", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(have)))
	for _, name := range slices.Sorted(maps.Keys(got.Properties)) {
		property := got.Properties[name]
		source, known := f.properties[name]
		if !known {
			source = node{value: true}
		}
		if err := c.inner(path+"."+name, &source, &property); err != nil {
			return err
		}
	}
	if f.closed || f.additional == nil && got.AdditionalProperties == nil {
		c.same(path, "other keys", boolean(false), boolean(got.AdditionalProperties != nil))
		return nil
	}
	return c.inner(path+".*", f.additional, got.AdditionalProperties)
}

// presence compares whether a key may be missing with whether its field can express that: an Opt
// can, and so can a Raw, which may be empty. A field that is always written or has a default need
// not.
func (c *comparison) presence(path string, f facts, shape Shape) {
	for i, key := range shape.Keys {
		if key == "" {
			continue
		}
		of := shape.Type.Field(i).Type
		property := c.source.look(f.properties[key])
		filled := slices.Contains(property.keywords, "x-always") || slices.Contains(property.keywords, "default")
		required := slices.Contains(f.required, key)
		c.result.Compared++
		switch {
		case required && generic(of, "Opt"):
			c.differ(path, "%s is required, but can be absent in Go", key)
		case !required && !filled && !generic(of, "Opt") && of.Name() != "Raw":
			c.differ(path, "%s may be absent, but not in Go", key)
		}
	}
}

// inner compares the types of elements; an absent schema in the document accepts anything.
func (c *comparison) inner(path string, want *node, got *jsonschema.SchemaOrBool) error {
	if want == nil {
		want = &node{value: true}
	}
	reflected := &jsonschema.Schema{}
	if got != nil && got.TypeObject != nil {
		reflected = got.TypeObject
	}
	return c.schema(path, *want, reflected, nil)
}

// union compares the variants: the field of each variant belongs to the tag that its document
// requires.
func (c *comparison) union(path string, f facts, got *jsonschema.Schema, of reflect.Type) error {
	shape := c.types.shapes[of]
	var want, have []string
	for _, v := range f.variants {
		target, name, _ := c.source.refersTo(v)
		tag, _ := c.source.look(target).properties[shape.Tag].value.(object)
		want = append(want, fmt.Sprintf("%v %s", tag["const"], name))
	}
	for tag, property := range got.Properties {
		have = append(have, tag+" "+strings.TrimPrefix(*cmpRef(property), "#/definitions/"))
	}
	slices.Sort(want)
	slices.Sort(have)
	c.same(path, "variants", want, have)
	return nil
}

func cmpRef(s jsonschema.SchemaOrBool) *string {
	none := ""
	if s.TypeObject == nil || s.TypeObject.Ref == nil {
		return &none
	}
	return s.TypeObject.Ref
}

// leadsTo reports whether a schema, or its branch that is not null, only consists of references to
// a definition.
func (c *comparison) leadsTo(n node, name string) bool {
	for range 100 { // the generator refuses circular references
		o, _ := n.value.(object)
		if branches := list(o["oneOf"]); len(branches) == 2 {
			n = node{n.document, notNullBranch(branches)}
			continue
		}
		target, definition, ok := c.source.refersTo(n)
		if !ok {
			return false
		}
		if strings.EqualFold(definition, name) {
			return true
		}
		n = target
	}
	return false
}

// notNullBranch returns the branch of two that is not null.
func notNullBranch(branches []any) any {
	if o, _ := branches[0].(object); o["type"] == "null" {
		return branches[1]
	}
	return branches[0]
}

// named returns the definition of a Go type.
func (c *comparison) named(name string) node {
	for document := range c.source.documents {
		if n := c.source.definition(document, name); n.value != nil {
			return n
		}
	}
	return node{}
}

// nullable reports whether a reflected schema accepts null.
func nullable(s *jsonschema.Schema) bool {
	return len(s.AnyOf) == 2 || slices.Contains(allTypes(s), "null")
}

// notNull returns a reflected schema without null.
func notNull(s *jsonschema.Schema) *jsonschema.Schema {
	if len(s.AnyOf) == 2 && s.AnyOf[1].TypeObject != nil {
		return s.AnyOf[1].TypeObject
	}
	return s
}

func allTypes(s *jsonschema.Schema) []string {
	var all []string
	if s.Type == nil {
		return nil
	}
	if s.Type.SimpleTypes != nil {
		all = append(all, string(*s.Type.SimpleTypes))
	}
	for _, t := range s.Type.SliceOfSimpleTypeValues {
		all = append(all, string(t))
	}
	return all
}

// typesOf returns the JSON types of a reflected schema without null, sorted.
func typesOf(s *jsonschema.Schema) []string {
	all := slices.DeleteFunc(allTypes(s), func(t string) bool { return t == "null" })
	slices.Sort(all)
	return slices.Compact(all)
}

func boolean(b bool) []string { return []string{strconv.FormatBool(b)} }

func texts(all []any) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = fmt.Sprint(v)
	}
	return out
}
