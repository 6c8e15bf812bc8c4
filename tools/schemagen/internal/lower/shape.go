package lower

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// shape is the set of JSON values that a schema accepts, JSON type by JSON type. A nil pointer or false refuses that type.
type shape struct {
	null, boolean bool
	number        *numbers
	text          *texts
	array         *arrays
	object        *objects

	// enum, when closed is set, is all that is accepted of the above.
	enum   []ir.Value
	closed bool
	// constant: the enum comes from the keyword const.
	constant bool
	// docs are the descriptions of the strings of the enum.
	docs map[string]string
	// coerce: strings of digits are read as integers.
	coerce bool
}

// numbers bounds a number.
type numbers struct {
	integer  bool
	low      *bound
	high     *bound
	multiple *number
}

// texts bounds a string.
type texts struct {
	min     int
	max     *int
	pattern *ir.Pattern
	format  ir.Format
	secret  bool
}

// arrays bounds an array.
type arrays struct {
	items  conjunction
	min    int
	max    *int
	unique bool
}

// conjunction is a list of schemas that all hold. Empty, it accepts everything.
type conjunction []*schema.Node

// anything is the shape of the schema true.
func anything() shape {
	return shape{null: true, boolean: true, number: &numbers{}, text: &texts{}, array: &arrays{}, object: &objects{}}
}

// nothing is the schema false.
func nothing() *schema.Node { return &schema.Node{Value: &schema.Value{Kind: schema.False}} }

// and is the intersection of two shapes; what has no exact form is noted at pos.
func (l *lowerer) and(a, b shape, pos ir.Pos) shape {
	out := shape{null: a.null && b.null, boolean: a.boolean && b.boolean, coerce: a.coerce || b.coerce}
	if a.number != nil && b.number != nil {
		out.number = andNumbers(a.number, b.number)
	}
	if a.text != nil && b.text != nil {
		out.text = l.andTexts(a.text, b.text, pos)
	}
	if a.array != nil && b.array != nil {
		out.array = &arrays{
			items:  union(a.array.items, b.array.items),
			min:    max(a.array.min, b.array.min),
			max:    least(a.array.max, b.array.max),
			unique: a.array.unique || b.array.unique,
		}
	}
	if a.object != nil && b.object != nil {
		out.object = andObjects(a.object, b.object)
	}
	out.andEnums(a, b)
	return out
}

func (s *shape) andEnums(a, b shape) {
	s.closed, s.constant = a.closed || b.closed, a.constant || b.constant
	s.docs = a.docs
	if s.docs == nil {
		s.docs = b.docs
	}
	switch {
	case !a.closed:
		s.enum = b.enum
	case !b.closed:
		s.enum = a.enum
	default:
		s.enum = nil // s may be a or b
		for _, v := range a.enum {
			if slices.ContainsFunc(b.enum, func(w ir.Value) bool { return w.JSON == v.JSON }) {
				s.enum = append(s.enum, v)
			}
		}
	}
}

func andNumbers(a, b *numbers) *numbers {
	out := &numbers{integer: a.integer || b.integer, low: a.low, high: a.high, multiple: a.multiple}
	if b.low != nil && (out.low == nil || higher(*b.low, *out.low)) {
		out.low = b.low
	}
	if b.high != nil && (out.high == nil || lower(*b.high, *out.high)) {
		out.high = b.high
	}
	if b.multiple != nil {
		step := *b.multiple
		if out.multiple != nil {
			step = commonMultiple(step, *out.multiple)
		}
		out.multiple = &step
	}
	return out
}

// higher reports whether lower bound a leaves fewer numbers than b; lower does so for upper bounds.
func higher(a, b bound) bool {
	order := a.compare(b.number)
	return order > 0 || (order == 0 && a.exclusive)
}

func lower(a, b bound) bool {
	order := a.compare(b.number)
	return order < 0 || (order == 0 && a.exclusive)
}

func (l *lowerer) andTexts(a, b *texts, pos ir.Pos) *texts {
	out := *a
	out.min = max(a.min, b.min)
	out.max = least(a.max, b.max)
	out.secret = a.secret || b.secret
	switch {
	case a.pattern == nil:
		out.pattern = b.pattern
	case b.pattern != nil && a.pattern.Source != b.pattern.Source:
		l.problems.Add(pos, "two patterns for one string: %q and %q", a.pattern.Source, b.pattern.Source)
	}
	switch {
	case a.format == ir.FormatNone:
		out.format = b.format
	case b.format != ir.FormatNone && a.format != b.format:
		l.problems.Add(pos, "two formats for one string")
	}
	return &out
}

// least is the smaller of two upper bounds, of which nil is none.
func least(a, b *int) *int {
	if a == nil || (b != nil && *b < *a) {
		return b
	}
	return a
}

// admits reports whether the shape accepts a value. Of an array or object it only knows whether the JSON type is accepted.
func (s shape) admits(v ir.Value) bool {
	if s.closed && !slices.ContainsFunc(s.enum, func(w ir.Value) bool { return w.JSON == v.JSON }) {
		return false
	}
	switch v.Kind {
	case ir.NullValue:
		return s.null
	case ir.BooleanValue:
		return s.boolean
	case ir.IntegerValue, ir.NumberValue:
		return s.number != nil && s.number.admits(parseNumber(v.JSON))
	case ir.StringValue:
		return s.text != nil && s.text.admits(v.Text)
	case ir.ArrayValue:
		return s.array != nil
	case ir.ObjectValue:
		return s.object != nil
	}
	return false
}

func (n *numbers) admits(v number) bool {
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

func (t *texts) admits(s string) bool {
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
