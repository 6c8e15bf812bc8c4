package lower

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// shape is the set of JSON values that a schema accepts, for each JSON type. A nil pointer or false
// refuses that type.
type shape struct {
	null, boolean bool
	number        *numberConstraints
	str           *stringConstraints
	array         *arrayConstraints
	object        *objectConstraints

	// enum lists the only accepted values if enumerated is set. They must also satisfy the above.
	enum       []ir.Value
	enumerated bool
	// constant: the enum comes from the keyword const.
	constant bool
	// docs are the descriptions of the strings in the enum.
	docs map[string]string
	// coerce: strings of digits are accepted as integers (x-coerce).
	coerce bool
}

// numberConstraints restricts a number.
type numberConstraints struct {
	integer  bool
	low      *bound
	high     *bound
	multiple *number
}

// stringConstraints restricts a string.
type stringConstraints struct {
	min     int
	max     *int
	pattern *ir.Pattern
	format  ir.Format
	secret  bool
}

// arrayConstraints restricts an array.
type arrayConstraints struct {
	items       conjunction
	min         int
	max         *int
	uniqueItems bool
}

// conjunction is a list of schemas that must all match. An empty one accepts everything.
type conjunction []*schema.Node

// anyShape is the shape of the schema true.
func anyShape() shape {
	return shape{null: true, boolean: true, number: &numberConstraints{}, str: &stringConstraints{}, array: &arrayConstraints{}, object: &objectConstraints{}}
}

// falseSchema is the schema false.
func falseSchema() *schema.Node { return &schema.Node{Value: &schema.Value{Kind: schema.False}} }

// intersect returns the intersection of two shapes. It reports a problem at pos if there is no
// exact one.
func (l *lowerer) intersect(a, b shape, pos ir.Pos) shape {
	out := shape{null: a.null && b.null, boolean: a.boolean && b.boolean, coerce: a.coerce || b.coerce}
	if a.number != nil && b.number != nil {
		out.number = intersectNumbers(a.number, b.number)
	}
	if a.str != nil && b.str != nil {
		out.str = l.intersectStrings(a.str, b.str, pos)
	}
	if a.array != nil && b.array != nil {
		out.array = &arrayConstraints{
			items:       mergeLists(a.array.items, b.array.items),
			min:         max(a.array.min, b.array.min),
			max:         smallerMax(a.array.max, b.array.max),
			uniqueItems: a.array.uniqueItems || b.array.uniqueItems,
		}
	}
	if a.object != nil && b.object != nil {
		out.object = intersectObjects(a.object, b.object)
	}
	out.intersectEnums(a, b)
	return out
}

func (s *shape) intersectEnums(a, b shape) {
	s.enumerated, s.constant = a.enumerated || b.enumerated, a.constant || b.constant
	s.docs = a.docs
	if s.docs == nil {
		s.docs = b.docs
	}
	switch {
	case !a.enumerated:
		s.enum = b.enum
	case !b.enumerated:
		s.enum = a.enum
	default:
		s.enum = nil // s may be an alias of a or b
		for _, v := range a.enum {
			if slices.ContainsFunc(b.enum, func(w ir.Value) bool { return w.JSON == v.JSON }) {
				s.enum = append(s.enum, v)
			}
		}
	}
}

func intersectNumbers(a, b *numberConstraints) *numberConstraints {
	out := &numberConstraints{integer: a.integer || b.integer, low: a.low, high: a.high, multiple: a.multiple}
	if b.low != nil && (out.low == nil || higher(*b.low, *out.low)) {
		out.low = b.low
	}
	if b.high != nil && (out.high == nil || lower(*b.high, *out.high)) {
		out.high = b.high
	}
	if b.multiple != nil {
		step := *b.multiple
		if out.multiple != nil {
			step = leastCommonMultiple(step, *out.multiple)
		}
		out.multiple = &step
	}
	return out
}

// higher reports whether lower bound a is stricter than b. lower does the same for upper bounds.
func higher(a, b bound) bool {
	order := a.compare(b.number)
	return order > 0 || (order == 0 && a.exclusive)
}

func lower(a, b bound) bool {
	order := a.compare(b.number)
	return order < 0 || (order == 0 && a.exclusive)
}

func (l *lowerer) intersectStrings(a, b *stringConstraints, pos ir.Pos) *stringConstraints {
	out := *a
	out.min = max(a.min, b.min)
	out.max = smallerMax(a.max, b.max)
	out.secret = a.secret || b.secret
	switch {
	case a.pattern == nil:
		out.pattern = b.pattern
	case b.pattern != nil && a.pattern.Source != b.pattern.Source:
		l.problems.Add(pos, "a string cannot have two patterns: %q and %q", a.pattern.Source, b.pattern.Source)
	}
	switch {
	case a.format == ir.FormatNone:
		out.format = b.format
	case b.format != ir.FormatNone && a.format != b.format:
		l.problems.Add(pos, "a string cannot have two formats")
	}
	return &out
}

// smallerMax returns the smaller of two upper bounds; nil means unbounded.
func smallerMax(a, b *int) *int {
	if a == nil || (b != nil && *b < *a) {
		return b
	}
	return a
}

// accepts reports whether the shape accepts a value. For arrays and objects it only checks the JSON
// type and the enum.
func (s shape) accepts(v ir.Value) bool {
	if s.enumerated && !slices.ContainsFunc(s.enum, func(w ir.Value) bool { return w.JSON == v.JSON }) {
		return false
	}
	switch v.Kind {
	case ir.NullValue:
		return s.null
	case ir.BooleanValue:
		return s.boolean
	case ir.IntegerValue, ir.NumberValue:
		return s.number != nil && s.number.accepts(parseNumber(v.JSON))
	case ir.StringValue:
		return s.str != nil && s.str.accepts(v.Text)
	case ir.ArrayValue:
		return s.array != nil
	case ir.ObjectValue:
		return s.object != nil
	}
	return false
}

func (n *numberConstraints) accepts(v number) bool {
	switch {
	case n.integer && !v.integer():
		return false
	case n.low != nil && (v.compare(n.low.number) < 0 || (n.low.exclusive && v.compare(n.low.number) == 0)):
		return false
	case n.high != nil && (v.compare(n.high.number) > 0 || (n.high.exclusive && v.compare(n.high.number) == 0)):
		return false
	}
	return n.multiple == nil || v.divisible(*n.multiple)
}

func (t *stringConstraints) accepts(s string) bool {
	length := utf8.RuneCountInString(s)
	if length < t.min || (t.max != nil && length > *t.max) {
		return false
	}
	if t.format != ir.FormatNone {
		for name, format := range formats {
			if format == t.format && !jsonschema.Formats[name](s) {
				return false
			}
		}
	}
	return t.pattern == nil || regexp.MustCompile(t.pattern.Source).MatchString(s)
}
