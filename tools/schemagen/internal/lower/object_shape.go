package lower

import (
	"slices"

	"seg.example/tools/schemagen/internal/schema"
)

// objectConstraints restricts an object.
type objectConstraints struct {
	fields        []field  // in the order of the document
	hasProperties bool     // the keyword properties is present, perhaps empty
	required      []string // in the order of the document, each once
	additional    conjunction
	// hasAdditional: the keyword additionalProperties is present, so the values of other keys are
	// kept.
	hasAdditional bool
	names         conjunction
	min           int
	max           *int
}

// field is one known key of an object.
type field struct {
	name  string
	types conjunction
	// declared are the property schemas of that name; more than one after merging an allOf.
	declared []*schema.Node
}

func (o *objectConstraints) find(name string) *field {
	for i := range o.fields {
		if o.fields[i].name == name {
			return &o.fields[i]
		}
	}
	return nil
}

// schemasOf returns the schemas for the value of a key: those of its property, or else those of
// additionalProperties.
func (o *objectConstraints) schemasOf(name string) (types conjunction, declared []*schema.Node) {
	if f := o.find(name); f != nil {
		return f.types, f.declared
	}
	return o.additional, nil
}

// mergeLists returns the elements of a and b without duplicates, so merging a schema with itself
// changes nothing.
func mergeLists[L ~[]*schema.Node](a, b L) L {
	out := slices.Clone(a)
	for _, n := range b {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func intersectObjects(a, b *objectConstraints) *objectConstraints {
	out := &objectConstraints{
		hasProperties: a.hasProperties || b.hasProperties,
		required:      slices.Clone(a.required),
		additional:    mergeLists(a.additional, b.additional),
		hasAdditional: a.hasAdditional || b.hasAdditional,
		names:         mergeLists(a.names, b.names),
		min:           max(a.min, b.min),
		max:           smallerMax(a.max, b.max),
	}
	names := make([]string, 0, len(a.fields)+len(b.fields))
	for _, f := range slices.Concat(a.fields, b.fields) {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	for _, name := range names {
		typesA, declaredA := a.schemasOf(name)
		typesB, declaredB := b.schemasOf(name)
		out.fields = append(out.fields, field{
			name: name, types: mergeLists(typesA, typesB), declared: mergeLists(declaredA, declaredB),
		})
	}
	for _, name := range b.required {
		if !slices.Contains(out.required, name) {
			out.required = append(out.required, name)
		}
	}
	return out
}
