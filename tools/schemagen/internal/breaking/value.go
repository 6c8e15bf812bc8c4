package breaking

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// jsonString returns the canonical JSON text of a string.
func jsonString(s string) string { return string(schema.AppendString(nil, s)) }

// jsonType returns the JSON type of a value, as valueSet.jsonTypes names it.
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

// contains reports whether the set contains a value.
func (v valueSet) contains(one value) bool {
	if v.enumerated {
		return slices.ContainsFunc(v.values, one.equals)
	}
	switch read := decode(one.json).(type) {
	case nil:
		return v.null
	case bool:
		return v.boolean
	case json.Number:
		return v.number != nil && v.number.contains(rat(ir.Decimal(read)))
	case string:
		return v.str != nil && acceptsString(v.str.StringLimits, read)
	case []any:
		return v.array != nil && acceptsArray(v.array.ArrayOf, read)
	case map[string]any:
		return v.object != nil && acceptsObject(v.object, read)
	}
	return false
}

// equals reports whether two values are equal.
func (v value) equals(other value) bool { return v.json == other.json }

// acceptsNull reports whether a type accepts null.
func acceptsNull(t *ir.Type) bool { return accepts(t, nil) }

func isAny(t *ir.Type) bool {
	t = t.Deref()
	return t.Kind == ir.Raw && t.Raw.Any
}

// truncate shortens a text for a sentence.
func truncate(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most])) + "…"
}
