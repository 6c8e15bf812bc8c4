package tsgen

import (
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// validators prints validators.ts: the types as a table for the runtime's validator, and the type
// of each message.
func (p *generator) validators() []byte {
	w := emit.New(indent)
	w.P(generatedComment)
	w.P()
	w.P(`import { type Fault, fault, type Schema, type Types, type Validator } from "./validate.js";`)
	w.P()
	w.In("const types: Types = {")
	for _, t := range p.ir.Types {
		w.P(tableEntry(t.Name, schemaText(t)), ",")
	}
	w.Out("};")
	w.P()
	w.In("const answers: Types = {")
	for _, r := range p.requests {
		answer := `{ type: "null" }`
		if r.ir.Answer != nil {
			answer = schemaUse(r.ir.Answer)
		}
		w.P(tableEntry(r.ir.Wire, answer), ",")
	}
	w.Out("};")
	w.P()
	w.In("const events: Types = {")
	for _, b := range p.broadcasts {
		w.P(tableEntry(b.Wire, quote(b.Type.Name)), ",")
	}
	w.Out("};")
	w.P()
	w.In("const frames: Types = {")
	for _, f := range p.ir.Frames {
		if !f.Planned {
			w.P(tableEntry(f.Wire, quote(f.Type.Name)), ",")
		}
	}
	w.Out("};")
	p.validatorFunctions(w)
	return w.Bytes()
}

func (p *generator) validatorFunctions(w *emit.Writer) {
	w.P()
	w.In("function validate(table: Types, type: string, value: unknown): Fault | undefined {")
	w.P("const schema: Schema | undefined = Object.hasOwn(table, type) ? table[type] : undefined;")
	w.P("return schema === undefined ? undefined : fault(types, schema, value);")
	w.Out("}")
	w.P()
	printDoc(w, "Checks incoming data against the protocol: pass it to `connect` as the option `validate`.")
	w.In("export const validators: Validator = {")
	w.P("answer: (request, value) => validate(answers, request, value),")
	w.P("event: (type, data) => validate(events, type, data),")
	w.In("frame: (type, frame) => {")
	w.P("const { type: _, ...members } = frame as { type?: unknown };")
	w.P("return validate(frames, type, members);")
	w.Out("},")
	w.Out("};")
	w.P()
	printDoc(w, "Checks a value against the definition with this name, such as `"+p.firstTypeName()+"`. Returns the first problem, or undefined "+
		"if the value is valid. Throws a `TypeError` if there is no such definition.")
	w.In("export function check(definition: string, value: unknown): Fault | undefined {")
	w.P("if (!Object.hasOwn(types, definition)) throw new TypeError(`there is no definition ${definition}`);")
	w.P("return validate(types, definition, value);")
	w.Out("}")
}

// firstTypeName is the name of the first definition.
func (p *generator) firstTypeName() string {
	if len(p.ir.Types) == 0 {
		return "Name"
	}
	return p.ir.Types[0].Name
}

// schemaUse is the schema of a type where it is used. Named types are referred to by name.
func schemaUse(t *ir.Type) string {
	if t.Kind == ir.Ref && !t.Nullable {
		return quote(t.Ref.Name)
	}
	if t.Name != "" {
		return quote(t.Name)
	}
	return schemaText(t)
}

// objectLiteral is a list of the members of an object literal.
type objectLiteral []string

func (r *objectLiteral) add(name, value string) { *r = append(*r, name+": "+value) }

// addFlag adds a member with the value true if is is true.
func (r *objectLiteral) addFlag(name string, is bool) { //nolint:revive // it is what is written
	if is {
		r.add(name, "true")
	}
}

// addUnlessEmpty adds a member unless its value is empty.
func (r *objectLiteral) addUnlessEmpty(name, value string) {
	if value != "" {
		r.add(name, value)
	}
}

// addCounts adds the limits of a count: a minimum if it is not 0, and a maximum if there is one.
func (r *objectLiteral) addCounts(low int, high *int) {
	if low > 0 {
		r.add("min", strconv.Itoa(low))
	}
	if high != nil {
		r.add("max", strconv.Itoa(*high))
	}
}

func (r *objectLiteral) String() string { return "{ " + strings.Join(*r, ", ") + " }" }

// literalKey is the name of a property in an object literal. "__proto__" is special there unless it
// is computed.
func literalKey(name string) string {
	if name == "__proto__" {
		return `["__proto__"]`
	}
	return propertyName(name)
}

// inherited are the names of members of every object. For such a key, TypeScript uses the type of
// the inherited member instead of the table's index signature.
var inherited = newSet( //nolint:gochecknoglobals // a table
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
)

// tableEntry is a member of a table of schemas.
func tableEntry(name, schema string) string {
	if inherited[name] {
		schema += " satisfies Schema"
	}
	return literalKey(name) + ": " + schema
}

// schemaText is the schema of a type, written out even if it has a name. The keys are those of JSON
// Schema where it has them.
func schemaText(t *ir.Type) string {
	var r objectLiteral
	switch t.Kind {
	case ir.Boolean:
		r.add("type", `"boolean"`)
	case ir.Integer:
		addInteger(&r, t.Integer)
	case ir.Number:
		addNumber(&r, t.Number)
	case ir.String:
		addString(&r, t.String)
	case ir.Enum:
		r.add("type", `"enum"`)
		r.add("values", enumValuesText(t.Enum))
	case ir.Const:
		r.add("type", `"const"`)
		r.add("value", t.Const.JSON)
	case ir.Array:
		r.add("type", `"array"`)
		r.add("items", schemaUse(t.Array.Item))
		r.addCounts(t.Array.MinItems, t.Array.MaxItems)
		r.addFlag("unique", t.Array.Unique)
	case ir.Object:
		addObject(&r, t.Object)
	case ir.Map:
		r.add("type", `"object"`)
		r.add("additional", schemaUse(t.Map.Value))
		r.addCounts(t.Map.MinProps, t.Map.MaxProps)
		addPropertyNames(&r, t.Map.Names)
	case ir.Union:
		addUnion(&r, t.Union)
	case ir.Raw:
		addAnyOf(&r, t.Raw)
	case ir.Ref:
		r.add("type", `"ref"`)
		r.add("to", quote(t.Ref.Name))
	case ir.Null:
		r.add("type", `"null"`)
	}
	r.addFlag("null", t.Nullable)
	return r.String()
}

func addInteger(r *objectLiteral, l *ir.IntegerLimits) {
	r.add("type", `"integer"`)
	for _, bound := range []struct {
		name  string
		value *int64
	}{{"min", l.Min}, {"max", l.Max}, {"multipleOf", l.MultipleOf}} {
		if bound.value != nil {
			r.add(bound.name, strconv.FormatInt(*bound.value, 10))
		}
	}
	r.addFlag("coerce", l.Coerce)
}

// anySizeInteger is the schema of an integer that is kept as text and need not fit into 64 bits.
func anySizeInteger(l *ir.IntegerLimits) string {
	var r objectLiteral
	addInteger(&r, l)
	r.addFlag("anySize", true)
	return r.String()
}

func addNumber(r *objectLiteral, l *ir.NumberLimits) {
	r.add("type", `"number"`)
	r.addUnlessEmpty("min", string(l.Min))
	r.addUnlessEmpty("max", string(l.Max))
	r.addUnlessEmpty("exclusiveMinimum", string(l.ExclusiveMin))
	r.addUnlessEmpty("exclusiveMaximum", string(l.ExclusiveMax))
	if l.MultipleOf != "" {
		r.add("multipleOf", quote(string(l.MultipleOf)))
	}
}

func addString(r *objectLiteral, l *ir.StringLimits) {
	r.add("type", `"string"`)
	r.addCounts(l.MinLength, l.MaxLength)
	if l.Pattern != nil {
		r.add("pattern", "new RegExp("+quote(l.Pattern.Source)+`, "u")`)
	}
	if name := constraintdoc.FormatName(l.Format); name != "" {
		r.add("format", quote(name))
	}
}

func enumValuesText(values []ir.EnumValue) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = quote(v.Value)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func addObject(r *objectLiteral, o *ir.Fields) {
	r.add("type", `"object"`)
	var fields, required objectLiteral
	for _, f := range o.Fields {
		fields = append(fields, tableEntry(f.Name, schemaUse(f.Type)))
		if f.Required {
			required = append(required, quote(f.Name))
		}
	}
	if len(fields) > 0 {
		r.add("properties", fields.String())
	}
	if len(required) > 0 {
		r.add("required", "["+strings.Join(required, ", ")+"]")
	}
	if o.Extra != nil {
		r.add("additional", schemaUse(o.Extra))
	}
	r.addFlag("closed", o.Closed)
	r.addCounts(o.MinProps, o.MaxProps)
	addPropertyNames(r, o.Names)
	r.addFlag("nullIsAbsent", o.NullAbsent)
}

func addPropertyNames(r *objectLiteral, names *ir.Type) {
	if names != nil {
		r.add("propertyNames", schemaUse(names))
	}
}

func addUnion(r *objectLiteral, u *ir.OneOf) {
	r.add("type", `"union"`)
	r.add("tag", quote(u.Tag))
	var variants objectLiteral
	for _, v := range u.Variants {
		variants = append(variants, tableEntry(v.Value, schemaUse(v.Type)))
	}
	r.add("oneOf", variants.String())
}

func addAnyOf(r *objectLiteral, a *ir.AnyOf) {
	r.add("type", `"raw"`)
	r.addFlag("any", a.Any)
	r.addFlag("null", a.Null)
	r.addFlag("boolean", a.Boolean)
	for _, part := range []struct {
		name string
		typ  *ir.Type
	}{{"number", a.Number}, {"string", a.String}, {"array", a.Array}, {"object", a.Object}} {
		if part.typ != nil && part.typ.Kind == ir.Integer {
			r.add(part.name, anySizeInteger(part.typ.Integer))
		} else if part.typ != nil {
			r.add(part.name, schemaUse(part.typ))
		}
	}
	var values objectLiteral
	for _, v := range a.Enum {
		values = append(values, v.JSON)
	}
	if len(values) > 0 {
		r.add("enum", "["+strings.Join(values, ", ")+"]")
	}
}
