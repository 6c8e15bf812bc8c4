package docgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// schemas converts types to draft-07 schemas and collects the definitions that they refer to.
type schemas struct {
	used  map[*ir.Type]bool
	queue []*ir.Type // used, but not printed yet
}

// schemaOf is the schema of a type.
func (s *schemas) schemaOf(t *ir.Type) *schema.Value {
	if t.Kind != ir.Ref {
		return s.inlineSchema(t)
	}
	if !s.used[t.Ref] {
		s.used[t.Ref] = true
		s.queue = append(s.queue, t.Ref)
	}
	ref := object(member("$ref", text("#/components/schemas/"+t.Ref.Name)))
	if t.Nullable {
		return object(member("oneOf", array(ref, null())))
	}
	return ref
}

func null() *schema.Value { return object(member("type", text("null"))) }

// definition is the schema of a named type.
func (s *schemas) definition(t *ir.Type) *schema.Value {
	unnamed := *t
	unnamed.Name = ""
	return withDescription(t.Doc, s.schemaOf(&unnamed))
}

// withDescription adds a description to a schema. A $ref must have no siblings, so it is wrapped in
// allOf.
func withDescription(doc string, v *schema.Value) *schema.Value {
	if doc == "" || v.Get("description") != nil {
		return v
	}
	if v.Get("$ref") != nil {
		return object(member("description", text(doc)), member("allOf", array(v)))
	}
	return object(append([]schema.Member{member("description", text(doc))}, v.Members...)...)
}

// inlineSchema is the schema of an inline type.
func (s *schemas) inlineSchema(t *ir.Type) *schema.Value {
	var v *schema.Value
	switch t.Kind {
	case ir.Boolean:
		v = typed("boolean")
	case ir.Integer:
		v = integerSchema(t.Integer)
	case ir.Number:
		v = numberSchema(t.Number)
	case ir.String:
		v = stringSchema(t.String)
	case ir.Enum:
		v = enumSchema(t)
	case ir.Const:
		v = constant(parseOrNil(t.Const.JSON))
	case ir.Array:
		v = typed("array", member("items", s.schemaOf(t.Array.Item)), lowerCount("minItems", t.Array.MinItems), upperCount("maxItems", t.Array.MaxItems))
		if t.Array.Unique {
			v.Members = append(v.Members, member("uniqueItems", jsonTrue()))
		}
	case ir.Object:
		v = s.objectSchema(t.Object)
	case ir.Map:
		v = typed("object", member("additionalProperties", s.schemaOf(t.Map.Value)), s.names(t.Map.Names),
			lowerCount("minProperties", t.Map.MinProps), upperCount("maxProperties", t.Map.MaxProps))
	case ir.Union:
		v = s.unionSchema(t.Union)
	case ir.Raw:
		v = s.rawSchema(t.Raw)
	case ir.Ref:
		return s.schemaOf(t)
	case ir.Null:
		v = null()
	}
	if t.Nullable {
		v = object(member("oneOf", array(v, null())))
	}
	return withDescription(t.Doc, v)
}

// typed is a schema of a JSON type.
func typed(typ string, members ...schema.Member) *schema.Value {
	return object(append([]schema.Member{member("type", text(typ))}, members...)...)
}

// lowerCount is the lower limit of a count; none for 0.
func lowerCount(keyword string, n int) schema.Member {
	if n == 0 {
		return member(keyword, nil)
	}
	return member(keyword, integer(int64(n)))
}

// upperCount is the upper limit of a count, if there is one.
func upperCount(keyword string, n *int) schema.Member {
	if n == nil {
		return member(keyword, nil)
	}
	return member(keyword, integer(int64(*n)))
}

// integerBound is a limit of an integer, if there is one.
func integerBound(keyword string, n *int64) schema.Member {
	if n == nil {
		return member(keyword, nil)
	}
	return member(keyword, integer(*n))
}

func integerSchema(l *ir.IntegerLimits) *schema.Value {
	v := typed("integer", integerBound("minimum", l.Min), integerBound("maximum", l.Max), integerBound("multipleOf", l.MultipleOf))
	if l.Coerce {
		v.Members[0].Value = array(text("integer"), text("string"))
		v.Members = append(v.Members, member("pattern", text("^[0-9]{1,16}$")), member("x-coerce", text("integer")))
	}
	return v
}

func numberSchema(l *ir.NumberLimits) *schema.Value {
	v := typed("number")
	for _, limit := range []struct {
		keyword string
		value   ir.Decimal
	}{
		{"minimum", l.Min}, {"maximum", l.Max}, {"exclusiveMinimum", l.ExclusiveMin}, {"exclusiveMaximum", l.ExclusiveMax}, {"multipleOf", l.MultipleOf},
	} {
		if limit.value != "" {
			v.Members = append(v.Members, member(limit.keyword, number(string(limit.value))))
		}
	}
	return v
}

