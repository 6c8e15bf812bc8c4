package lower

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// union returns the type of a oneOf of objects that one field tells apart. Each branch refers to a named object which requires
// that field with a constant string of its own; so no value satisfies two, and oneOf is decided by looking at one field.
func (l *lowerer) union(n *schema.Node) *ir.Type {
	pos := n.KeyPos("oneOf")
	if constraints(n) > 1 && (constraints(n) != 2 || !slices.Equal(n.Types(), objectOnly)) {
		l.problems.Add(pos, "beside oneOf nothing but \"type\": \"object\" is supported")
		return never(n.Pos())
	}
	branches := make([]tags, 0, len(n.OneOf))
	for _, branch := range n.OneOf {
		found, text := l.tagsOf(branch)
		if text != "" {
			l.problems.Add(branch.Pos(), "this branch of oneOf %s", text)
			return never(n.Pos())
		}
		branches = append(branches, found)
	}
	tag := discriminator(branches)
	if tag == "" {
		l.problems.Add(pos, "no field tells the branches of oneOf apart: each must require it with a constant string of its own")
		return never(n.Pos())
	}
	out := &ir.OneOf{Tag: tag}
	for i, branch := range n.OneOf {
		out.Variants = append(out.Variants, ir.Variant{Value: branches[i].values[tag], Type: l.typeOf(branch)})
	}
	return &ir.Type{Doc: n.Description(), Pos: n.Pos(), Kind: ir.Union, Union: out}
}

// tags are the fields of an object that are required with a constant string.
type tags struct {
	names  []string // in the order of the document
	values map[string]string
}

// tagsOf finds the fields of a branch that may tell it apart, or says why the branch cannot be one.
func (l *lowerer) tagsOf(branch *schema.Node) (found tags, text string) {
	if _, ok := branch.Ref(); !ok {
		return tags{}, "is no reference to a definition"
	}
	target := l.resolve(branch)
	if target == nil || l.types[target] == nil {
		return tags{}, "does not refer to a definition of a document"
	}
	if target.OneOf != nil {
		return tags{}, "is itself a oneOf"
	}
	s := l.shapeOf(target)
	if s.null || s.boolean || s.number != nil || s.text != nil || s.array != nil || s.object == nil || s.closed {
		return tags{}, "accepts more than objects: add \"type\": \"object\" to " + target.Name
	}
	found.values = map[string]string{}
	for _, f := range s.object.fields {
		if !slices.Contains(s.object.required, f.name) || len(f.types) != 1 {
			continue
		}
		constant := f.types[0].Get("const")
		if constant != nil && constant.Kind == schema.String && constraints(f.types[0]) <= 2 {
			found.names = append(found.names, f.name)
			found.values[f.name] = constant.Text
		}
	}
	return found, ""
}

// discriminator returns the first field of the first branch that all have, each with another value.
func discriminator(branches []tags) string {
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
