package docgen

import (
	"math/big"
	"strings"

	"seg.example/tools/schemagen/internal/inhabited"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// sampler generates values. The ranks say which types have finite values, so that it terminates for
// recursive types.
type sampler struct {
	inhabited.Depths

	hints bool // use the schema's own examples first; they may be invalid
}

// sample generates the smallest value of a type. It does not consider every constraint, so the
// schema must validate the result.
func (k sampler) sample(t *ir.Type) *schema.Value {
	if v := k.hint(t); v != nil {
		return v
	}
	core := t.Deref()
	if _, ends := k.Of(t); acceptsNull(t) || !ends {
		return &schema.Value{Kind: schema.Null}
	}
	switch core.Kind {
	case ir.Boolean:
		return jsonTrue()
	case ir.Integer:
		return number(sampleInteger(core.Integer))
	case ir.Number:
		return number(sampleNumber(core.Number))
	case ir.String:
		return text(sampleText(core.String))
	case ir.Enum:
		return text(core.Enum[0].Value)
	case ir.Const:
		return parseOrNil(core.Const.JSON)
	case ir.Array:
		items := []*schema.Value{}
		for range core.Array.MinItems {
			items = append(items, k.sample(core.Array.Item))
		}
		return array(items...)
	case ir.Object:
		v := object()
		for _, f := range core.Object.Fields {
			if f.Required {
				v.Members = append(v.Members, member(f.Name, k.sample(f.Type)))
			}
		}
		return v
	case ir.Map:
		return object()
	case ir.Union:
		return k.sample(k.SmallestVariant(core.Union).Type)
	case ir.Raw:
		return k.sampleRaw(core.Raw)
	case ir.Ref, ir.Null:
	}
	return &schema.Value{Kind: schema.Null}
}

// hint is the first example of a type in the schema; nil if there is none.
func (k sampler) hint(t *ir.Type) *schema.Value {
	for ; k.hints; t = t.Ref {
		if len(t.Examples) > 0 {
			return parseOrNil(t.Examples[0].JSON)
		}
		if t.Kind != ir.Ref {
			break
		}
	}
	return nil
}

// sampleInteger is 1, or the valid integer nearest to it.
func sampleInteger(l *ir.IntegerLimits) string {
	n := int64(1)
	if l.Min != nil {
		n = max(n, *l.Min)
	}
	if l.Max != nil {
		n = min(n, *l.Max)
	}
	if m := l.MultipleOf; m != nil {
		n = (n + *m - 1) / *m * *m
	}
	return number64(n)
}

func number64(n int64) string { return big.NewInt(n).String() }

func sampleNumber(l *ir.NumberLimits) string {
	for _, bound := range []ir.Decimal{l.Min, l.Max, l.MultipleOf} {
		if bound != "" {
			return string(bound)
		}
	}
	bound, ok := new(big.Rat).SetString(string(l.ExclusiveMin))
	if !ok {
		return "1"
	}
	whole := new(big.Int).Add(new(big.Int).Div(bound.Num(), bound.Denom()), big.NewInt(1))
	return whole.String()
}

// sampleText is a string of dots or, if there is a pattern, a string that matches it.
func sampleText(l *ir.StringLimits) string {
	switch l.Format {
	case ir.FormatDateTime:
		return "2026-01-01T00:00:00Z"
	case ir.FormatUUID:
		return "00000000-0000-4000-8000-000000000000"
	case ir.FormatURI:
		return "https://example.org/"
	case ir.FormatEmail:
		return "ann@example.org"
	case ir.FormatNone:
	}
	if l.Pattern == nil {
		return strings.Repeat(".", max(1, l.MinLength))
	}
	if len(l.Pattern.Steps) == 0 {
		return samplePatternMatch(l)
	}
	var out strings.Builder
	missing := l.MinLength
	for _, s := range l.Pattern.Steps {
		missing -= s.Min
	}
	for _, s := range l.Pattern.Steps {
		n := s.Min
		for missing > 0 && (s.Max < 0 || n < s.Max) {
			n++
			missing--
		}
		last := s.Ranges[len(s.Ranges)-1]
		out.WriteString(strings.Repeat(string(rune(last.Low)), n))
	}
	return out.String()
}

func (k sampler) sampleRaw(a *ir.AnyOf) *schema.Value {
	switch {
	case len(a.Enum) > 0:
		return parseOrNil(a.Enum[0].JSON)
	case a.String != nil:
		return k.sample(a.String)
	case a.Number != nil:
		return k.sample(a.Number)
	case a.Boolean:
		return jsonTrue()
	case !a.Null && k.SmallestContainer(a) != nil:
		return k.sample(k.SmallestContainer(a))
	}
	return &schema.Value{Kind: schema.Null}
}
