package difftest

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
)

// schema returns a form as JSON Schema.
func (f *form) schema() any {
	s := map[string]any{}
	maps.Copy(s, f.keywords)
	switch f.kind {
	case "any":
		return true
	case "ref":
		s["$ref"] = "#/definitions/" + f.name
	case "union":
		var all []any
		for _, value := range slices.Sorted(maps.Keys(f.variants)) {
			all = append(all, map[string]any{"$ref": "#/definitions/" + f.variants[value]})
		}
		s["oneOf"] = all
	case "array":
		s["type"], s["items"] = "array", f.inside.schema()
	case "map":
		s["type"], s["additionalProperties"] = "object", f.inside.schema()
	case "object":
		s = f.objectSchema()
	case "enum":
		s["type"], s["enum"] = "string", f.values
	case "const", "raw":
	default:
		s["type"] = f.kind
	}
	if !f.nullable {
		return s
	}
	if _, plain := s["type"].(string); plain && f.kind != "enum" {
		s["type"] = []any{s["type"], "null"}
		return s
	}
	return map[string]any{"oneOf": []any{s, map[string]any{"type": "null"}}}
}

func (f *form) objectSchema() map[string]any {
	half := len(f.fields)
	if f.split {
		half /= 2
	}
	s := fieldsSchema(f.fields[:half])
	maps.Copy(s, f.keywords)
	if f.closed {
		s["additionalProperties"] = false
	}
	if f.inside != nil {
		s["additionalProperties"] = f.inside.schema()
	}
	switch {
	case f.split:
		return map[string]any{"allOf": []any{s, fieldsSchema(f.fields[half:])}}
	case f.base != "":
		return map[string]any{"allOf": []any{map[string]any{"$ref": "#/definitions/" + f.base}, s}}
	}
	return s
}

func fieldsSchema(fields []formField) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, field := range fields {
		s := field.form.schema()
		if members, ok := s.(map[string]any); ok && field.byDefault != nil {
			members["default"] = field.byDefault
		}
		properties[field.name] = s
		if field.required {
			required = append(required, field.name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// Written returns what a codec must write after it has read a value of a definition: dropped
// members are left out, defaults are filled in, and the rest is unchanged. Equal numbers have the
// same form.
func (r *Random) Written(name string, value any) any { return r.written(r.forms[name], value) }

func (r *Random) written(f *form, value any) any {
	if value == nil {
		return nil // null is written as null wherever it is accepted
	}
	switch v := value.(type) {
	case json.Number:
		if f.kind == "number" {
			rounded, _ := v.Float64()
			return Plain(json.Number(strconv.FormatFloat(rounded, 'f', -1, 64)))
		}
	case []any:
		if f.kind == "array" {
			out := make([]any, len(v))
			for i, item := range v {
				out[i] = r.written(f.inside, item)
			}
			return out
		}
	case map[string]any:
		if f.kind == "map" || f.kind == "object" {
			return r.writtenMembers(f, v)
		}
	}
	return r.writtenNamed(f, value)
}

// writtenNamed is written for the target of a reference.
func (r *Random) writtenNamed(f *form, value any) any {
	switch f.kind {
	case "ref":
		return r.written(r.forms[f.name], value)
	case "union":
		if members, ok := value.(map[string]any); ok {
			which, _ := members[tag].(string)
			return r.written(r.forms[f.variants[which]], value)
		}
	}
	return Plain(value)
}

func (r *Random) writtenMembers(f *form, members map[string]any) any {
	out := map[string]any{}
	known := map[string]*form{}
	for _, field := range r.fieldsOf(f) {
		known[field.name] = field.form
		if field.byDefault != nil {
			out[field.name] = Plain(field.byDefault)
		}
	}
	for name, member := range members {
		switch {
		case known[name] != nil:
			out[name] = r.written(known[name], member)
		case f.inside != nil:
			out[name] = r.written(f.inside, member)
		}
	}
	return out
}

// fieldsOf returns the fields of an object, those of its base first.
func (r *Random) fieldsOf(f *form) []formField {
	if f.base == "" {
		return f.fields
	}
	return slices.Concat(r.fieldsOf(r.forms[f.base]), f.fields)
}

// Plain converts all numbers in a value so that equal ones have the same form: int64 if they are
// such integers, otherwise the nearest float64.
func Plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		exact, ok := new(big.Rat).SetString(v.String())
		if ok && exact.IsInt() && exact.Num().IsInt64() {
			return json.Number(exact.Num().String())
		}
		f, _ := exact.Float64()
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = Plain(item)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			out[name] = Plain(member)
		}
		return out
	}
	return value
}
