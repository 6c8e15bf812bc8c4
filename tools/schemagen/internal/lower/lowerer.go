package lower

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// lowerer is the state of one run of Lower or Lint.
type lowerer struct {
	set      *schema.Set
	problems schema.Problems
	// types are the named types. They are filled one after the other, so a Ref may point to a type
	// that is still empty.
	types map[*schema.Node]*ir.Type
	// shapes caches the shapes that were computed without a problem.
	shapes map[*schema.Node]shape
	// resolving are the schemas whose shape is being computed; inProgress are the types being made.
	// Both only serve to detect cycles.
	resolving  []*schema.Node
	inProgress []string
}

func newLowerer(set *schema.Set) *lowerer {
	return &lowerer{set: set, types: map[*schema.Node]*ir.Type{}, shapes: map[*schema.Node]shape{}}
}

// resolve returns the target of a schema's $ref. It reports a problem and returns nil if there is
// none.
func (l *lowerer) resolve(n *schema.Node) *schema.Node {
	ref, _ := n.Ref()
	target, err := l.set.Resolve(n.Doc, ref)
	if err != nil {
		l.problems.Add(n.Get("$ref").Pos, "%v", err) // includes ErrUnreadable, so that the contract is not used; Lower removes it
		return nil
	}
	return target
}

// typeOf returns the type of a schema.
func (l *lowerer) typeOf(n *schema.Node) *ir.Type {
	return l.typeOfAll(conjunction{n}, n.Pos())
}

// typeOfAll returns the type of the values that all of the schemas accept. pos is the place of use,
// for problems.
func (l *lowerer) typeOfAll(all conjunction, pos ir.Pos) *ir.Type {
	all = l.flatten(all)
	key := l.conjunctionKey(all)
	if slices.Contains(l.inProgress, key) {
		l.problems.Add(pos, "an inline schema contains itself: make it a definition")
		return neverType(pos)
	}
	l.inProgress = append(l.inProgress, key)
	defer func() { l.inProgress = l.inProgress[:len(l.inProgress)-1] }()
	switch len(all) {
	case 0:
		return &ir.Type{Pos: pos, Kind: ir.Raw, Raw: &ir.AnyOf{Any: true}}
	case 1:
		t := l.typeOfOne(all[0])
		t.Examples = examplesOf(all[0])
		return t
	}
	s := anyShape()
	for _, n := range all {
		part := l.shapeOf(n)
		if part.coerce {
			l.problems.Add(n.KeyPos("x-coerce"), "x-coerce cannot be combined with other constraints")
		}
		s = l.intersect(s, part, n.Pos())
	}
	return l.classify(s, all[0])
}

// examplesOf returns the values of the keyword examples.
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
		return l.refType(n)
	}
	if n.OneOf == nil {
		return l.classify(l.shapeOf(n), n)
	}
	other := nonNullBranch(n)
	switch {
	case other != nil && countConstraints(n) == 1:
		return l.nullableType(n, other)
	case l.hasSeveralObjectBranches(n):
		return l.union(n)
	default:
		return l.classify(l.shapeOf(n), n)
	}
}

// nullableType returns the type of a oneOf that accepts other or null.
func (l *lowerer) nullableType(n, other *schema.Node) *ir.Type {
	target := l.followRefs(other)
	if target != nil && l.hasSeveralObjectBranches(target) {
		t := l.typeOf(other)
		t.Nullable, t.Doc = true, descriptionOr(n, t.Doc)
		return t
	}
	s := l.shapeOf(n)
	_, isRef := other.Ref()
	if isRef && s.objectOrNull() { // before classify, which would not terminate if the object contains n
		if t := l.typeOf(other); t.Kind == ir.Ref {
			t.Nullable, t.Doc = true, descriptionOr(n, t.Doc)
			return t
		}
	}
	t := l.classify(s, n)
	if !isRef || s.constant || !t.Nullable {
		return t
	}
	t = l.typeOf(other)
	if t.Kind == ir.Ref {
		t.Nullable, t.Doc = true, descriptionOr(n, t.Doc)
		return t
	}
	return l.classify(s, n)
}

// objectOrNull reports whether a shape accepts null and objects, without an enum, and no other JSON
// type.
func (s shape) objectOrNull() bool {
	return s.object != nil && s.null && !s.enumerated && !s.boolean && s.number == nil && s.str == nil && s.array == nil
}

// followRefs follows references to the first schema that is not a reference; nil if one is broken
// or circular.
func (l *lowerer) followRefs(n *schema.Node) *schema.Node {
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

// refType returns the type of a schema that is only a $ref: a Ref if the target is a definition, or
// else the type of the target itself.
func (l *lowerer) refType(n *schema.Node) *ir.Type {
	target := l.resolve(n)
	if target == nil {
		return neverType(n.Pos())
	}
	named := l.types[target]
	if named == nil {
		return l.typeOf(target)
	}
	if l.followRefs(n) == nil {
		l.problems.Add(n.Pos(), "circular reference")
		return neverType(n.Pos())
	}
	return &ir.Type{Doc: n.Description(), Pos: n.Pos(), Kind: ir.Ref, Ref: named}
}

// flatten replaces schemas that only consist of an allOf, or of a oneOf with one branch, by their
// parts. It drops duplicates and schemas that accept everything.
func (l *lowerer) flatten(all conjunction) conjunction {
	var out conjunction
	var add func(n *schema.Node, depth int)
	add = func(n *schema.Node, depth int) {
		count := countConstraints(n)
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

// maxNested bounds how deep flatten descends into nested allOf.
const maxNested = 100

// conjunctionKey identifies a list of schemas, independent of order and of references to them.
func (l *lowerer) conjunctionKey(all conjunction) string {
	keys := make([]string, 0, len(all))
	for _, n := range all {
		if _, isRef := n.Ref(); isRef && len(all) > 1 {
			if target := l.followRefs(n); target != nil {
				n = target
			}
		}
		keys = append(keys, n.Pos().File+"#"+n.Pos().Pointer)
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), " ")
}

// descriptionOr returns a schema's own description, or fallback if it has none.
func descriptionOr(n *schema.Node, fallback string) string {
	if own := n.Description(); own != "" {
		return own
	}
	return fallback
}

// neverType is the type of the schema false.
func neverType(pos ir.Pos) *ir.Type {
	return &ir.Type{Pos: pos, Kind: ir.Raw, Raw: &ir.AnyOf{}}
}

// isNever reports whether a type accepts no value.
func isNever(t *ir.Type) bool {
	if t.Kind != ir.Raw {
		return false
	}
	r := t.Raw
	return !r.Any && !r.Null && !r.Boolean && r.Number == nil && r.String == nil && r.Array == nil && r.Object == nil
}
