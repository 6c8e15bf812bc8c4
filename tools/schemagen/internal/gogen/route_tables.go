package gogen

import (
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// messagesFile prints the table of requests.
func (r *routeEmitter) messagesFile(w *emit.Writer) {
	w.In("var messages = []*Message{")
	for _, n := range r.nouns {
		for _, m := range n.requests {
			r.messageEntry(w, m)
		}
	}
	w.Out("}")
}

func (r *routeEmitter) messageEntry(w *emit.Writer, m *routeRequest) {
	w.In("{")
	w.P("Type: ", quote(m.ir.Wire), ", Method: ", quote(m.method), ", Noun: ", quote(m.ir.Noun), ",")
	w.P("Description: ", quote(m.ir.Type.Doc), ",")
	w.P("Auth: ", authName(m.ir.Auth), ", Mutates: ", strconv.FormatBool(m.ir.Mutates), ",")
	stringList(w, "Emits", wires(m.ir.Emits))
	stringList(w, "Errors", m.ir.Errors)
	argList(w, "Args", m.ir.Type.Object)
	w.P("Answer: ", quote(m.answer.description), ", AnswerFrame: ", quote(m.answer.frame), ",")
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

// argList prints the fields of an object as a list of Arg.
func argList(w *emit.Writer, field string, fields *ir.Fields) {
	if len(fields.Fields) == 0 {
		return
	}
	w.In(field, ": []Arg{")
	for _, f := range fields.Fields {
		w.P("{Name: ", quote(f.Name), ", Type: ", quote(describeType(f.Type)), ", Limits: ", quote(limitsText(f)),
			", Description: ", quote(docOf(f)), ", Required: ", strconv.FormatBool(f.Required), "},")
	}
	w.Out("},")
}

// limitsText describes the limits and the default of a field.
func limitsText(f *ir.Field) string {
	core := f.Type.Deref()
	text := limits(core)
	if n := len(core.Enum); n > maxShownValues {
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

// docOf returns the description of a field, or else that of its type.
func docOf(f *ir.Field) string {
	for t := f.Type; f.Doc == ""; t = t.Ref {
		if t.Doc != "" || t.Kind != ir.Ref {
			return t.Doc
		}
	}
	return f.Doc
}

// broadcastsFile prints the table of broadcasts.
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
		argList(w, "Fields", b.Type.Object)
		w.Out("},")
	}
	w.Out("}")
}

// maxShownValues is the number of enum values that the tables list. A longer enum is only listed at
// its type: 200 fields with an enum of 1,500 values made a table of 4 MB.
const maxShownValues = 32

// describeType describes the values of a type, such as "array of User" or "integer or null". It
// names objects and unions. It spells out scalars, because their type names mean nothing to
// somebody who writes a frame by hand.
func describeType(t *ir.Type) string {
	if t.Nullable {
		plain := *t
		plain.Nullable = false
		return describeType(&plain) + " or null"
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
		if len(t.Enum) > maxShownValues {
			return "string" // limitsText says how many values there are
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
		return describeType(t.Ref)
	case ir.Null:
		return "null"
	}
	return ""
}

// describeItem describes a type inside an array or a map. It names arrays and maps, which may be
// recursive.
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
	return describeType(t)
}

func oneOf(values []ir.EnumValue) string {
	quoted := make([]string, 0, len(values))
	for _, v := range values {
		quoted = append(quoted, quote(v.Value))
	}
	return strings.Join(quoted, " | ")
}

// describeRaw lists the JSON types of a value, or the values themselves if it is an enum.
func describeRaw(a *ir.AnyOf) string {
	if a.Any {
		return "any"
	}
	var kinds []string
	for _, v := range a.Enum {
		kinds = append(kinds, v.JSON)
	}
	if len(kinds) > maxShownValues {
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
