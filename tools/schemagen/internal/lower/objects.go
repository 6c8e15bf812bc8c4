package lower

import (
	"slices"

	"seg.example/tools/schemagen/internal/schema"
)

// objects bounds an object.
type objects struct {
	fields   []field  // in the order of the document
	declared bool     // the keyword properties stands there, if only with none
	required []string // in the order of the document, each once
	extra    conjunction
	// kept: the keyword additionalProperties stands there, so that the values of other keys mean something.
	kept  bool
	names conjunction
	min   int
	max   *int
}

// field is one known key.
type field struct {
	name  string
	types conjunction
	// declared are the properties of that name; more than one after a merge.
	declared []*schema.Node
}

func (o *objects) find(name string) *field {
	for i := range o.fields {
		if o.fields[i].name == name {
			return &o.fields[i]
		}
	}
	return nil
}

// constraint is what holds for the value of a key: that of its property, or else that of other keys.
func (o *objects) constraint(name string) (types conjunction, declared []*schema.Node) {
	if f := o.find(name); f != nil {
		return f.types, f.declared
	}
	return o.extra, nil
}

// union is a list of the schemas of two, each once: what is merged with itself stays what it is, however often.
func union[L ~[]*schema.Node](a, b L) L {
	out := slices.Clone(a)
	for _, n := range b {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func andObjects(a, b *objects) *objects {
	out := &objects{
		declared: a.declared || b.declared,
		required: slices.Clone(a.required),
		extra:    union(a.extra, b.extra),
		kept:     a.kept || b.kept,
		names:    union(a.names, b.names),
		min:      max(a.min, b.min),
		max:      least(a.max, b.max),
	}
	names := make([]string, 0, len(a.fields)+len(b.fields))
	for _, f := range slices.Concat(a.fields, b.fields) {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	for _, name := range names {
		typesA, declaredA := a.constraint(name)
		typesB, declaredB := b.constraint(name)
		out.fields = append(out.fields, field{
			name: name, types: union(typesA, typesB), declared: union(declaredA, declaredB),
		})
	}
	for _, name := range b.required {
		if !slices.Contains(out.required, name) {
			out.required = append(out.required, name)
		}
	}
	return out
}
