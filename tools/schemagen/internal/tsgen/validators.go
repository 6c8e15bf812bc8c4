package tsgen

import (
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// validators prints the types as a table that the runtime checks values by, and which type each message has.
func (p *pkg) validators() []byte {
	w := emit.New(indent)
	w.P(marker)
	w.P()
	w.P(`import { type Fault, fault, type Schema, type Types, type Validator } from "./validate.js";`)
	w.P()
	w.In("const types: Types = {")
	for _, t := range p.ir.Types {
		w.P(entry(t.Name, schema(t)), ",")
	}
	w.Out("};")
	w.P()
	w.In("const answers: Types = {")
	for _, r := range p.requests {
		answer := "{ is: \"null\" }"
		if r.ir.Answer != nil {
			answer = use(r.ir.Answer)
		}
		w.P(entry(r.ir.Wire, answer), ",")
	}
	w.Out("};")
	w.P()
	w.In("const events: Types = {")
	for _, b := range p.broadcasts {
		w.P(entry(b.Wire, quote(b.Type.Name)), ",")
	}
	w.Out("};")
	w.P()
	w.In("const frames: Types = {")
	for _, f := range p.ir.Frames {
		if !f.Planned {
			w.P(entry(f.Wire, quote(f.Type.Name)), ",")
		}
	}
	w.Out("};")
	p.validatorFunctions(w)
	return w.Bytes()
}

func (p *pkg) validatorFunctions(w *emit.Writer) {
	w.P()
	w.In("function judge(table: Types, type: string, value: unknown): Fault | undefined {")
	w.P("const schema: Schema | undefined = Object.hasOwn(table, type) ? table[type] : undefined;")
	w.P("return schema === undefined ? undefined : fault(types, schema, value);")
	w.Out("}")
	w.P()
	doc(w, "Checks what comes in against the protocol: give it to `connect` as the option `validate`.")
	w.In("export const validators: Validator = {")
	w.P("answer: (request, value) => judge(answers, request, value),")
	w.P("event: (type, data) => judge(events, type, data),")
	w.In("frame: (type, frame) => {")
	w.P("const { type: _, ...members } = frame as { type?: unknown };")
	w.P("return judge(frames, type, members);")
	w.Out("},")
	w.Out("};")
	w.P()
	doc(w, "Checks a value against the definition of the protocol that has this name, such as `"+p.firstType()+"`: returns what is wrong "+
		"first, undefined if nothing is. Throws a `TypeError` if there is no such definition.")
	w.In("export function check(definition: string, value: unknown): Fault | undefined {")
	w.P("if (!Object.hasOwn(types, definition)) throw new TypeError(`there is no definition ${definition}`);")
	w.P("return judge(types, definition, value);")
	w.Out("}")
}

// firstType is the name of some definition.
func (p *pkg) firstType() string {
	if len(p.ir.Types) == 0 {
		return "Name"
	}
	return p.ir.Types[0].Name
}

// use is the schema of a type where it is used: those with a name are called by it.
func use(t *ir.Type) string {
	if t.Kind == ir.Ref && !t.Nullable {
		return quote(t.Ref.Name)
	}
	if t.Name != "" {
		return quote(t.Name)
	}
	return schema(t)
}

// row is an object literal that is being written.
type row []string

func (r *row) add(name, value string) { *r = append(*r, name+": "+value) }

// flag adds a member that is true or absent.
func (r *row) flag(name string, is bool) { //nolint:revive // it is what is written
	if is {
		r.add(name, "true")
	}
}

// some adds a member unless its value is empty.
func (r *row) some(name, value string) {
	if value != "" {
		r.add(name, value)
	}
}

// limits adds counts: a least one that is not 0, and a greatest one.
func (r *row) limits(low int, high *int) {
	if low > 0 {
		r.add("min", strconv.Itoa(low))
	}
	if high != nil {
		r.add("max", strconv.Itoa(*high))
	}
}

func (r *row) String() string { return "{ " + strings.Join(*r, ", ") + " }" }

// member is the name of a property in an object literal. One name is special there unless it is computed.
func member(name string) string {
	if name == "__proto__" {
		return `["__proto__"]`
	}
	return key(name)
}

// inherited are the names that every object has, so that TypeScript takes the type of such a key from there, not from the index
// signature of the table that it stands in.
var inherited = setOf( //nolint:gochecknoglobals // a table
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
)

// entry is a member of a table of schemas.
func entry(name, schema string) string {
	if inherited[name] {
		schema += " satisfies Schema"
	}
	return member(name) + ": " + schema
}

// schema is a type written out even if it has a name.
func schema(t *ir.Type) string {
	var r row
	switch t.Kind {
	case ir.Boolean:
		r.add("is", `"boolean"`)
	case ir.Integer:
		integerRow(&r, t.Integer)
	case ir.Number:
		numberRow(&r, t.Number)
	case ir.String:
		stringRow(&r, t.String)
	case ir.Enum:
		r.add("is", `"enum"`)
		r.add("values", enumList(t.Enum))
	case ir.Const:
		r.add("is", `"const"`)
		r.add("value", t.Const.JSON)
	case ir.Array:
		r.add("is", `"array"`)
		r.add("items", use(t.Array.Item))
		r.limits(t.Array.MinItems, t.Array.MaxItems)
		r.flag("unique", t.Array.Unique)
	case ir.Object:
		objectRow(&r, t.Object)
	case ir.Map:
		r.add("is", `"object"`)
		r.add("extra", use(t.Map.Value))
		r.limits(t.Map.MinProps, t.Map.MaxProps)
		namesRow(&r, t.Map.Names)
	case ir.Union:
		unionRow(&r, t.Union)
	case ir.Raw:
		rawRow(&r, t.Raw)
	case ir.Ref:
		r.add("is", `"ref"`)
		r.add("to", quote(t.Ref.Name))
	case ir.Null:
		r.add("is", `"null"`)
	}
	r.flag("null", t.Nullable)
	return r.String()
}

func integerRow(r *row, l *ir.IntegerLimits) {
	r.add("is", `"integer"`)
	for _, bound := range []struct {
		name  string
		value *int64
	}{{"min", l.Min}, {"max", l.Max}, {"of", l.MultipleOf}} {
		if bound.value != nil {
			r.add(bound.name, strconv.FormatInt(*bound.value, 10))
		}
	}
	r.flag("digits", l.Coerce)
}

// wideInteger is the schema of an integer that is kept as text and need not fit into 64 bits.
func wideInteger(l *ir.IntegerLimits) string {
	var r row
	integerRow(&r, l)
	r.flag("wide", true)
	return r.String()
}

func numberRow(r *row, l *ir.NumberLimits) {
	r.add("is", `"number"`)
	r.some("min", string(l.Min))
	r.some("max", string(l.Max))
	r.some("over", string(l.ExclusiveMin))
	r.some("under", string(l.ExclusiveMax))
	if l.MultipleOf != "" {
		r.add("of", quote(string(l.MultipleOf)))
	}
}

func stringRow(r *row, l *ir.StringLimits) {
	r.add("is", `"string"`)
	r.limits(l.MinLength, l.MaxLength)
	if l.Pattern != nil {
		r.add("pattern", "new RegExp("+quote(l.Pattern.Source)+`, "u")`)
	}
	if name := constraintdoc.FormatName(l.Format); name != "" {
		r.add("format", quote(name))
	}
}

func enumList(values []ir.EnumValue) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = quote(v.Value)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func objectRow(r *row, o *ir.Fields) {
	r.add("is", `"object"`)
	var fields, required row
	for _, f := range o.Fields {
		fields = append(fields, entry(f.Name, use(f.Type)))
		if f.Required {
			required = append(required, quote(f.Name))
		}
	}
	if len(fields) > 0 {
		r.add("fields", fields.String())
	}
	if len(required) > 0 {
		r.add("required", "["+strings.Join(required, ", ")+"]")
	}
	if o.Extra != nil {
		r.add("extra", use(o.Extra))
	}
	r.flag("closed", o.Closed)
	r.limits(o.MinProps, o.MaxProps)
	namesRow(r, o.Names)
	r.flag("loose", o.NullAbsent)
}

func namesRow(r *row, names *ir.Type) {
	if names != nil {
		r.add("names", use(names))
	}
}

func unionRow(r *row, u *ir.OneOf) {
	r.add("is", `"union"`)
	r.add("tag", quote(u.Tag))
	var variants row
	for _, v := range u.Variants {
		variants = append(variants, entry(v.Value, use(v.Type)))
	}
	r.add("of", variants.String())
}

func rawRow(r *row, a *ir.AnyOf) {
	r.add("is", `"raw"`)
	r.flag("any", a.Any)
	r.flag("null", a.Null)
	r.flag("boolean", a.Boolean)
	for _, part := range []struct {
		name string
		typ  *ir.Type
	}{{"number", a.Number}, {"string", a.String}, {"array", a.Array}, {"object", a.Object}} {
		if part.typ != nil && part.typ.Kind == ir.Integer {
			r.add(part.name, wideInteger(part.typ.Integer))
		} else if part.typ != nil {
			r.add(part.name, use(part.typ))
		}
	}
	var values row
	for _, v := range a.Enum {
		values = append(values, v.JSON)
	}
	if len(values) > 0 {
		r.add("enum", "["+strings.Join(values, ", ")+"]")
	}
}
