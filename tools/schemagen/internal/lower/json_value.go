package lower

import (
	"cmp"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// valueOf converts a JSON value of a document to its canonical form.
func valueOf(v *schema.Value) ir.Value {
	out := ir.Value{JSON: string(canonical(nil, v))}
	switch v.Kind {
	case schema.Null:
		out.Kind = ir.NullValue
	case schema.False, schema.True:
		out.Kind = ir.BooleanValue
	case schema.Number:
		out.Kind = ir.NumberValue
		if _, ok := parseNumber(v.Text).int64(); ok {
			out.Kind = ir.IntegerValue
		}
	case schema.String:
		out.Kind, out.Text = ir.StringValue, v.Text
	case schema.Array:
		out.Kind = ir.ArrayValue
	case schema.Object:
		out.Kind = ir.ObjectValue
	}
	return out
}

// canonical appends v as JSON text with sorted keys, without white space, and with every number in
// the form of ir.Decimal.
func canonical(dst []byte, v *schema.Value) []byte {
	switch v.Kind {
	case schema.Number:
		return append(dst, parseNumber(v.Text).decimal()...)
	case schema.Array:
		dst = append(dst, '[')
		for i, item := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = canonical(dst, item)
		}
		return append(dst, ']')
	case schema.Object:
		members := slices.Clone(v.Members)
		slices.SortFunc(members, func(a, b schema.Member) int { return cmp.Compare(a.Key, b.Key) })
		dst = append(dst, '{')
		for i, m := range members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = canonical(append(schema.AppendString(dst, m.Key), ':'), m.Value)
		}
		return append(dst, '}')
	case schema.Null, schema.False, schema.True, schema.String:
		return append(dst, schema.JSON(v)...)
	}
	return dst
}
