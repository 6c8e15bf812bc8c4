package breaking

import (
	"math/big"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// view is a type looked at JSON type by JSON type, so that types of different kinds can be compared: a constant with an enum, an
// integer with a number, one scalar with a choice of several. Null has a place of its own.
type view struct {
	pos     ir.Pos
	null    bool
	boolean bool
	number  *numbers
	text    *ir.StringLimits
	array   *ir.ArrayOf
	object  *ir.Type // of kind Object, Map or Union

	// closed: besides null, a value must equal one of values.
	closed bool
	values []value
}

// numbers is what a number must satisfy.
type numbers struct {
	integer  bool // it has no fraction
	coerce   bool // a string of digits is read as one
	low      *bound
	high     *bound
	multiple *big.Rat // positive; nil: any
}

// bound is an end of a range.
type bound struct {
	at        *big.Rat
	exclusive bool
	text      string
}

// value is one of the values that a closed type accepts.
type value struct {
	kind ir.ValueKind
	json string // canonical; two values are equal if and only if this is
	text string // of a string: the string
}

// look returns the view of a type.
func look(t *ir.Type) view {
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
		v.text = t.String
	case ir.Enum:
		for _, e := range t.Enum {
			v.close(value{ir.StringValue, jsonString(e.Value), e.Value})
		}
	case ir.Const:
		v.close(value{t.Const.Kind, t.Const.JSON, t.Const.Text})
	case ir.Array:
		v.array = t.Array
	case ir.Object, ir.Map, ir.Union:
		v.object = t
	case ir.Raw:
		v.raw(t)
	case ir.Null, ir.Ref:
		v.null = true
	}
	return v
}

// raw fills the view of a type that accepts several JSON types.
func (v *view) raw(t *ir.Type) {
	r := t.Raw
	if r.Any {
		v.null, v.boolean, v.number, v.text = true, true, &numbers{}, &ir.StringLimits{}
		v.array = &ir.ArrayOf{Item: t}
		v.object = &ir.Type{Pos: t.Pos, Kind: ir.Object, Object: &ir.Fields{}}
		return
	}
	if len(r.Enum) > 0 {
		for _, e := range r.Enum {
			v.close(value{e.Kind, e.JSON, e.Text})
		}
		return
	}
	v.null, v.boolean, v.array, v.object = v.null || r.Null, r.Boolean, nil, r.Object
	if r.Number != nil {
		v.number = look(r.Number).number
	}
	if r.String != nil {
		inner := look(r.String)
		v.text = inner.text
	}
	if r.Array != nil {
		v.array = r.Array.Array
	}
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
		v.number = &numbers{}
	case ir.StringValue:
		v.text = &ir.StringLimits{}
	case ir.ArrayValue:
		v.array = &ir.ArrayOf{Item: &ir.Type{Pos: v.pos, Kind: ir.Raw, Raw: &ir.AnyOf{Any: true}}}
	case ir.ObjectValue:
		v.object = &ir.Type{Pos: v.pos, Kind: ir.Object, Object: &ir.Fields{}}
	}
	v.values = append(v.values, one)
}

// enumerated is a view in which booleans, where nothing else is accepted, are two values of a closed type.
func (v view) enumerated() view {
	if v.closed || !v.boolean || v.number != nil || v.text != nil || v.array != nil || v.object != nil {
		return v
	}
	out := view{pos: v.pos, null: v.null}
	out.close(value{kind: ir.BooleanValue, json: "false"})
	out.close(value{kind: ir.BooleanValue, json: "true"})
	return out
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

func integers(l *ir.IntegerLimits) *numbers {
	out := &numbers{integer: true, coerce: l.Coerce}
	if l.Min != nil {
		out.low = integerBound(*l.Min)
	}
	if l.Max != nil {
		out.high = integerBound(*l.Max)
	}
	if l.MultipleOf != nil {
		out.multiple = new(big.Rat).SetInt64(*l.MultipleOf)
	}
	return out
}

func integerBound(at int64) *bound {
	r := new(big.Rat).SetInt64(at)
	return &bound{at: r, text: r.RatString()}
}

func decimals(l *ir.NumberLimits) *numbers {
	out := &numbers{low: decimalBound(l.Min, l.ExclusiveMin), high: decimalBound(l.Max, l.ExclusiveMax)}
	if l.MultipleOf != "" {
		out.multiple = rat(l.MultipleOf)
		out.integer = out.multiple.IsInt()
	}
	return out
}

// decimalBound is an end of a range, of which at most one form is given.
func decimalBound(inclusive, exclusive ir.Decimal) *bound {
	switch {
	case inclusive != "":
		return &bound{at: rat(inclusive), text: string(inclusive)}
	case exclusive != "":
		return &bound{at: rat(exclusive), exclusive: true, text: string(exclusive)}
	}
	return nil
}

// rat is the value of a Decimal, which SetString reads whatever it is.
func rat(d ir.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// members is what an object or a map is made of.
type members struct {
	fields     []*ir.Field
	closed     bool
	extra      *ir.Type // type of the values of keys without a name; nil: they mean nothing
	least      int
	most       *int
	names      *ir.Type
	nullAbsent bool
}

// membersOf is what a type of kind Object or Map is made of.
func membersOf(t *ir.Type) members {
	if t.Kind == ir.Map {
		m := t.Map
		return members{extra: m.Value, least: m.MinProps, most: m.MaxProps, names: m.Names}
	}
	o := t.Object
	return members{
		fields: o.Fields, closed: o.Closed, extra: o.Extra, least: o.MinProps, most: o.MaxProps, names: o.Names, nullAbsent: o.NullAbsent,
	}
}

// field returns the field of a name, or nil.
func (m members) field(name string) *ir.Field {
	for _, f := range m.fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// plain reports whether a view accepts objects that are no union.
func (v view) plain() bool {
	return v.object != nil && v.object.Kind != ir.Union && !v.closed
}
