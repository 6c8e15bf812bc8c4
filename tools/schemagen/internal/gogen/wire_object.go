package gogen

import (
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// required reports whether an object has a required field.
func required(t *ir.Type) bool {
	for _, f := range t.Object.Fields {
		if f.Required {
			return true
		}
	}
	return false
}

// fieldTable prints the names of t's fields, for the error about missing fields.
func (g *wireEmitter) fieldTable(w *emit.Writer, t *ir.Type, body string) {
	names := make([]string, len(t.Object.Fields))
	for i, f := range t.Object.Fields {
		names[i] = quote(f.Name)
	}
	w.P("var fieldsOf", body, " = [...]string{", strings.Join(names, ", "), "}")
	w.P()
}

// decodeObject prints the decoding of an object. The code expects the keys in the order of the
// schema, perhaps after unknown ones. It looks up a key that is out of order and continues with the
// field after it.
func (r *decodeFunc) decodeObject(t *ir.Type) {
	o := t.Object
	for w := range maskWords(o) {
		r.P("var ", mask("seen", w), " uint64")
		if o.NullAbsent && required(t) {
			r.P("var ", mask("null", w), " uint64")
		}
	}
	if !o.Closed {
		r.P("var keys keyScope")
	}
	if r.g.readsEnvelope(t) {
		r.P("var head uint8")
	}
	r.resetAbsent(t)
	r.P("p, more, err := d.open(p, '{', \"an object\")")
	r.In("if err != nil {")
	r.P("return p, err")
	r.Out("}")
	r.In("if !more {")
	r.P("goto done")
	r.Out("}")
	if r.g.readsEnvelope(t) {
		r.matchTypeFirst(t)
	}
	if len(o.Fields) > 0 && !o.Closed {
		r.P("start:")
	}
	for i, f := range o.Fields {
		r.decodeField(t, i, f)
	}
	r.handleOtherKeys(t)
	if len(o.Fields) > 0 {
		r.P("end:")
	}
	if len(o.Fields) > 0 || !o.Closed {
		r.In("if p >= len(b) || b[p] != '}' {")
		r.P("return p, unexpected(p)")
		r.Out("}")
		r.P("p++")
		r.P("d.depth--")
	}
	if !o.Closed {
		r.In("if err = d.leave(&keys); err != nil {")
		r.P("return p, err")
		r.Out("}")
	}
	r.P("done:")
	r.checkCounts(o)
	r.checkRequired(t)
	r.P("return p, nil")
}

// The keys of the envelope of every request.
const (
	typeKey = "type"
	idKey   = "request_id"
)

// readsEnvelope reports whether t is a request whose decoder handles the envelope's keys like
// fields, which is faster than handling them as unknown keys.
func (g *wireEmitter) readsEnvelope(t *ir.Type) bool {
	o := t.Object
	for _, f := range o.Fields {
		if f.Name == typeKey || f.Name == idKey {
			return false
		}
	}
	return g.requests[t] != "" && !o.Closed && o.Extra == nil && o.Names == nil && o.MinProps == 0 && o.MaxProps == nil
}

// matchTypeFirst prints the fast path for a request that starts with its type, as nearly all do.
func (r *decodeFunc) matchTypeFirst(t *ir.Type) {
	member := `"type":` + string(appendJSONString(nil, r.g.requests[t])) + ","
	r.In("if ", hasText(member), " {")
	r.P("head = 1")
	r.P("p = space(b, p+", len(member), ")")
	r.Out("}")
}

// maxInlineCompare is the number of constant bytes that the compiler compares without a function
// call.
const maxInlineCompare = 16

// hasText returns the condition that text is at p.
func hasText(text string) string {
	var parts []string
	for from := 0; from < len(text); from += maxInlineCompare {
		at := "p"
		if from > 0 {
			at += "+" + strconv.Itoa(from)
		}
		parts = append(parts, "has(b, "+at+", "+quote(text[from:min(from+maxInlineCompare, len(text))])+")")
	}
	return strings.Join(parts, " && ")
}

// maskWords returns how many words hold a bit for every field.
func maskWords(o *ir.Fields) int { return (len(o.Fields) + 63) / 64 }

// mask returns the name of the variable for word w of a set of fields.
func mask(name string, w int) string {
	if w == 0 {
		return name
	}
	return name + strconv.Itoa(w)
}

// bit returns the constant for field i in its word.
func bit(i int) string { return fmt.Sprintf("%#x", uint64(1)<<(i%64)) }

// resetAbsent prints the assignment of the values of absent fields.
func (r *decodeFunc) resetAbsent(t *ir.Type) {
	for i, f := range t.Object.Fields {
		if f.Required {
			continue
		}
		into := "v." + fieldNames(t)[i]
		core, nullable := derefNullable(f.Type)
		keep := isSlice(core) && !nullable && !f.Recursive
		switch presenceOf(f) {
		case notStored:
		case plainField:
			switch {
			case f.Default != nil:
				r.P(into, " = ", r.g.literal(f.Type, f.Default))
			case keep:
				r.P(into, " = ", into, "[:0]")
			default:
				r.P(into, " = ", r.g.zero(f))
			}
		case emptyRawField:
			r.P(into, ` = ""`)
		case optField:
			if keep {
				r.P(into, ".Set, ", into, ".Value = false, ", into, ".Value[:0]")
			} else {
				r.P(into, " = ", r.g.fieldType(f), "{}")
			}
		}
	}
	if t.Object.Extra != nil {
		into := "v." + extraName(t)
		r.P(into, " = ", into, "[:0]")
	}
}

// zero returns the zero value of a field without Opt.
func (g *wireEmitter) zero(f *ir.Field) string {
	core, nullable := derefNullable(f.Type)
	if f.Recursive && !nullable {
		return "nil"
	}
	if nullable {
		return g.fieldType(f) + "{}"
	}
	switch core.Kind {
	case ir.Boolean:
		return "false"
	case ir.Integer, ir.Number:
		return "0"
	case ir.String, ir.Enum, ir.Raw:
		return `""`
	case ir.Const, ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref, ir.Null:
	}
	return g.fieldType(f) + "{}"
}

// decodeField prints the decoding of field i, from its key to the comma after its value.
func (r *decodeFunc) decodeField(t *ir.Type, i int, f *ir.Field) {
	key := string(appendJSONString(nil, f.Name)) + ":"
	seen := mask("seen", i/64)
	r.P("// ", strings.ToValidUTF8(strconv.Quote(f.Name), ""))
	fields := t.Object.Fields
	if i > 0 && !fields[i-1].Required {
		r.P("expect", i, ":")
	}
	if len(key) <= maxInlineCompare {
		r.In("if !", hasText(key), " {")
	} else {
		r.In("if !(", hasText(key), ") {")
	}
	if !f.Required && i+1 < len(fields) {
		r.P("goto expect", i+1) // optional fields are often absent
	} else {
		r.P("goto other")
	}
	r.Out("}")
	r.P("p = space(b, p+", len(key), ")")
	r.P("field", i, ":")
	r.In("if ", seen, "&", bit(i), " != 0 {")
	r.P("return p, duplicate(p)", inField(f.Name))
	r.Out("}")
	r.P(seen, " |= ", bit(i))
	if t.Object.Names != nil {
		r.P("{")
		r.P("name := ", quote(f.Name))
		r.checkName(t.Object.Names, "name", ".in(name)")
		r.P("_ = name")
		r.P("}")
	}
	r.decodeFieldValue(t, i, f)
	r.In("if p = space(b, p); p >= len(b) || b[p] != ',' {")
	r.P("goto end")
	r.Out("}")
	r.P("p = space(b, p+1)")
}

// decodeFieldValue prints the decoding of field i's value.
func (r *decodeFunc) decodeFieldValue(t *ir.Type, i int, f *ir.Field) {
	core, nullable := derefNullable(f.Type)
	absent := t.Object.NullAbsent && !nullable && core.Kind != ir.Null && (core.Kind != ir.Raw || !core.Raw.Null && !core.Raw.Any)
	if absent {
		r.In("if has(b, p, `null`) {")
		if f.Required {
			r.P(mask("null", i/64), " |= ", bit(i))
		}
		r.P("p += 4")
		r.Mid("} else {")
	}
	into := "v." + fieldNames(t)[i]
	switch presenceOf(f) {
	case notStored, plainField, emptyRawField:
		r.decodeValue(f.Type, into, indirectionOf(f), inField(f.Name))
	case optField:
		r.decodeValue(f.Type, into+".Value", indirectionOf(f), inField(f.Name))
		r.P(into, ".Set = true")
	}
	if absent {
		r.Out("}")
	}
}

// handleOtherKeys prints the handling of a key that is out of order or unknown.
func (r *decodeFunc) handleOtherKeys(t *ir.Type) {
	o := t.Object
	if len(o.Fields) > 0 || !o.Closed {
		r.P("other:")
	}
	r.P("{")
	r.P("name, at, q, err := d.key(p)")
	r.In("if err != nil {")
	r.P("return q, err")
	r.Out("}")
	r.P("p = q")
	if len(o.Fields) > 0 || r.g.readsEnvelope(t) {
		r.P("switch string(name) {")
		for i, f := range o.Fields {
			r.P("case ", quote(f.Name), ":")
			r.P("goto field", i)
		}
		r.handleEnvelopeKeys(t)
		r.P("}")
	}
	if o.Closed {
		r.P(`return p, fail(int(at.start), "additionalProperties", "is no known field").in(string(name))`)
		r.P("}")
		return
	}
	r.In("if err = d.add(&keys, name, at); err != nil {")
	r.P("return p, err")
	r.Out("}")
	if r.g.readsEnvelope(t) {
		r.P("skip:")
	}
	r.decodeExtra(t)
	r.P("}")
	r.In("if p = space(b, p); p < len(b) && b[p] == ',' {")
	r.P("p = space(b, p+1)")
	if len(o.Fields) > 0 {
		r.In("if ", strings.Join(r.maskVariables(o, "seen"), "|"), " == 0 {")
		r.P("goto start") // unknown keys often come first
		r.Out("}")
	}
	r.P("goto other")
	r.Out("}")
}

// handleEnvelopeKeys prints the cases of the envelope's keys.
func (r *decodeFunc) handleEnvelopeKeys(t *ir.Type) {
	if !r.g.readsEnvelope(t) {
		return
	}
	for i, key := range [...]string{typeKey, idKey} {
		r.P("case ", quote(key), ":")
		r.In("if head&", 1<<i, " != 0 {")
		r.P("return p, duplicate(int(at.start))", inField(key))
		r.Out("}")
		r.P("head |= ", 1<<i)
		r.P("goto skip")
	}
}

// decodeExtra prints the decoding of a member that is not a field.
func (r *decodeFunc) decodeExtra(t *ir.Type) {
	o := t.Object
	if o.Names != nil {
		r.P("text := string(name)")
		r.checkName(o.Names, "text", ".in(text)")
	}
	if o.Extra == nil {
		r.In("if p, err = d.skip(p); err != nil {")
		r.P("return p, err.in(string(name))")
		r.Out("}")
		return
	}
	into := "v." + extraName(t)
	r.P(into, " = grow(", into, ")")
	r.P("entry := &", into, "[len(", into, ")-1]")
	r.P("entry.Key = string(name)")
	r.decodeValue(o.Extra, "entry.Value", inPlace, ".in(string(name))")
}

// checkCounts prints the check of the number of members.
func (r *decodeFunc) checkCounts(o *ir.Fields) {
	total := "countMembers(" + strings.Join(r.maskVariables(o, "seen"), ", ") + ")"
	if !o.Closed {
		total += " + keys.n"
	}
	if o.MinProps > 0 {
		r.In("if ", total, " < ", o.MinProps, " {")
		r.returnError(errorExpr("minProperties", "must have at least %s", plural(strconv.Itoa(o.MinProps), "member")), "")
		r.Out("}")
	}
	if o.MaxProps != nil {
		r.In("if ", total, " > ", *o.MaxProps, " {")
		r.returnError(errorExpr("maxProperties", "must have at most %s", plural(strconv.Itoa(*o.MaxProps), "member")), "")
		r.Out("}")
	}
}

func (r *decodeFunc) maskVariables(o *ir.Fields, name string) []string {
	var all []string
	for w := range maskWords(o) {
		all = append(all, mask(name, w))
	}
	return all
}

// checkRequired prints the check that all required fields are present.
func (r *decodeFunc) checkRequired(t *ir.Type) {
	if !required(t) {
		return
	}
	o := t.Object
	needed := make([]uint64, maskWords(o))
	for i, f := range o.Fields {
		if f.Required {
			needed[i/64] |= 1 << (i % 64)
		}
	}
	var absent, conditions []string
	for w, n := range needed {
		here := mask("seen", w)
		if o.NullAbsent {
			here = "(" + here + " &^ " + mask("null", w) + ")"
		}
		expression := fmt.Sprintf("%#x&^%s", n, here)
		absent = append(absent, expression)
		conditions = append(conditions, expression+" != 0")
	}
	r.In("if ", strings.Join(conditions, " || "), " {")
	r.P("return p, missing(p, fieldsOf", r.g.goNames[t], "[:], ", strings.Join(absent, ", "), ")")
	r.Out("}")
}
