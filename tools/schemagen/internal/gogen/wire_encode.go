package gogen

import (
	"bytes"
	"encoding/json"
	"strconv"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// writing prints the body of one method Append. Text that is known beforehand is held back until something else is written, so
// that it is appended at once.
type writing struct {
	*emit.Writer
	g     *wire
	held  string
	level int // of loops inside each other
}

// appendJSONString appends s as a JSON string.
func appendJSONString(dst []byte, s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string does not fail
	return append(dst, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// encoder prints the method Append of t.
func (g *wire) encoder(w *emit.Writer, t *ir.Type) {
	if !ownBody(t.Kind) {
		return
	}
	receiver := "*" + g.bodies[t]
	switch t.Kind {
	case ir.Array, ir.Map, ir.Enum:
		receiver = g.bodies[t]
	case ir.Object, ir.Union, ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Raw, ir.Ref, ir.Null:
	}
	e := &writing{Writer: w, g: g}
	w.P("// Append writes v behind dst as JSON and returns the longer slice.")
	w.In("func (v ", receiver, ") Append(dst []byte) []byte {")
	switch t.Kind {
	case ir.Object:
		e.object(t)
	case ir.Union:
		e.union(t)
	case ir.Enum:
		w.P("return appendString(dst, string(v))")
	case ir.Array:
		e.array(t.Array, "v")
		e.end()
	case ir.Map:
		e.members(t.Map.Value, "v")
		e.end()
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Raw, ir.Ref, ir.Null:
	}
	w.Out("}")
	w.P()
}

// hold adds text that is known beforehand.
func (e *writing) hold(text string) { e.held += text }

// flush writes what has been held back.
func (e *writing) flush() {
	switch len(e.held) {
	case 0:
	case 1:
		e.P("dst = append(dst, ", strconv.QuoteRune(rune(e.held[0])), ")")
	default:
		e.P("dst = append(dst, ", quote(e.held), "...)")
	}
	e.held = ""
}

// end writes what has been held back and returns.
func (e *writing) end() {
	held := e.held
	e.held = ""
	switch {
	case held == "":
		e.P("return dst")
	case len(held) == 1:
		e.P("return append(dst, ", strconv.QuoteRune(rune(held[0])), ")")
	default:
		e.P("return append(dst, ", quote(held), "...)")
	}
}

// object prints the writing of all fields. As soon as one is sure to be written, those behind it know that they need a comma.
func (e *writing) object(t *ir.Type) {
	e.hold("{")
	sure := false
	for i, f := range t.Object.Fields {
		key := string(appendJSONString(nil, f.Name)) + ":"
		into := "v." + fieldNames(t)[i]
		condition := ""
		switch presenceOf(f) {
		case unstored, plain:
		case blank:
			condition = into + ` != ""`
		case optional:
			condition = into + ".Set"
			into += ".Value"
		}
		if condition == "" {
			e.separate(sure, i)
			e.hold(key)
			e.value(f.Type, into, boxingOf(f))
			sure = true
			continue
		}
		e.flush()
		e.In("if ", condition, " {")
		e.separate(sure, i)
		e.hold(key)
		e.value(f.Type, into, boxingOf(f))
		e.flush()
		e.Out("}")
	}
	if t.Object.Extra != nil {
		separator := "dst = comma(dst)"
		if sure {
			separator = "dst = append(dst, ',')"
		}
		e.extra(t, separator)
	}
	e.hold("}")
	e.end()
}

// separate prints the comma in front of field i. sure says that a field has been written before.
func (e *writing) separate(sure bool, i int) {
	switch {
	case sure:
		e.hold(",")
	case i > 0:
		e.flush()
		e.P("dst = comma(dst)")
	}
}

// extra prints the writing of the members that are no fields. separator is the statement that writes a comma in front of each.
func (e *writing) extra(t *ir.Type, separator string) {
	from := "v." + extraName(t)
	e.flush()
	e.In("for i := range ", from, " {")
	e.P(separator)
	e.level++ // i is taken: a list or map inside counts with another variable
	e.entry(t.Object.Extra, from+"[i]")
	e.level--
	e.Out("}")
}

// entry prints the writing of one key and its value.
func (e *writing) entry(value *ir.Type, from string) {
	e.flush()
	e.P("dst = appendString(dst, ", from, ".Key)")
	e.hold(":")
	e.value(value, from+".Value", stays)
	e.flush()
}

func (e *writing) union(t *ir.Type) {
	e.P("switch {")
	for _, v := range t.Union.Variants {
		e.P("case v.", variantName(v), " != nil:")
		e.P("return v.", variantName(v), ".Append(dst)")
	}
	e.P("}")
	e.P("return append(dst, \"null\"...)")
}

// value prints the writing of a t that the expression from holds.
func (e *writing) value(t *ir.Type, from string, box boxing) {
	core, nullable := resolve(t)
	if nullable {
		e.flush()
		e.In("if ", from, ".Valid {")
		e.core(core, from+".Value", box)
		e.flush()
		e.Mid("} else {")
		e.P("dst = append(dst, \"null\"...)")
		e.Out("}")
		return
	}
	e.core(core, from, box)
}

// core prints the writing of a value that is not null.
func (e *writing) core(t *ir.Type, from string, box boxing) {
	if box == boxed {
		e.flush()
		e.In("if ", from, " == nil {")
		e.P("dst = append(dst, \"null\"...)")
		e.Mid("} else {")
		if !ownBody(t.Kind) {
			from = "(*" + from + ")"
		}
		e.core(t, from, stays)
		e.flush()
		e.Out("}")
		return
	}
	if _, named := e.g.bodies[t]; named && ownBody(t.Kind) && t.Kind != ir.Enum {
		e.flush()
		e.P("dst = ", from, ".Append(dst)")
		return
	}
	switch t.Kind {
	case ir.Boolean:
		e.scalar("appendBool(dst, " + from + ")")
	case ir.Integer:
		e.scalar("appendInt(dst, " + from + ")")
	case ir.Number:
		e.scalar("appendNumber(dst, " + from + ")")
	case ir.String:
		if t.String.Secret {
			from = "string(" + from + ")"
		}
		e.scalar("appendString(dst, " + from + ")")
	case ir.Enum:
		e.scalar("appendString(dst, string(" + from + "))")
	case ir.Raw:
		e.scalar("appendRaw(dst, " + from + ")")
	case ir.Const:
		e.hold(t.Const.JSON)
	case ir.Null:
		e.hold("null")
	case ir.Array:
		e.array(t.Array, from)
	case ir.Map:
		e.members(t.Map.Value, from)
	case ir.Object, ir.Union, ir.Ref:
	}
}

func (e *writing) scalar(expression string) {
	e.flush()
	e.P("dst = ", expression)
}

// loop prints the head of a loop over from and the comma between its elements.
func (e *writing) loop(from string) (index string) {
	e.flush()
	index = "i"
	if e.level > 0 {
		index += strconv.Itoa(e.level)
	}
	e.level++
	e.In("for ", index, " := range ", from, " {")
	e.In("if ", index, " > 0 {")
	e.P("dst = append(dst, ',')")
	e.Out("}")
	return index
}

func (e *writing) array(a *ir.ArrayOf, from string) {
	e.hold("[")
	index := e.loop(from)
	e.value(a.Item, from+"["+index+"]", stays)
	e.flush()
	e.Out("}")
	e.level--
	e.hold("]")
}

func (e *writing) members(value *ir.Type, from string) {
	e.hold("{")
	index := e.loop(from)
	e.entry(value, from+"["+index+"]")
	e.Out("}")
	e.level--
	e.hold("}")
}
