package breaking

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/phrase"
	"seg.example/tools/schemagen/internal/schema"
)

// jsonString is the canonical JSON text of a string.
func jsonString(s string) string { return string(schema.AppendString(nil, s)) }

// jsonType is the name that view.types has for the type of a value.
func (v value) jsonType() string {
	switch v.kind {
	case ir.NullValue:
		return "null"
	case ir.BooleanValue:
		return "boolean"
	case ir.IntegerValue, ir.NumberValue:
		return "number"
	case ir.StringValue:
		return "string"
	case ir.ArrayValue:
		return "array"
	case ir.ObjectValue:
		return "object"
	}
	return ""
}

// admits reports whether a view accepts a value for certain; of arrays and objects that is only said where they are spelt out.
func (v view) admits(one value) bool {
	if v.closed {
		return slices.Contains(v.values, one)
	}
	switch one.kind {
	case ir.NullValue:
		return v.null
	case ir.BooleanValue:
		return v.boolean
	case ir.IntegerValue, ir.NumberValue:
		return v.number != nil && v.number.admits(rat(ir.Decimal(one.json)))
	case ir.StringValue:
		return v.text != nil && admitsText(v.text, one.text)
	case ir.ArrayValue:
		return v.array != nil && *v.array == ir.ArrayOf{Item: v.array.Item} && isAny(v.array.Item)
	case ir.ObjectValue:
		return v.object != nil && v.object.Kind == ir.Object && len(v.object.Object.Fields) == 0 && unlimited(membersOf(v.object))
	}
	return false
}

// unlimited reports whether nothing is said about an object.
func unlimited(m members) bool {
	return !m.closed && m.extra == nil && m.least == 0 && m.most == nil && m.names == nil
}

func isAny(t *ir.Type) bool {
	t = t.Deref()
	return t.Kind == ir.Raw && t.Raw.Any
}

func (n *numbers) admits(x *big.Rat) bool {
	switch {
	case n.integer && !x.IsInt(),
		n.low != nil && (x.Cmp(n.low.at) < 0 || n.low.exclusive && x.Cmp(n.low.at) == 0),
		n.high != nil && (x.Cmp(n.high.at) > 0 || n.high.exclusive && x.Cmp(n.high.at) == 0):
		return false
	}
	return n.multiple == nil || new(big.Rat).Quo(x, n.multiple).IsInt()
}

func admitsText(l *ir.StringLimits, s string) bool {
	length := utf8.RuneCountInString(s)
	if length < l.MinLength || (l.MaxLength != nil && length > *l.MaxLength) {
		return false
	}
	if l.Pattern != nil {
		compiled, err := regexp.Compile(l.Pattern.Source)
		if err != nil || !compiled.MatchString(s) {
			return false
		}
	}
	return l.Format == ir.FormatNone || jsonschema.Formats[phrase.FormatName(l.Format)](s)
}

// short is a text of at most some characters, for a sentence.
func short(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most])) + "…"
}
