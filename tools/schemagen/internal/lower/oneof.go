package lower

import (
	"maps"
	"slices"

	jsonschema "github.com/swaggest/jsonschema-go"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// severalObjects reports whether more than one branch of a oneOf accepts objects, so that it can only be a union.
func (l *lowerer) severalObjects(n *schema.Node) bool {
	count := 0
	for _, branch := range n.OneOf {
		target := l.follow(branch)
		if target == nil || target.Value.Kind != schema.Object || target.Get("enum") != nil || target.Get("const") != nil {
			continue
		}
		types := target.Types()
		if types == nil || slices.Contains(types, jsonschema.Object) {
			count++
		}
	}
	return count > 1
}

// oneOfShape is the shape of a oneOf whose branches accept different JSON types, or different scalars from enums: then exactly one
// holds wherever any does. Others have no shape, which is noted.
func (l *lowerer) oneOfShape(n *schema.Node) shape {
	if l.severalObjects(n) {
		l.problems.Add(l.looking[0].Pos(), "a oneOf of objects cannot be combined with other constraints")
		return shape{}
	}
	var out shape
	for _, branch := range n.OneOf {
		next := l.shapeOf(branch).narrow()
		if len(next.enum) == 1 && next.docs == nil && branch.Description() != "" {
			next.docs = map[string]string{next.enum[0].Text: branch.Description()}
		}
		if both := out.common(next); both != "" {
			l.problems.Add(branch.Pos(), "this branch of oneOf accepts %s, as another does: what both accept would be refused", both)
			return shape{}
		}
		if text := out.or(next); text != "" {
			l.problems.Add(branch.Pos(), "%s", text)
			return shape{}
		}
	}
	return out
}

// narrow leaves of a shape with an enum only the JSON types that its values have.
func (s shape) narrow() shape {
	if !s.closed {
		return s
	}
	out := s
	out.null, out.boolean, out.number, out.text, out.array, out.object, out.enum = false, false, nil, nil, nil, nil, nil
	for _, v := range s.enum {
		if !s.admits(v) {
			continue
		}
		out.enum = append(out.enum, v)
		switch v.Kind {
		case ir.NullValue:
			out.null = true
		case ir.BooleanValue:
			out.boolean = true
		case ir.IntegerValue, ir.NumberValue:
			out.number = s.number
		case ir.StringValue:
			out.text = s.text
		case ir.ArrayValue:
			out.array = s.array
		case ir.ObjectValue:
			out.object = s.object
		}
	}
	return out
}

// common names a JSON type or, between enums of scalars, a value that both shapes accept; nothing when there is none.
func (s shape) common(other shape) string {
	if s.closed && other.closed && s.array == nil && s.object == nil {
		for _, v := range other.enum {
			if slices.ContainsFunc(s.enum, func(w ir.Value) bool { return w.JSON == v.JSON }) {
				return v.JSON
			}
		}
		return ""
	}
	switch {
	case s.null && other.null:
		return "null"
	case s.boolean && other.boolean:
		return "booleans"
	case s.number != nil && other.number != nil:
		return "numbers"
	case s.text != nil && other.text != nil:
		return "strings"
	case s.array != nil && other.array != nil:
		return "arrays"
	case s.object != nil && other.object != nil:
		return "objects"
	}
	return ""
}

// or adds another shape of other JSON types, or says why it cannot.
func (s *shape) or(other shape) string {
	s.closed = s.closed || (other.closed && s.empty())
	switch {
	case other.empty():
		return ""
	case s.closed && !other.closed && !other.enumerate(), other.closed && !s.closed && !s.enumerate():
		return "a oneOf of an enum and of a type that is not null cannot be generated"
	case s.coerce && (other.number != nil || other.text != nil), other.coerce && (s.number != nil || s.text != nil):
		return "x-coerce cannot be combined with another number or string"
	}
	s.closed = s.closed || other.closed
	s.constant = s.constant || other.constant
	s.coerce = s.coerce || other.coerce
	s.null, s.boolean = s.null || other.null, s.boolean || other.boolean
	s.enum = slices.Concat(s.enum, other.enum)
	if other.docs != nil {
		docs := maps.Clone(other.docs)
		maps.Copy(docs, s.docs)
		s.docs = docs
	}
	s.number, s.text = either(s.number, other.number), either(s.text, other.text)
	s.array, s.object = either(s.array, other.array), either(s.object, other.object)
	return ""
}

// either is the one that is there; of two, which only enums of scalars have, an unlimited one: their values have been looked at.
func either[T any](a, b *T) *T {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return new(T)
}

// empty reports whether a shape accepts nothing.
func (s shape) empty() bool {
	return !s.null && !s.boolean && s.number == nil && s.text == nil && s.array == nil && s.object == nil
}

// enumerate turns a shape of null and booleans into an enum of them; it reports false for any other.
func (s *shape) enumerate() bool {
	if s.number != nil || s.text != nil || s.array != nil || s.object != nil {
		return false
	}
	if s.null {
		s.enum = append(s.enum, ir.Value{Kind: ir.NullValue, JSON: "null"})
	}
	if s.boolean {
		s.enum = append(s.enum, ir.Value{Kind: ir.BooleanValue, JSON: "false"}, ir.Value{Kind: ir.BooleanValue, JSON: "true"})
	}
	return true
}
