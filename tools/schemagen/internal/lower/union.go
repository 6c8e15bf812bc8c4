package lower

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// union returns the type of a oneOf of objects with a discriminator. Each branch refers to a named
// object that requires the discriminator field with a different constant string. So no value
// matches two branches, and one field decides which branch applies.
func (l *lowerer) union(n *schema.Node) *ir.Type {
	pos := n.KeyPos("oneOf")
	if countConstraints(n) > 1 && (countConstraints(n) != 2 || !slices.Equal(n.Types(), onlyObject)) {
		l.problems.Add(pos, "only \"type\": \"object\" is supported beside oneOf")
		return neverType(n.Pos())
	}
	branches := make([]discriminatorValues, 0, len(n.OneOf))
	for _, branch := range n.OneOf {
		found, text := l.discriminatorValuesOf(branch)
		if text != "" {
			l.problems.Add(branch.Pos(), "this branch of oneOf %s", text)
			return neverType(n.Pos())
		}
		branches = append(branches, found)
	}
	tag := discriminator(branches)
	if tag == "" {
		l.problems.Add(pos, "oneOf has no discriminator: all branches must require the same property, each with a different \"const\" string")
		return neverType(n.Pos())
	}
	out := &ir.OneOf{Tag: tag}
	for i, branch := range n.OneOf {
		out.Variants = append(out.Variants, ir.Variant{Value: branches[i].values[tag], Type: l.typeOf(branch)})
	}
	return &ir.Type{Doc: n.Description(), Pos: n.Pos(), Kind: ir.Union, Union: out}
}

// discriminatorValues are the fields of an object that are required and have a constant string.
type discriminatorValues struct {
	names  []string // in the order of the document
	values map[string]string
}

// discriminatorValuesOf returns the possible discriminators of a branch, or a text that says why it
// cannot be a branch.
func (l *lowerer) discriminatorValuesOf(branch *schema.Node) (found discriminatorValues, text string) {
	if _, ok := branch.Ref(); !ok {
		return discriminatorValues{}, "is not a reference to a definition"
	}
	target := l.resolve(branch)
	if target == nil || l.types[target] == nil {
		return discriminatorValues{}, "does not refer to a definition of a document"
	}
	if target.OneOf != nil {
		return discriminatorValues{}, "is itself a oneOf"
	}
	s := l.shapeOf(target)
	if s.null || s.boolean || s.number != nil || s.str != nil || s.array != nil || s.object == nil || s.enumerated {
		return discriminatorValues{}, "accepts more than objects: add \"type\": \"object\" to " + target.Name
	}
	found.values = map[string]string{}
	for _, f := range s.object.fields {
		if !slices.Contains(s.object.required, f.name) || len(f.types) != 1 {
			continue
		}
		constant := f.types[0].Get("const")
		if constant != nil && constant.Kind == schema.String && countConstraints(f.types[0]) <= 2 {
			found.names = append(found.names, f.name)
			found.values[f.name] = constant.Text
		}
	}
	return found, ""
}

// discriminator returns the first field of the first branch that all branches have with different
// values.
func discriminator(branches []discriminatorValues) string {
	for _, name := range branches[0].names {
		seen := map[string]bool{}
		for _, b := range branches {
			if value, ok := b.values[name]; ok {
				seen[value] = true
			}
		}
		if len(seen) == len(branches) {
			return name
		}
	}
	return ""
}
