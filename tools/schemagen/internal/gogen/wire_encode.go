package gogen

import (
	"bytes"
	"encoding/json"
	"strconv"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// encodeFunc prints the body of one method Append. It collects constant text, so that it is
// appended in one call.
type encodeFunc struct {
	*emit.Writer
	g         *wireEmitter
	pending   string // constant text that is not printed yet
	loopDepth int    // of loops inside each other
}

// appendJSONString appends s as a JSON string.
func appendJSONString(dst []byte, s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // encoding a string cannot fail
	return append(dst, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// encoder prints the method Append of t.
func (g *wireEmitter) encoder(w *emit.Writer, t *ir.Type) {
	if !isDefinedType(t.Kind) {
		return
	}
	receiver := "*" + g.goNames[t]
	switch t.Kind {
	case ir.Array, ir.Map, ir.Enum:
		receiver = g.goNames[t]
	case ir.Object, ir.Union, ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Raw, ir.Ref, ir.Null:
	}
	e := &encodeFunc{Writer: w, g: g}
	w.P("// Append appends v as JSON to dst and returns the extended slice.")
	w.In("func (v ", receiver, ") Append(dst []byte) []byte {")
	switch t.Kind {
	case ir.Object:
		e.encodeObject(t)
	case ir.Union:
		e.encodeUnion(t)
	case ir.Enum:
		w.P("return appendString(dst, string(v))")
	case ir.Array:
		e.encodeArray(t.Array, "v")
		e.finish()
	case ir.Map:
		e.encodeMap(t.Map.Value, "v")
		e.finish()
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Raw, ir.Ref, ir.Null:
	}
	w.Out("}")
	w.P()
}

// literal adds constant text.
func (e *encodeFunc) literal(text string) { e.pending += text }

// flush prints an append of the pending constant text.
func (e *encodeFunc) flush() {
	switch len(e.pending) {
	case 0:
	case 1:
		e.P("dst = append(dst, ", strconv.QuoteRune(rune(e.pending[0])), ")")
	default:
		e.P("dst = append(dst, ", quote(e.pending), "...)")
	}
	e.pending = ""
}

// finish prints an append of the pending constant text, and the return.
func (e *encodeFunc) finish() {
	held := e.pending
	e.pending = ""
	switch {
	case held == "":
		e.P("return dst")
	case len(held) == 1:
		e.P("return append(dst, ", strconv.QuoteRune(rune(held[0])), ")")
	default:
		e.P("return append(dst, ", quote(held), "...)")
	}
}

// encodeObject prints the encoding of all fields. After the first field that is always written, the
// comma is constant text.
func (e *encodeFunc) encodeObject(t *ir.Type) {
	e.literal("{")
	sure := false
	for i, f := range t.Object.Fields {
		key := string(appendJSONString(nil, f.Name)) + ":"
		into := "v." + fieldNames(t)[i]
		condition := ""
		switch presenceOf(f) {
		case notStored, plainField:
		case emptyRawField:
			condition = into + ` != ""`
		case optField:
			condition = into + ".Set"
			into += ".Value"
		}
		if condition == "" {
			e.writeComma(sure, i)
			e.literal(key)
			e.encodeValue(f.Type, into, indirectionOf(f))
			sure = true
			continue
		}
		e.flush()
		e.In("if ", condition, " {")
		e.writeComma(sure, i)
		e.literal(key)
		e.encodeValue(f.Type, into, indirectionOf(f))
		e.flush()
		e.Out("}")
	}
	if t.Object.Extra != nil {
		separator := "dst = comma(dst)"
		if sure {
			separator = "dst = append(dst, ',')"
		}
		e.encodeExtra(t, separator)
	}
	e.literal("}")
	e.finish()
}

// writeComma prints the comma before field i. sure means that a field has certainly been written
// before.
func (e *encodeFunc) writeComma(sure bool, i int) {
	switch {
	case sure:
		e.literal(",")
	case i > 0:
		e.flush()
		e.P("dst = comma(dst)")
	}
}

// encodeExtra prints the encoding of the members that are not fields. separator is the statement
// that writes the comma before each.
func (e *encodeFunc) encodeExtra(t *ir.Type, separator string) {
	from := "v." + extraName(t)
	e.flush()
	e.In("for i := range ", from, " {")
	e.P(separator)
	e.loopDepth++ // i is in use: nested loops need another variable
	e.encodeEntry(t.Object.Extra, from+"[i]")
	e.loopDepth--
	e.Out("}")
}

// encodeEntry prints the encoding of one key and its value.
func (e *encodeFunc) encodeEntry(value *ir.Type, from string) {
	e.flush()
	e.P("dst = appendString(dst, ", from, ".Key)")
	e.literal(":")
	e.encodeValue(value, from+".Value", inPlace)
	e.flush()
}

func (e *encodeFunc) encodeUnion(t *ir.Type) {
	e.P("switch {")
	for _, v := range t.Union.Variants {
		e.P("case v.", variantName(v), " != nil:")
		e.P("return v.", variantName(v), ".Append(dst)")
	}
	e.P("}")
	e.P("return append(dst, \"null\"...)")
}

// encodeValue prints the encoding of a t in the expression from.
func (e *encodeFunc) encodeValue(t *ir.Type, from string, box indirection) {
	core, nullable := derefNullable(t)
	if nullable {
		e.flush()
		e.In("if ", from, ".Valid {")
		e.encodeNonNull(core, from+".Value", box)
		e.flush()
		e.Mid("} else {")
		e.P("dst = append(dst, \"null\"...)")
		e.Out("}")
		return
	}
	e.encodeNonNull(core, from, box)
}

// encodeNonNull prints the encoding of a value that is not null.
func (e *encodeFunc) encodeNonNull(t *ir.Type, from string, box indirection) {
	if box == byPointer {
		e.flush()
		e.In("if ", from, " == nil {")
		e.P("dst = append(dst, \"null\"...)")
		e.Mid("} else {")
		if !isDefinedType(t.Kind) {
			from = "(*" + from + ")"
		}
		e.encodeNonNull(t, from, inPlace)
		e.flush()
		e.Out("}")
		return
	}
	if _, named := e.g.goNames[t]; named && isDefinedType(t.Kind) && t.Kind != ir.Enum {
		e.flush()
		e.P("dst = ", from, ".Append(dst)")
		return
	}
	switch t.Kind {
	case ir.Boolean:
		e.appendScalar("appendBool(dst, " + from + ")")
	case ir.Integer:
		e.appendScalar("appendInt(dst, " + from + ")")
	case ir.Number:
		e.appendScalar("appendNumber(dst, " + from + ")")
	case ir.String:
		if t.String.Secret {
			from = "string(" + from + ")"
		}
		e.appendScalar("appendString(dst, " + from + ")")
	case ir.Enum:
		e.appendScalar("appendString(dst, string(" + from + "))")
	case ir.Raw:
		e.appendScalar("appendRaw(dst, " + from + ")")
	case ir.Const:
		e.literal(t.Const.JSON)
	case ir.Null:
		e.literal("null")
	case ir.Array:
		e.encodeArray(t.Array, from)
	case ir.Map:
		e.encodeMap(t.Map.Value, from)
	case ir.Object, ir.Union, ir.Ref:
	}
}

func (e *encodeFunc) appendScalar(expression string) {
	e.flush()
	e.P("dst = ", expression)
}

// openLoop prints the start of a loop over from and the comma between its elements.
func (e *encodeFunc) openLoop(from string) (index string) {
	e.flush()
	index = "i"
	if e.loopDepth > 0 {
		index += strconv.Itoa(e.loopDepth)
	}
	e.loopDepth++
	e.In("for ", index, " := range ", from, " {")
	e.In("if ", index, " > 0 {")
	e.P("dst = append(dst, ',')")
	e.Out("}")
	return index
}

func (e *encodeFunc) encodeArray(a *ir.ArrayOf, from string) {
	e.literal("[")
	index := e.openLoop(from)
	e.encodeValue(a.Item, from+"["+index+"]", inPlace)
	e.flush()
	e.Out("}")
	e.loopDepth--
	e.literal("]")
}

func (e *encodeFunc) encodeMap(value *ir.Type, from string) {
	e.literal("{")
	index := e.openLoop(from)
	e.encodeEntry(value, from+"["+index+"]")
	e.Out("}")
	e.loopDepth--
	e.literal("}")
}
