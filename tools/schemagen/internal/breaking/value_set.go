package breaking

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// view is a type looked at JSON type by JSON type, so that types of different kinds can be compared: a constant with an enum, an
// integer with a number, one scalar with a choice of several. Null has a place of its own. A JSON type of which no value is accepted is
// nil: two limits may exclude everything together.
type view struct {
	pos     ir.Pos
	null    bool
	boolean bool
	number  *numbers
	text    *texts
	array   *arrays
	object  *ir.Type // of kind Object, Map or Union
	members *members // what object is made of; nil for a union

	// closed: besides null, a value must equal one of values.
	closed bool
	values []value
}

// value is one of the values that a closed type accepts.
type value struct {
	kind ir.ValueKind
	json string // canonical; two values are equal if and only if this is
	text string // of a string: the string
}

// look returns the view of a type.
func (s *sets) look(t *ir.Type) view {
	null := t.Nullable
	for t.Kind == ir.Ref {
		t = t.Ref
		null = null || t.Nullable
	}
	v := view{pos: t.Pos, null: null}
	switch t.Kind {
	case ir.Boolean:
		v.boolean = true
	case ir.Integer:
		v.number = integers(t.Integer)
	case ir.Number:
		v.number = decimals(t.Number)
	case ir.String:
		v.text = s.textsOf(t.String)
	case ir.Enum:
		for _, e := range t.Enum {
			v.close(value{ir.StringValue, jsonString(e.Value), e.Value})
		}
	case ir.Const:
		v.close(value{t.Const.Kind, t.Const.JSON, t.Const.Text})
	case ir.Array:
		v.array = s.arraysOf(t.Array)
	case ir.Object, ir.Map, ir.Union:
		s.objects(&v, t)
	case ir.Raw:
		s.raw(&v, t)
	case ir.Null, ir.Ref:
		v.null = true
	}
	v.dropEmpty()
	return v
}

// objects sets what a view accepts of objects.
func (s *sets) objects(v *view, t *ir.Type) {
	if t.Kind == ir.Union {
		if slices.ContainsFunc(t.Union.Variants, func(v ir.Variant) bool { return s.hasValue(v.Type) }) {
			v.object = t
		}
		return
	}
	if v.members = s.membersOf(t); !v.members.empty {
		v.object = t
	}
}

// dropEmpty takes out of a view the JSON types of which no value is accepted.
func (v *view) dropEmpty() {
	if v.number != nil && v.number.empty {
		v.number = nil
	}
	if v.text != nil && v.text.empty {
		v.text = nil
	}
	if v.array != nil && v.array.empty {
		v.array = nil
	}
}

// raw fills the view of a type that accepts several JSON types.
func (s *sets) raw(v *view, t *ir.Type) {
	r := t.Raw
	if r.Any {
		v.anything(t)
		return
	}
	if len(r.Enum) > 0 {
		v.closed = true
		for _, e := range r.Enum {
			if held := map[ir.ValueKind]*ir.Type{ir.ArrayValue: r.Array, ir.ObjectValue: r.Object}[e.Kind]; held == nil || accepts(held, decode(e.JSON)) {
				v.close(value{e.Kind, e.JSON, e.Text})
			}
		}
		return
	}
	v.null, v.boolean = v.null || r.Null, r.Boolean
	if r.Number != nil {
		v.number = s.look(r.Number).number
	}
	if r.String != nil {
		v.text = s.look(r.String).text
	}
	if r.Array != nil {
		v.array = s.arraysOf(r.Array.Array)
	}
	if r.Object != nil {
		s.objects(v, r.Object)
	}
}

// anything makes a view accept every value of a JSON type; t is the type of all values.
func (v *view) anything(t *ir.Type) {
	v.null, v.boolean, v.number, v.text = true, true, (&numbers{}).narrow(), newTexts(&ir.StringLimits{})
	v.array = &arrays{ArrayOf: &ir.ArrayOf{Item: t}}
	v.object = &ir.Type{Pos: t.Pos, Kind: ir.Object, Object: &ir.Fields{}}
	v.members = &members{names: v.text, others: true}
}

// close adds a value to a closed type.
func (v *view) close(one value) {
	v.closed = true
	switch one.kind {
	case ir.NullValue:
		v.null = true
		return
	case ir.BooleanValue:
		v.boolean = true
	case ir.IntegerValue, ir.NumberValue:
		v.number = (&numbers{}).narrow()
	case ir.StringValue:
		v.text = newTexts(&ir.StringLimits{})
	case ir.ArrayValue:
		v.array = &arrays{ArrayOf: &ir.ArrayOf{}}
	case ir.ObjectValue:
		v.object = &ir.Type{Pos: v.pos, Kind: ir.Object, Object: &ir.Fields{}}
	}
	v.values = append(v.values, one)
}

// types names the JSON types that a view accepts, but for null.
func (v view) types() []string {
	var all []string
	add := func(has bool, name string) {
		if has {
			all = append(all, name)
		}
	}
	add(v.boolean, "boolean")
	add(v.number != nil, "number")
	add(v.text != nil, "string")
	add(v.array != nil, "array")
	add(v.object != nil, "object")
	return all
}

// without returns what is in a and not in b.
func without(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// plain reports whether a view accepts objects that are no union.
func (v view) plain() bool {
	return v.members != nil && v.object != nil && !v.closed
}
