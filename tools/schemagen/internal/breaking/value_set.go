package breaking

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// valueSet is the set of values that a type accepts, for each JSON type. So types of different
// kinds can be compared: a constant with an enum, an integer with a number, a scalar with a union
// of scalars. A JSON type without an accepted value is nil, even if only the combination of its
// limits excludes all values.
type valueSet struct {
	pos        ir.Pos
	null       bool
	boolean    bool
	number     *numberSet
	str        *stringSet
	array      *arraySet
	object     *ir.Type   // of kind Object, Map or Union
	properties *objectSet // the properties of object; nil for a union

	// enumerated: besides null, only the elements of values are accepted.
	enumerated bool
	values     []value
}

// value is an element of an enumerated set.
type value struct {
	kind ir.ValueKind
	json string // canonical, so two values are equal if their texts are
	text string // the string itself, for strings
}

// setOf returns the values that a type accepts.
func (s *analyzer) setOf(t *ir.Type) valueSet {
	null := t.Nullable
	for t.Kind == ir.Ref {
		t = t.Ref
		null = null || t.Nullable
	}
	v := valueSet{pos: t.Pos, null: null}
	switch t.Kind {
	case ir.Boolean:
		v.boolean = true
	case ir.Integer:
		v.number = newIntegerSet(t.Integer)
	case ir.Number:
		v.number = newNumberSet(t.Number)
	case ir.String:
		v.str = s.stringSetOf(t.String)
	case ir.Enum:
		for _, e := range t.Enum {
			v.addEnumValue(value{ir.StringValue, jsonString(e.Value), e.Value})
		}
	case ir.Const:
		v.addEnumValue(value{t.Const.Kind, t.Const.JSON, t.Const.Text})
	case ir.Array:
		v.array = s.arraySetOf(t.Array)
	case ir.Object, ir.Map, ir.Union:
		s.fillObject(&v, t)
	case ir.Raw:
		s.fillRaw(&v, t)
	case ir.Null, ir.Ref:
		v.null = true
	}
	v.dropEmpty()
	return v
}

// fillObject sets the accepted objects.
func (s *analyzer) fillObject(v *valueSet, t *ir.Type) {
	if t.Kind == ir.Union {
		if slices.ContainsFunc(t.Union.Variants, func(v ir.Variant) bool { return s.hasValue(v.Type) }) {
			v.object = t
		}
		return
	}
	if v.properties = s.objectSetOf(t); !v.properties.empty {
		v.object = t
	}
}

// dropEmpty removes the JSON types without an accepted value.
func (v *valueSet) dropEmpty() {
	if v.number != nil && v.number.empty {
		v.number = nil
	}
	if v.str != nil && v.str.empty {
		v.str = nil
	}
	if v.array != nil && v.array.empty {
		v.array = nil
	}
}

// fillRaw fills the set of a type that accepts several JSON types.
func (s *analyzer) fillRaw(v *valueSet, t *ir.Type) {
	r := t.Raw
	if r.Any {
		v.setAny(t)
		return
	}
	if len(r.Enum) > 0 {
		v.enumerated = true
		for _, e := range r.Enum {
			if held := map[ir.ValueKind]*ir.Type{ir.ArrayValue: r.Array, ir.ObjectValue: r.Object}[e.Kind]; held == nil || accepts(held, decode(e.JSON)) {
				v.addEnumValue(value{e.Kind, e.JSON, e.Text})
			}
		}
		return
	}
	v.null, v.boolean = v.null || r.Null, r.Boolean
	if r.Number != nil {
		v.number = s.setOf(r.Number).number
	}
	if r.String != nil {
		v.str = s.setOf(r.String).str
	}
	if r.Array != nil {
		v.array = s.arraySetOf(r.Array.Array)
	}
	if r.Object != nil {
		s.fillObject(v, r.Object)
	}
}

// setAny makes the set accept every JSON value. t is the type of all values.
func (v *valueSet) setAny(t *ir.Type) {
	v.null, v.boolean, v.number, v.str = true, true, (&numberSet{}).normalize(), newStringSet(&ir.StringLimits{})
	v.array = &arraySet{ArrayOf: &ir.ArrayOf{Item: t}}
	v.object = &ir.Type{Pos: t.Pos, Kind: ir.Object, Object: &ir.Fields{}}
	v.properties = &objectSet{keyNames: v.str, allowsOtherKeys: true}
}

// addEnumValue adds a value to an enumerated set.
func (v *valueSet) addEnumValue(one value) {
	v.enumerated = true
	switch one.kind {
	case ir.NullValue:
		v.null = true
		return
	case ir.BooleanValue:
		v.boolean = true
	case ir.IntegerValue, ir.NumberValue:
		v.number = (&numberSet{}).normalize()
	case ir.StringValue:
		v.str = newStringSet(&ir.StringLimits{})
	case ir.ArrayValue:
		v.array = &arraySet{ArrayOf: &ir.ArrayOf{}}
	case ir.ObjectValue:
		v.object = &ir.Type{Pos: v.pos, Kind: ir.Object, Object: &ir.Fields{}}
	}
	v.values = append(v.values, one)
}

// jsonTypes returns the JSON types in the set, without null.
func (v valueSet) jsonTypes() []string {
	var all []string
	add := func(has bool, name string) {
		if has {
			all = append(all, name)
		}
	}
	add(v.boolean, "boolean")
	add(v.number != nil, "number")
	add(v.str != nil, "string")
	add(v.array != nil, "array")
	add(v.object != nil, "object")
	return all
}

// difference returns the strings of a that are not in b.
func difference(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// isPlainObject reports whether the set contains objects that are not a union.
func (v valueSet) isPlainObject() bool {
	return v.properties != nil && v.object != nil && !v.enumerated
}
