package gogen

import (
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// messagesFile prints the table of the requests that are served.
func (r *routeEmitter) messagesFile(w *emit.Writer) {
	w.In("var messages = []*Message{")
	for _, n := range r.nouns {
		for _, m := range n.requests {
			r.message(w, m)
		}
	}
	w.Out("}")
}

func (r *routeEmitter) message(w *emit.Writer, m *routeRequest) {
	w.In("{")
	w.P("Type: ", quote(m.ir.Wire), ", Method: ", quote(m.method), ", Noun: ", quote(m.ir.Noun), ",")
	w.P("Description: ", quote(m.ir.Type.Doc), ",")
	w.P("Auth: ", authName(m.ir.Auth), ", Mutates: ", strconv.FormatBool(m.ir.Mutates), ",")
	stringList(w, "Emits", wires(m.ir.Emits))
	stringList(w, "Errors", m.ir.Errors)
	arguments(w, "Args", m.ir.Type.Object)
	w.P("Answer: ", quote(m.answer.words), ", AnswerFrame: ", quote(m.answer.frame), ",")
	w.Out("},")
}

func authName(a ir.Auth) string {
	switch a {
	case ir.AuthNone:
		return "AuthNone"
	case ir.AuthOptional:
		return "AuthOptional"
	case ir.AuthRequired:
		return "AuthRequired"
	}
	return ""
}

func stringList(w *emit.Writer, field string, values []string) {
	if len(values) == 0 {
		return
	}
	quoted := make([]string, 0, len(values))
	for _, v := range values {
		quoted = append(quoted, quote(v))
	}
	w.P(field, ": []string{", strings.Join(quoted, ", "), "},")
}

// arguments prints the fields of an object as a list of Arg.
func arguments(w *emit.Writer, field string, fields *ir.Fields) {
	if len(fields.Fields) == 0 {
		return
	}
	w.In(field, ": []Arg{")
	for _, f := range fields.Fields {
		w.P("{Name: ", quote(f.Name), ", Type: ", quote(describe(f.Type)), ", Limits: ", quote(heldTo(f)),
			", Description: ", quote(docOf(f)), ", Required: ", strconv.FormatBool(f.Required), "},")
	}
	w.Out("},")
}

// heldTo says what the values of a field are held to, and what stands in for one that is absent.
func heldTo(f *ir.Field) string {
	core := f.Type.Deref()
	text := limits(core)
	if n := len(core.Enum); n > shownValues {
		text = fmt.Sprintf("One of %d values", n)
		if core.Name != "" {
			text += " of " + core.Name
		}
		text += "."
	}
	if f.Default != nil {
		text = strings.TrimSpace(text + " Absent: " + f.Default.JSON + ".")
	}
	return text
}

// docOf returns what is said about a field, or about its type where the field itself says nothing.
func docOf(f *ir.Field) string {
	for t := f.Type; f.Doc == ""; t = t.Ref {
		if t.Doc != "" || t.Kind != ir.Ref {
			return t.Doc
		}
	}
	return f.Doc
}

// broadcastsFile prints the table of the broadcasts that are sent.
func (r *routeEmitter) broadcastsFile(w *emit.Writer) {
	w.In("var broadcasts = []Broadcast{")
	for _, b := range r.contract.Broadcasts {
		if b.Planned {
			continue
		}
		w.In("{")
		w.P("Type: ", quote(b.Wire), ",")
		w.P("Description: ", quote(b.Type.Doc), ",")
		switch b.Delivery {
		case ir.DeliverReliable:
			w.P("Delivery: DeliverReliable,")
		case ir.DeliverLatest:
			w.P("Delivery: DeliverLatest, Key: ", quote(b.Key.Name), ",")
		}
		arguments(w, "Fields", b.Type.Object)
		w.Out("},")
	}
	w.Out("}")
}

// shownValues is how many values of an enum the tables list. A longer enum stands once in the schema and in its type, and not in every field
// that has it: 200 fields with one enum of 1,500 values made a table of 4 MB.
const shownValues = 32

// describe says in words which values a type holds, such as "array of User" or "integer or null". Objects and their like are
// named; scalars are spelled out, because their names say nothing to somebody who writes a frame by hand.
func describe(t *ir.Type) string {
	if t.Nullable {
		plain := *t
		plain.Nullable = false
		return describe(&plain) + " or null"
	}
	switch t.Kind {
	case ir.Boolean:
		return "boolean"
	case ir.Integer:
		return "integer"
	case ir.Number:
		return "number"
	case ir.String:
		return "string"
	case ir.Enum:
		if len(t.Enum) > shownValues {
			return "string" // heldTo says how many values there are
		}
		return oneOf(t.Enum)
	case ir.Const:
		return t.Const.JSON
	case ir.Array:
		return "array of " + describeItem(t.Array.Item)
	case ir.Object, ir.Union:
		if t.Name != "" {
			return t.Name
		}
		return "object"
	case ir.Map:
		return "map of " + describeItem(t.Map.Value)
	case ir.Raw:
		return describeRaw(t.Raw)
	case ir.Ref:
		return describe(t.Ref)
	case ir.Null:
		return "null"
	}
	return ""
}

// describeItem names a list or a map among others, which may contain itself.
func describeItem(t *ir.Type) string {
	switch shape := t.Deref(); shape.Kind {
	case ir.Array, ir.Map:
		if shape.Name == "" {
			break
		}
		if t.Nullable {
			return shape.Name + " or null"
		}
		return shape.Name
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Object, ir.Union, ir.Raw, ir.Ref, ir.Null:
	}
	return describe(t)
}

func oneOf(values []ir.EnumValue) string {
	quoted := make([]string, 0, len(values))
	for _, v := range values {
		quoted = append(quoted, quote(v.Value))
	}
	return strings.Join(quoted, " | ")
}

// describeRaw lists the JSON types that a value may have, or the values themselves where there are only some.
func describeRaw(a *ir.AnyOf) string {
	if a.Any {
		return "any"
	}
	var kinds []string
	for _, v := range a.Enum {
		kinds = append(kinds, v.JSON)
	}
	if len(kinds) > shownValues {
		return "any"
	}
	if len(kinds) > 0 {
		return strings.Join(kinds, " | ")
	}
	for _, k := range []struct {
		name string
		may  bool
	}{
		{"string", a.String != nil},
		{"number", a.Number != nil},
		{"boolean", a.Boolean},
		{"array", a.Array != nil},
		{"object", a.Object != nil},
		{"null", a.Null},
	} {
		if k.may {
			kinds = append(kinds, k.name)
		}
	}
	return strings.Join(kinds, " or ")
}
