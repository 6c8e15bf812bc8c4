package lower

import "seg.example/tools/schemagen/internal/ir"

// markRecursiveFields marks the fields through which an object contains itself by value: directly,
// or through fields of other objects. Arrays, maps and unions are stored behind a pointer, so
// nothing contains itself by value through them.
func markRecursiveFields(c *ir.Contract) {
	eachObject(c, func(owner *ir.Type) {
		for _, f := range owner.Object.Fields {
			if to := f.Type.Deref(); to.Kind == ir.Object {
				f.Recursive = contains(to, owner, map[*ir.Fields]bool{})
			}
		}
	})
}

// contains reports whether an object is another or contains it by value.
func contains(from, to *ir.Type, seen map[*ir.Fields]bool) bool {
	if from.Object == to.Object {
		return true
	}
	if seen[from.Object] {
		return false
	}
	seen[from.Object] = true
	for _, f := range from.Object.Fields {
		if next := f.Type.Deref(); next.Kind == ir.Object && contains(next, to, seen) {
			return true
		}
	}
	return false
}

// eachObject calls visit for every object type of a contract, including inline ones, outer types
// first.
func eachObject(c *ir.Contract, visit func(*ir.Type)) {
	eachType(c, func(t *ir.Type) {
		if t.Kind == ir.Object {
			visit(t)
		}
	})
}

// eachType calls visit for every type of a contract that is not a reference, including inline ones.
func eachType(c *ir.Contract, visit func(*ir.Type)) {
	var walk func(t *ir.Type)
	walk = func(t *ir.Type) {
		if t == nil || t.Kind == ir.Ref {
			return
		}
		visit(t)
		for _, inner := range children(t) {
			walk(inner)
		}
	}
	for _, t := range c.Types {
		walk(t)
	}
}

// children returns the types that a type is made of; some may be nil. The variants of a union are
// references.
func children(t *ir.Type) []*ir.Type {
	switch t.Kind {
	case ir.Array:
		return []*ir.Type{t.Array.Item}
	case ir.Map:
		return []*ir.Type{t.Map.Value}
	case ir.Object:
		all := make([]*ir.Type, 0, len(t.Object.Fields)+1)
		for _, f := range t.Object.Fields {
			all = append(all, f.Type)
		}
		return append(all, t.Object.Extra)
	case ir.Raw:
		return []*ir.Type{t.Raw.Array, t.Raw.Object}
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Union, ir.Ref, ir.Null:
		return nil
	}
	return nil
}
