package difftest

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// view is one schema with the schemas of its allOf laid over it.
type view struct {
	types    []string
	nullable bool // null is accepted beside what the rest says
	constant *any
	enum     []any

	minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf *big.Rat

	minLength, maxLength int
	pattern, format      string
	coerce               bool

	items              *jsonschema.Schema
	minItems, maxItems int
	unique             bool

	properties                   map[string]*jsonschema.Schema
	required                     map[string]bool
	closed                       bool
	additional, names            *jsonschema.Schema
	minProperties, maxProperties int
}

func viewOf(s *jsonschema.Schema) *view {
	v := &view{
		minLength: -1, maxLength: -1, minItems: -1, maxItems: -1, minProperties: -1, maxProperties: -1,
		properties: map[string]*jsonschema.Schema{}, required: map[string]bool{},
	}
	if s != nil {
		v.lay(s)
	}
	v.coerce = v.pattern != "" && slices.Contains(v.types, "integer") && slices.Contains(v.types, "string")
	return v
}

// lay adds what s asks for.
func (v *view) lay(s *jsonschema.Schema) {
	for s.Ref != nil {
		s = s.Ref
	}
	if len(s.Types) > 0 {
		v.types = s.Types
	}
	if len(s.Constant) > 0 {
		v.constant = &s.Constant[0]
	}
	if len(s.Enum) > 0 {
		v.enum = s.Enum
	}
	v.layNumbers(s)
	v.minLength, v.maxLength = max(v.minLength, s.MinLength), max(v.maxLength, s.MaxLength)
	if s.Pattern != nil {
		v.pattern = s.Pattern.String()
	}
	if s.Format != "" {
		v.format = s.Format
	}
	v.minItems, v.maxItems, v.unique = max(v.minItems, s.MinItems), max(v.maxItems, s.MaxItems), v.unique || s.UniqueItems
	if items, ok := s.Items.(*jsonschema.Schema); ok {
		v.items = items
	}
	v.layMembers(s)
	for _, part := range s.AllOf {
		v.lay(part)
	}
}

func (v *view) layNumbers(s *jsonschema.Schema) {
	for _, x := range []struct{ to, from **big.Rat }{
		{&v.minimum, &s.Minimum},
		{&v.maximum, &s.Maximum},
		{&v.exclusiveMinimum, &s.ExclusiveMinimum},
		{&v.exclusiveMaximum, &s.ExclusiveMaximum},
		{&v.multipleOf, &s.MultipleOf},
	} {
		if *x.from != nil {
			*x.to = *x.from
		}
	}
}

func (v *view) layMembers(s *jsonschema.Schema) {
	maps.Copy(v.properties, s.Properties)
	for _, name := range s.Required {
		v.required[name] = true
	}
	switch a := s.AdditionalProperties.(type) {
	case bool:
		v.closed = v.closed || !a
	case *jsonschema.Schema:
		v.additional = a
	}
	if s.PropertyNames != nil {
		v.names = s.PropertyNames
	}
	v.minProperties, v.maxProperties = max(v.minProperties, s.MinProperties), max(v.maxProperties, s.MaxProperties)
}

// integers is the range of integers that v accepts, within what every reader holds.
func (v *view) integers() (low, high int64) {
	low, high = -safe, safe
	one := big.NewRat(1, 1)
	for _, bound := range []*big.Rat{v.minimum, add(v.exclusiveMinimum, one)} {
		if bound != nil && bound.IsInt() {
			low = max(low, bound.Num().Int64())
		}
	}
	for _, bound := range []*big.Rat{v.maximum, add(v.exclusiveMaximum, one.Neg(one))} {
		if bound != nil && bound.IsInt() {
			high = min(high, bound.Num().Int64())
		}
	}
	return low, high
}

func add(x, y *big.Rat) *big.Rat {
	if x == nil {
		return nil
	}
	return new(big.Rat).Add(x, y)
}

// numbers is the range of numbers that v accepts, its ends perhaps excluded.
func (v *view) numbers() (low, high float64) {
	low, high = -1e9, 1e9
	for _, bound := range []*big.Rat{v.minimum, v.exclusiveMinimum} {
		if bound != nil {
			f, _ := bound.Float64()
			low = math.Max(low, f)
		}
	}
	for _, bound := range []*big.Rat{v.maximum, v.exclusiveMaximum} {
		if bound != nil {
			f, _ := bound.Float64()
			high = math.Min(high, f)
		}
	}
	return low, high
}

// accepts reports whether v accepts values of a JSON type at all.
func (v *view) accepts(kind string) bool {
	if v.constant != nil || len(v.enum) > 0 {
		return false // which values, does not depend on the type
	}
	return len(v.types) == 0 || slices.Contains(v.types, kind) || kind == "integer" && slices.Contains(v.types, "number")
}

// has reports whether text is one of the values that v spells out.
func (v *view) has(text string) bool {
	all := v.enum
	if v.constant != nil {
		all = []any{*v.constant}
	}
	for _, value := range all {
		if mine, err := json.Marshal(value); err == nil && string(mine) == text {
			return true
		}
	}
	return false
}
