package breaking

import (
	"encoding/json"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// decode parses canonical JSON text, with numbers as json.Number.
func decode(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil // unreachable: package lower or encode wrote the text
	}
	return v
}

// encode returns the canonical JSON text of a value that decode returned.
func encode(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return v.String()
	case string:
		return jsonString(v)
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, encode(item))
		}
		return joinJSON('[', items, ']')
	case map[string]any:
		var items []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			items = append(items, jsonString(name)+":"+encode(v[name]))
		}
		return joinJSON('{', items, '}')
	}
	return ""
}

// joinJSON returns the text of an array or an object.
func joinJSON(open byte, items []string, end byte) string {
	return string(open) + strings.Join(items, ",") + string(end)
}

// accepts reports whether a type accepts a value that decode returned.
func accepts(t *ir.Type, v any) bool {
	if v == nil && t.Nullable {
		return true
	}
	switch t.Kind {
	case ir.Ref:
		return accepts(t.Ref, v)
	case ir.Null:
		return v == nil
	case ir.Enum:
		s, ok := v.(string)
		return ok && slices.ContainsFunc(t.Enum, func(e ir.EnumValue) bool { return e.Value == s })
	case ir.Const:
		return t.Const.JSON == encode(v)
	case ir.Raw:
		return acceptsRaw(t.Raw, v)
	case ir.Boolean:
		_, ok := v.(bool)
		return ok
	case ir.Integer, ir.Number:
		n, ok := v.(json.Number)
		return ok && numbersOf(t).contains(rat(ir.Decimal(n)))
	case ir.String:
		s, ok := v.(string)
		return ok && acceptsString(t.String, s)
	case ir.Array:
		list, ok := v.([]any)
		return ok && acceptsArray(t.Array, list)
	case ir.Object, ir.Map, ir.Union:
		o, ok := v.(map[string]any)
		return ok && acceptsObject(t, o)
	}
	return false
}

func acceptsRaw(r *ir.AnyOf, v any) bool {
	if r.Any {
		return true
	}
	if len(r.Enum) > 0 && !slices.ContainsFunc(r.Enum, func(e ir.Value) bool { return e.JSON == encode(v) }) {
		return false
	}
	var part *ir.Type
	switch v.(type) {
	case nil:
		return r.Null
	case bool:
		return r.Boolean
	case json.Number:
		part = r.Number
	case string:
		part = r.String
	case []any:
		part = r.Array
	case map[string]any:
		part = r.Object
	}
	return part != nil && accepts(part, v)
}

func acceptsArray(a *ir.ArrayOf, list []any) bool {
	if len(list) < a.MinItems || a.MaxItems != nil && len(list) > *a.MaxItems {
		return false
	}
	seen := map[string]bool{}
	for _, item := range list {
		text := encode(item)
		if !accepts(a.Item, item) || a.Unique && seen[text] {
			return false
		}
		seen[text] = true
	}
	return true
}

func acceptsObject(t *ir.Type, o map[string]any) bool {
	if t.Kind == ir.Union {
		tag, _ := o[t.Union.Tag].(string)
		v := variant(t.Union, tag)
		return v != nil && accepts(v, o)
	}
	if t.Kind == ir.Map {
		m := t.Map
		return acceptsProperties(&ir.Fields{Extra: m.Value, MinProps: m.MinProps, MaxProps: m.MaxProps, Names: m.Names}, o)
	}
	return acceptsProperties(t.Object, o)
}

func acceptsProperties(f *ir.Fields, o map[string]any) bool {
	if len(o) < f.MinProps || f.MaxProps != nil && len(o) > *f.MaxProps {
		return false
	}
	named := map[string]*ir.Type{}
	for _, field := range f.Fields {
		named[field.Name] = field.Type
		if _, ok := o[field.Name]; field.Required && !ok {
			return false
		}
	}
	for name, v := range o {
		t, isField := named[name]
		switch {
		case f.Names != nil && !acceptsString(f.Names.String, name):
			return false
		case isField:
		case f.Closed:
			return false
		case f.Extra == nil:
			continue
		default:
			t = f.Extra
		}
		if !accepts(t, v) {
			return false
		}
	}
	return true
}

// numbersOf returns the numbers that a type of kind Integer or Number accepts.
func numbersOf(t *ir.Type) *numberSet {
	if t.Kind == ir.Integer {
		return newIntegerSet(t.Integer)
	}
	return newNumberSet(t.Number)
}

func (n *numberSet) contains(x *big.Rat) bool {
	switch {
	case n.integer && !x.IsInt(), n.bits64 && (!x.IsInt() || !x.Num().IsInt64()),
		n.low != nil && (x.Cmp(n.low.at) < 0 || n.low.exclusive && x.Cmp(n.low.at) == 0),
		n.high != nil && (x.Cmp(n.high.at) > 0 || n.high.exclusive && x.Cmp(n.high.at) == 0):
		return false
	}
	return n.multiple == nil || new(big.Rat).Quo(x, n.multiple).IsInt()
}

func acceptsString(l *ir.StringLimits, s string) bool {
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
	return l.Format == ir.FormatNone || jsonschema.Formats[constraintdoc.FormatName(l.Format)](s)
}