func stringSchema(l *ir.StringLimits) *schema.Value {
	v := typed("string", lowerCount("minLength", l.MinLength), upperCount("maxLength", l.MaxLength))
	if l.Pattern != nil {
		v.Members = append(v.Members, member("pattern", text(l.Pattern.Source)))
	}
	if name := constraintdoc.FormatName(l.Format); name != "" {
		v.Members = append(v.Members, member("format", text(name)))
	}
	if l.Secret {
		v.Members = append(v.Members, member("x-secret", jsonTrue()))
	}
	return v
}

func enumSchema(t *ir.Type) *schema.Value {
	var values []*schema.Value
	var docs []schema.Member
	for _, v := range t.Enum {
		values = append(values, text(v.Value))
		if v.Doc != "" {
			docs = append(docs, member(v.Value, text(v.Doc)))
		}
	}
	byValue, sentences := valueDocs(docs)
	if sentences != "" {
		sentences = strings.TrimSpace(t.Doc + "\n\n" + sentences)
	}
	return object(member("description", textOrNone(sentences)), member("type", text("string")), member("enum", array(values...)),
		member("x-enum-descriptions", byValue))
}

func (s *schemas) objectSchema(o *ir.Fields) *schema.Value {
	var required []*schema.Value
	var fields []schema.Member
	for _, f := range o.Fields {
		if f.Required {
			required = append(required, text(f.Name))
		}
		fields = append(fields, member(f.Name, s.property(f)))
	}
	v := typed("object", append([]schema.Member{member("required", arrayOrNone(required...))}, properties(fields)...)...)
	switch {
	case o.Closed:
		v.Members = append(v.Members, member("additionalProperties", jsonFalse()))
	case o.Extra != nil:
		v.Members = append(v.Members, member("additionalProperties", s.schemaOf(o.Extra)))
	}
	for _, m := range []schema.Member{s.names(o.Names), lowerCount("minProperties", o.MinProps), upperCount("maxProperties", o.MaxProps)} {
		if m.Value != nil {
			v.Members = append(v.Members, m)
		}
	}
	return v
}

// property is the schema of a field.
func (s *schemas) property(f *ir.Field) *schema.Value {
	v := withDescription(f.Doc, s.schemaOf(f.Type))
	if f.Default == nil && (!f.Always || f.Required) {
		return v
	}
	if v.Get("$ref") != nil {
		v = object(member("allOf", array(v)))
	}
	if f.Default != nil {
		v.Members = append(v.Members, member("default", parseOrNil(f.Default.JSON)))
	}
	if f.Always && !f.Required {
		v.Members = append(v.Members, member("x-always", jsonTrue()))
	}
	return v
}

func (s *schemas) names(t *ir.Type) schema.Member {
	if t == nil {
		return member("propertyNames", nil)
	}
	return member("propertyNames", s.schemaOf(t))
}

func (s *schemas) unionSchema(u *ir.OneOf) *schema.Value {
	var all []*schema.Value
	for _, v := range u.Variants {
		all = append(all, s.schemaOf(v.Type))
	}
	return object(member("oneOf", array(all...)), member("x-discriminator", text(u.Tag)))
}

// rawSchema is the schema of a value of several JSON types.
func (s *schemas) rawSchema(a *ir.AnyOf) *schema.Value {
	if a.Any {
		return object()
	}
	var all, values []*schema.Value
	for _, part := range []*ir.Type{a.String, a.Number} {
		if part != nil {
			all = append(all, s.schemaOf(part))
		}
	}
	if a.Boolean {
		all = append(all, typed("boolean"))
	}
	for _, part := range []*ir.Type{a.Array, a.Object} {
		if part != nil {
			all = append(all, s.schemaOf(part))
		}
	}
	if a.Null {
		all = append(all, null())
	}
	for _, v := range a.Enum {
		values = append(values, parseOrNil(v.JSON))
	}
	if len(all) == 0 {
		return object(member("not", object()))
	}
	return object(oneOfValues(values), member("anyOf", array(all...)))
}

// components prints the definitions that are referred to, directly or indirectly, in the order of
// the protocol.
func (s *schemas) components(c *ir.Contract) *schema.Value {
	printed := map[*ir.Type]*schema.Value{}
	for len(s.queue) > 0 {
		t := s.queue[0]
		s.queue = s.queue[1:]
		printed[t] = s.definition(t)
	}
	all := object()
	for _, t := range c.Types {
		if v := printed[t]; v != nil {
			all.Members = append(all.Members, member(t.Name, v))
		}
	}
	return all
}

// sentence is the first sentence of a description.
func sentence(doc string) string {
	head, _, _ := strings.Cut(strings.Join(strings.Fields(doc), " "), ". ")
	return strings.TrimSuffix(head, ".") + "."
}
