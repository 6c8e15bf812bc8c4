package lower

import (
	"maps"
	"slices"

	jsonschema "github.com/swaggest/jsonschema-go"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// hasSeveralObjectBranches reports whether more than one branch of a oneOf accepts objects. Such a
// oneOf is only supported as a union.
func (l *lowerer) hasSeveralObjectBranches(n *schema.Node) bool {
	count := 0
	for _, branch := range n.OneOf {
		target := l.followRefs(branch)
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

// oneOfShape returns the shape of a oneOf whose branches accept different JSON types, or different
// scalars from enums. Then at most one branch matches any value. Every other oneOf is reported as a
// problem.
func (l *lowerer) oneOfShape(n *schema.Node) shape {
	if l.hasSeveralObjectBranches(n) {
		l.problems.Add(l.resolving[0].Pos(), "a oneOf of objects cannot be combined with other constraints")
		return shape{}
	}
	var out shape
	for _, branch := range n.OneOf {
		next := l.shapeOf(branch).narrowToEnum()
		if len(next.enum) == 1 && next.docs == nil && branch.Description() != "" {
			next.docs = map[string]string{next.enum[0].Text: branch.Description()}
		}
		if both := out.commonValue(next); both != "" {
			l.problems.Add(branch.Pos(), "this branch of oneOf accepts %s, and so does another branch: oneOf refuses a value that matches both", both)
			return shape{}
		}
		if text := out.unite(next); text != "" {
			l.problems.Add(branch.Pos(), "%s", text)
			return shape{}
		}
	}
	return out
}

// narrowToEnum removes the JSON types that no value of the enum has. Shapes without an enum stay as
// they are.
func (s shape) narrowToEnum() shape {
	if !s.enumerated {
		return s
	}
	out := s
	out.null, out.boolean, out.number, out.str, out.array, out.object, out.enum = false, false, nil, nil, nil, nil, nil
	for _, v := range s.enum {
		if !s.accepts(v) {
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
			out.str = s.str
		case ir.ArrayValue:
			out.array = s.array
		case ir.ObjectValue:
			out.object = s.object
		}
	}
	return out
}

// commonValue names a JSON type that both shapes accept or, between enums of scalars, a common
// value; empty if there is none.
func (s shape) commonValue(other shape) string {
	if s.enumerated && other.enumerated && s.array == nil && s.object == nil {
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
	case s.str != nil && other.str != nil:
		return "strings"
	case s.array != nil && other.array != nil:
		return "arrays"
	case s.object != nil && other.object != nil:
		return "objects"
	}
	return ""
}

// unite adds a shape of other JSON types to s, or says why that is not possible.
func (s *shape) unite(other shape) string {
	s.enumerated = s.enumerated || (other.enumerated && s.empty())
	switch {
	case other.empty():
		return ""
	case s.enumerated && !other.enumerated && !other.toEnum(), other.enumerated && !s.enumerated && !s.toEnum():
		return "a oneOf of an enum and another type except null is not supported"
	case s.coerce && (other.number != nil || other.str != nil), other.coerce && (s.number != nil || s.str != nil):
		return "x-coerce cannot be combined with another number or string"
	}
	s.enumerated = s.enumerated || other.enumerated
	s.constant = s.constant || other.constant
	s.coerce = s.coerce || other.coerce
	s.null, s.boolean = s.null || other.null, s.boolean || other.boolean
	s.enum = slices.Concat(s.enum, other.enum)
	if other.docs != nil {
		docs := maps.Clone(other.docs)
		maps.Copy(docs, s.docs)
		s.docs = docs
	}
	s.number, s.str = firstNonNil(s.number, other.number), firstNonNil(s.str, other.str)
	s.array, s.object = firstNonNil(s.array, other.array), firstNonNil(s.object, other.object)
	return ""
}

// firstNonNil returns the pointer that is not nil. If both are set, the shapes are enums of
// scalars, whose values have been checked: then it returns unlimited constraints.
func firstNonNil[T any](a, b *T) *T {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return new(T)
}

// empty reports whether a shape accepts no value.
func (s shape) empty() bool {
	return !s.null && !s.boolean && s.number == nil && s.str == nil && s.array == nil && s.object == nil
}

// toEnum converts a shape of null and booleans to an enum of them. It reports false for any other
// shape.
func (s *shape) toEnum() bool {
	if s.number != nil || s.str != nil || s.array != nil || s.object != nil {
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
