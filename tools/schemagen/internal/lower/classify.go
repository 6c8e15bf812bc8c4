package lower

import (
	"cmp"
	"math/big"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// classify converts a shape to the type that fits best. n is the schema of the shape, for
// description and place.
func (l *lowerer) classify(s shape, n *schema.Node) *ir.Type {
	t := &ir.Type{Doc: n.Description(), Pos: n.Pos()}
	switch {
	case s.enumerated:
		l.enumeratedType(t, s)
	case s.coerce:
		t.Kind, t.Nullable = ir.Integer, s.null
		t.Integer = l.integerLimits(s.number, t.Pos)
		t.Integer.Coerce = true
	default:
		l.unconstrainedType(t, s)
	}
	return t
}

// unconstrainedType fills t from a shape without an enum.
func (l *lowerer) unconstrainedType(t *ir.Type, s shape) {
	parts := &ir.AnyOf{Null: s.null, Boolean: s.boolean}
	var only []*ir.Type
	part := func(made *ir.Type) *ir.Type {
		only = append(only, made)
		return made
	}
	if s.boolean {
		part(&ir.Type{Kind: ir.Boolean})
	}
	if s.number != nil {
		parts.Number = part(l.numberType(s.number, t.Pos))
	}
	if s.str != nil {
		parts.String = part(&ir.Type{Pos: t.Pos, Kind: ir.String, String: s.str.limits()})
	}
	if s.array != nil {
		parts.Array = part(l.arrayType(s.array, t.Pos))
	}
	if s.object != nil {
		parts.Object = part(l.objectType(s.object, t.Pos))
	}
	switch {
	case len(only) == 0 && s.null:
		t.Kind = ir.Null
	case len(only) == 1:
		doc, pos := t.Doc, t.Pos
		*t = *only[0]
		t.Doc, t.Pos, t.Nullable = doc, pos, s.null
	default:
		t.Kind, t.Raw = ir.Raw, parts
		if s.number != nil && s.number.integer && s.number.exceedsInt64() {
			l.problems.Add(t.Pos, "limits of an integer among other types must fit into 64 bits")
		}
	}
}

// exceedsInt64 reports whether a limit does not fit into an int64. Only used for integers inside a
// Raw type; integerLimits handles the others.
func (n *numberConstraints) exceedsInt64() bool {
	return n.low != nil && !n.low.ceil().IsInt64() || n.high != nil && !n.high.floor().IsInt64()
}

func (t *stringConstraints) limits() *ir.StringLimits {
	return &ir.StringLimits{MinLength: t.min, MaxLength: t.max, Pattern: t.pattern, Format: t.format, Secret: t.secret}
}

func (l *lowerer) numberType(n *numberConstraints, pos ir.Pos) *ir.Type {
	if n.integer {
		return &ir.Type{Pos: pos, Kind: ir.Integer, Integer: l.integerLimits(n, pos)}
	}
	out := &ir.NumberLimits{}
	if n.low != nil {
		if n.low.exclusive {
			out.ExclusiveMin = n.low.decimal()
		} else {
			out.Min = n.low.decimal()
		}
	}
	if n.high != nil {
		if n.high.exclusive {
			out.ExclusiveMax = n.high.decimal()
		} else {
			out.Max = n.high.decimal()
		}
	}
	if n.multiple != nil {
		out.MultipleOf = n.multiple.decimal()
	}
	return &ir.Type{Pos: pos, Kind: ir.Number, Number: out}
}

// integerLimits converts bounds to inclusive ones that fit an int64. A bound that no int64 can
// violate is dropped.
func (l *lowerer) integerLimits(n *numberConstraints, pos ir.Pos) *ir.IntegerLimits {
	out := &ir.IntegerLimits{}
	empty := false
	if n.low != nil {
		low := n.low.ceil()
		switch {
		case low.IsInt64():
			out.Min = new(low.Int64())
		case low.Sign() > 0:
			empty = true
		}
	}
	if n.high != nil {
		high := n.high.floor()
		switch {
		case high.IsInt64():
			out.Max = new(high.Int64())
		case high.Sign() < 0:
			empty = true
		}
	}
	if n.multiple != nil {
		step := leastCommonMultiple(*n.multiple, one()).rat()
		switch {
		case !step.Num().IsInt64():
			l.problems.Add(pos, "the only 64-bit integer that satisfies multipleOf is 0")
		case step.Num().Cmp(big.NewInt(1)) != 0:
			out.MultipleOf = new(step.Num().Int64())
		}
	}
	if empty || (out.Min != nil && out.Max != nil && *out.Min > *out.Max) {
		l.problems.Add(pos, "no 64-bit integer satisfies the limits")
	}
	return out
}

func (l *lowerer) arrayType(a *arrayConstraints, pos ir.Pos) *ir.Type {
	l.checkCounts(a.min, a.max, "items", pos)
	item := l.typeOfAll(a.items, pos)
	if isNever(item) { // only the empty array is valid
		return &ir.Type{Pos: pos, Kind: ir.Array, Array: &ir.ArrayOf{Item: item, MinItems: a.min, MaxItems: new(0)}}
	}
	return &ir.Type{Pos: pos, Kind: ir.Array, Array: &ir.ArrayOf{Item: item, MinItems: a.min, MaxItems: a.max, Unique: a.uniqueItems}}
}

func (l *lowerer) checkCounts(low int, high *int, what string, pos ir.Pos) {
	if high != nil && *high < low {
		l.problems.Add(pos, "the number of %s cannot be at least %d and at most %d", what, low, *high)
	}
}

// enumeratedType fills t from a shape with an enum.
func (l *lowerer) enumeratedType(t *ir.Type, s shape) {
	all := s
	all.enumerated = false
	var values []ir.Value
	for _, v := range s.enum {
		if all.accepts(v) && !slices.ContainsFunc(values, func(w ir.Value) bool { return w.JSON == v.JSON }) {
			values = append(values, v)
		}
	}
	count := map[ir.ValueKind]int{}
	for _, v := range values {
		count[v.Kind]++
	}
	strings, nulls, booleans := count[ir.StringValue], count[ir.NullValue], count[ir.BooleanValue]
	switch {
	case len(values) == 0:
		t.Kind, t.Raw = ir.Raw, &ir.AnyOf{}
	case len(values) == nulls:
		t.Kind = ir.Null
	case len(values) == strings+nulls && (!s.constant || len(values) > 1):
		t.Kind, t.Nullable = ir.Enum, nulls > 0
		t.Enum = enumMembers(values, s.docs)
	case booleans == 2 && len(values) == booleans+nulls:
		t.Kind, t.Nullable = ir.Boolean, nulls > 0
	case len(values) == 1 && isScalar(values[0]):
		t.Kind, t.Const = ir.Const, &values[0]
	default:
		t.Kind, t.Raw = ir.Raw, l.mixedEnum(s, values, t.Pos)
	}
}

func enumMembers(values []ir.Value, docs map[string]string) []ir.EnumValue {
	var all []ir.EnumValue
	for _, v := range values {
		if v.Kind == ir.StringValue {
			all = append(all, ir.EnumValue{Value: v.Text, Doc: docs[v.Text]})
		}
	}
	return all
}

func isScalar(v ir.Value) bool { return v.Kind != ir.ArrayValue && v.Kind != ir.ObjectValue }

// mixedEnum returns the constraints of a value that must equal one of several values of different
// kinds. Arrays and objects must also satisfy the rest of the shape; the scalars have already been
// checked.
func (l *lowerer) mixedEnum(s shape, values []ir.Value, pos ir.Pos) *ir.AnyOf {
	out := &ir.AnyOf{Enum: values}
	for _, v := range values {
		switch v.Kind {
		case ir.NullValue:
			out.Null = true
		case ir.BooleanValue:
			out.Boolean = true
		case ir.IntegerValue, ir.NumberValue:
			out.Number = cmp.Or(out.Number, &ir.Type{Pos: pos, Kind: ir.Number, Number: &ir.NumberLimits{}})
		case ir.StringValue:
			out.String = cmp.Or(out.String, &ir.Type{Pos: pos, Kind: ir.String, String: &ir.StringLimits{}})
		case ir.ArrayValue:
			if out.Array == nil {
				out.Array = l.arrayType(s.array, pos)
			}
		case ir.ObjectValue:
			if out.Object == nil {
				out.Object = l.objectType(s.object, pos)
			}
		}
	}
	return out
}
