package docgen

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/schema"
)

// lineWidth is the largest length of a line of printed JSON.
const lineWidth = 100

// object is a JSON object with members in this order. Members without a value are left out.
func object(members ...schema.Member) *schema.Value {
	v := &schema.Value{Kind: schema.Object}
	for _, m := range members {
		if m.Value != nil {
			v.Members = append(v.Members, m)
		}
	}
	return v
}

// member is one member of an object.
func member(key string, v *schema.Value) schema.Member { return schema.Member{Key: key, Value: v} }

// text is a JSON string.
func text(s string) *schema.Value { return &schema.Value{Kind: schema.String, Text: s} }

// textOrNone is a JSON string, or nil for an empty text.
func textOrNone(s string) *schema.Value {
	if s == "" {
		return nil
	}
	return text(s)
}

// number is a JSON number with this text.
func number(s string) *schema.Value { return &schema.Value{Kind: schema.Number, Text: s} }

func integer(n int64) *schema.Value { return number(strconv.FormatInt(n, 10)) }

// jsonTrue is the JSON value true.
func jsonTrue() *schema.Value { return &schema.Value{Kind: schema.True} }

// jsonFalse is the JSON value false.
func jsonFalse() *schema.Value { return &schema.Value{Kind: schema.False} }

func array(items ...*schema.Value) *schema.Value {
	return &schema.Value{Kind: schema.Array, Items: items}
}

// arrayOrNone is a JSON array, or nil for no items.
func arrayOrNone(items ...*schema.Value) *schema.Value {
	if len(items) == 0 {
		return nil
	}
	return array(items...)
}

// texts are JSON strings.
func texts(all []string) []*schema.Value {
	values := make([]*schema.Value, 0, len(all))
	for _, s := range all {
		values = append(values, text(s))
	}
	return values
}

// parseOrNil parses JSON text. It is nil if the text is not valid JSON.
func parseOrNil(json string) *schema.Value {
	v, err := schema.Parse("", []byte(json))
	if err != nil {
		return nil
	}
	return v
}

// pretty prints a value, on one line if it fits, otherwise on several lines with an indent of two
// spaces.
func pretty(v *schema.Value) string {
	var out strings.Builder
	writePretty(&out, v, "", 0)
	return out.String()
}

// writePretty prints v. The current line has used characters already, and lead is its indentation.
func writePretty(out *strings.Builder, v *schema.Value, lead string, used int) {
	if one := oneLine(v); utf8.RuneCountInString(one)+used <= lineWidth || len(v.Items)+len(v.Members) == 0 {
		out.WriteString(one)
		return
	}
	inner := lead + "  "
	end := "]"
	if v.Kind == schema.Object {
		end = "}"
		out.WriteString("{")
	} else {
		out.WriteString("[")
	}
	for i, item := range v.Items {
		writeSeparator(out, i, "\n"+inner)
		writePretty(out, item, inner, len(inner)+1)
	}
	for i, m := range v.Members {
		writeSeparator(out, i, "\n"+inner)
		key := string(schema.AppendString(nil, m.Key)) + ": "
		out.WriteString(key)
		writePretty(out, m.Value, inner, len(inner)+utf8.RuneCountInString(key)+1)
	}
	out.WriteString("\n" + lead + end)
}

// writeSeparator starts a new member: a comma if it is not the first, then lead.
func writeSeparator(out *strings.Builder, i int, lead string) {
	if i > 0 {
		out.WriteString(",")
	}
	out.WriteString(lead)
}

// oneLine prints a value on one line.
func oneLine(v *schema.Value) string {
	switch {
	case v.Kind == schema.Array && len(v.Items) > 0:
		all := make([]string, 0, len(v.Items))
		for _, item := range v.Items {
			all = append(all, oneLine(item))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case v.Kind == schema.Object && len(v.Members) > 0:
		all := make([]string, 0, len(v.Members))
		for _, m := range v.Members {
			all = append(all, string(schema.AppendString(nil, m.Key))+": "+oneLine(m.Value))
		}
		return "{ " + strings.Join(all, ", ") + " }"
	}
	return string(schema.JSON(v))
}
