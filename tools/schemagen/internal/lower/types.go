package lower

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// lowerer is the state of one run.
type lowerer struct {
	set      *schema.Set
	problems schema.Problems
	// types are the named types, filled one after the other; a reference may point to one that is still empty.
	types map[*schema.Node]*ir.Type
	// shapes are those found so far without a problem: a schema may be referred to again and again.
	shapes map[*schema.Node]shape
	// looking are the schemas whose shape is being found, active the inline types being made: both only to notice circles.
	looking []*schema.Node
	active  []string
}

func newLowerer(set *schema.Set) *lowerer {
	return &lowerer{set: set, types: map[*schema.Node]*ir.Type{}, shapes: map[*schema.Node]shape{}}
}

// resolve returns what a schema's $ref means; nil, and a problem, when it means nothing.
func (l *lowerer) resolve(n *schema.Node) *schema.Node {
	ref, _ := n.Ref()
	target, err := l.set.Resolve(n.Doc, ref)
	if err != nil {
		l.problems.Add(n.Get("$ref").Pos, "%v", err) // also ErrBroken, so that nothing relies on the type; Lower leaves it out
		return nil
	}
	return target
}

// typeOf returns the type of a schema.
func (l *lowerer) typeOf(n *schema.Node) *ir.Type {
	return l.typeOfAll(conjunction{n}, n.Pos())
}

// typeOfAll returns the type of the values that all of the schemas accept. Pos is where it is used.
func (l *lowerer) typeOfAll(all conjunction, pos ir.Pos) *ir.Type {
	all = l.flatten(all)
	key := l.key(all)
	if slices.Contains(l.active, key) {
		l.problems.Add(pos, "a schema without a name contains itself: make it a definition")
		return never(pos)
	}
	l.active = append(l.active, key)
	defer func() { l.active = l.active[:len(l.active)-1] }()
	switch len(all) {
	case 0:
		return &ir.Type{Pos: pos, Kind: ir.Raw, Raw: &ir.AnyOf{Any: true}}
	case 1:
		t := l.typeOfOne(all[0])
		t.Examples = examplesOf(all[0])
		return t
	}
	s := anything()
	for _, n := range all {
		part := l.shapeOf(n)
		if part.coerce {
			l.problems.Add(n.KeyPos("x-coerce"), "x-coerce cannot be combined with other constraints")
		}
		s = l.and(s, part, n.Pos())
	}
	return l.classify(s, all[0])
}

// examplesOf are the values of the keyword examples.
func examplesOf(n *schema.Node) []ir.Value {
	var all []ir.Value
	if list := n.Get("examples"); list != nil {
		for _, item := range list.Items {
			all = append(all, valueOf(item))
		}
	}
	return all
}

func (l *lowerer) typeOfOne(n *schema.Node) *ir.Type {
	if n.Value.Kind != schema.Object {
		return l.classify(l.shapeOf(n), n)
	}
	if _, ok := n.Ref(); ok {
		return l.reference(n)
	}
	if n.OneOf == nil {
		return l.classify(l.shapeOf(n), n)
	}
	other := nullable(n)
	switch {
	case other != nil && constraints(n) == 1:
		return l.orNull(n, other)
	case l.severalObjects(n):
		return l.union(n)
	default:
		return l.classify(l.shapeOf(n), n)
	}
}

// orNull returns the type of a oneOf that means other or null.
func (l *lowerer) orNull(n, other *schema.Node) *ir.Type {
	target := l.follow(other)
	if target != nil && l.severalObjects(target) {
		t := l.typeOf(other)
		t.Nullable, t.Doc = true, describe(n, t.Doc)
		return t
	}
	s := l.shapeOf(n)
	_, isRef := other.Ref()
	if isRef && s.objectOrNull() { // not classified first: the object may be the very one that this stands in
		if t := l.typeOf(other); t.Kind == ir.Ref {
			t.Nullable, t.Doc = true, describe(n, t.Doc)
			return t
		}
	}
	t := l.classify(s, n)
	if !isRef || s.constant || !t.Nullable {
		return t
	}
	t = l.typeOf(other)
	if t.Kind == ir.Ref {
		t.Nullable, t.Doc = true, describe(n, t.Doc)
		return t
	}
	return l.classify(s, n)
}

// objectOrNull reports whether a shape accepts objects and null, whatever they hold, and nothing else.
func (s shape) objectOrNull() bool {
	return s.object != nil && s.null && !s.closed && !s.boolean && s.number == nil && s.text == nil && s.array == nil
}

// follow goes along references to the schema that is none; nil when one leads nowhere or in a circle.
func (l *lowerer) follow(n *schema.Node) *schema.Node {
	for range len(l.types) + 1 {
		if _, ok := n.Ref(); !ok {
			return n
		}
		if n = l.resolve(n); n == nil {
			return nil
		}
	}
	return nil
}

// reference returns the type of a schema that is nothing but a $ref: a Ref to a named type, or a copy of a schema that has no
// name.
func (l *lowerer) reference(n *schema.Node) *ir.Type {
	target := l.resolve(n)
	if target == nil {
		return never(n.Pos())
	}
	named := l.types[target]
	if named == nil {
		return l.typeOf(target)
	}
	if l.follow(n) == nil {
		l.problems.Add(n.Pos(), "this reference leads back to itself")
		return never(n.Pos())
	}
	return &ir.Type{Doc: n.Description(), Pos: n.Pos(), Kind: ir.Ref, Ref: named}
}

// flatten dissolves schemas that are nothing but an allOf or a oneOf of one, leaves out those that accept everything, and those that stand there
// already.
func (l *lowerer) flatten(all conjunction) conjunction {
	var out conjunction
	var add func(n *schema.Node, depth int)
	add = func(n *schema.Node, depth int) {
		count := constraints(n)
		switch {
		case n.Value.Kind == schema.True || (n.Value.Kind == schema.Object && count == 0):
		case count == 1 && n.AllOf != nil && depth < maxNested:
			for _, part := range n.AllOf {
				add(part, depth+1)
			}
		case count == 1 && len(n.OneOf) == 1 && depth < maxNested:
			add(n.OneOf[0], depth+1)
		case !slices.Contains(out, n):
			out = append(out, n)
		}
	}
	for _, n := range all {
		add(n, 0)
	}
	return out
}

// maxNested bounds how deep allOf in allOf is looked into.
const maxNested = 100

// key names a list of schemas, whichever way they are referred to.
func (l *lowerer) key(all conjunction) string {
	keys := make([]string, 0, len(all))
	for _, n := range all {
		if _, isRef := n.Ref(); isRef && len(all) > 1 {
			if target := l.follow(n); target != nil {
				n = target
			}
		}
		keys = append(keys, n.Pos().File+"#"+n.Pos().Pointer)
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), " ")
}

// describe is a schema's own description, or else another.
func describe(n *schema.Node, otherwise string) string {
	if own := n.Description(); own != "" {
		return own
	}
	return otherwise
}

// never is the type of the schema false.
func never(pos ir.Pos) *ir.Type {
	return &ir.Type{Pos: pos, Kind: ir.Raw, Raw: &ir.AnyOf{}}
}

// isNever reports whether a type accepts nothing.
func isNever(t *ir.Type) bool {
	if t.Kind != ir.Raw {
		return false
	}
	r := t.Raw
	return !r.Any && !r.Null && !r.Boolean && r.Number == nil && r.String == nil && r.Array == nil && r.Object == nil
}
