package difftest

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// constraints is a schema merged with the schemas of its allOf.
type constraints struct {
	types    []string
	nullable bool // null is accepted too
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

func constraintsOf(s *jsonschema.Schema) *constraints {
	v := &constraints{
		minLength: -1, maxLength: -1, minItems: -1, maxItems: -1, minProperties: -1, maxProperties: -1,
		properties: map[string]*jsonschema.Schema{}, required: map[string]bool{},
	}
	if s != nil {
		v.intersect(s)
	}
	v.coerce = v.pattern != "" && slices.Contains(v.types, "integer") && slices.Contains(v.types, "string")
	return v
}

// intersect adds the constraints of s.
func (v *constraints) intersect(s *jsonschema.Schema) {
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
	v.intersectNumbers(s)
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
	v.intersectMembers(s)
	for _, part := range s.AllOf {
		v.intersect(part)
	}
}

func (v *constraints) intersectNumbers(s *jsonschema.Schema) {
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

func (v *constraints) intersectMembers(s *jsonschema.Schema) {
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

// integers returns the range of integers that v accepts, within the safe integers.
func (v *constraints) integers() (low, high int64) {
	low, high = -maxSafeInteger, maxSafeInteger
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

// numbers returns the range of numbers that v accepts; its ends may be excluded.
func (v *constraints) numbers() (low, high float64) {
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

// accepts reports whether v accepts any value of a JSON type.
func (v *constraints) accepts(kind string) bool {
	if v.constant != nil || len(v.enum) > 0 {
		return false // enumerated values do not depend on the type
	}
	return len(v.types) == 0 || slices.Contains(v.types, kind) || kind == "integer" && slices.Contains(v.types, "number")
}

// has reports whether text is one of the values that v enumerates.
func (v *constraints) has(text string) bool {
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
