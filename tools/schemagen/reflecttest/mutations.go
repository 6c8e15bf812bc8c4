package reflecttest

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Mutation is a protocol's types with one change.
type Mutation struct {
	What  string       // what was changed
	Of    reflect.Type // the changed type
	Types *Types
}

// Mutations returns every way to change one thing in the types of definitions: a comparison must
// notice each. It skips types that are only used to validate a Raw value.
func (t *Types) Mutations(definitions []Definition) []Mutation {
	used := map[reflect.Type]bool{}
	for _, d := range definitions {
		walk(used, d.Type)
	}
	var all []Mutation
	for _, of := range slices.SortedFunc(maps.Keys(t.shapes), func(a, b reflect.Type) int { return strings.Compare(a.Name(), b.Name()) }) {
		if !used[of] {
			continue
		}
		shape := t.shapes[of]
		for _, s := range spoiltShapes(shape) {
			all = append(all, Mutation{s.what, of, t.with(s.shape)})
		}
		if shape.Values == nil && shape.Tag == "" {
			all = append(all, t.spoilFields(of)...)
		}
	}
	return all
}

// spoilFields spoils the fields of one type of objects.
func (t *Types) spoilFields(of reflect.Type) []Mutation {
	var all []Mutation
	plain := t.plain(of)
	for i := range plain.NumField() {
		for _, s := range spoiltFields(plain, i) {
			changed := &Types{shapes: t.shapes, byName: t.byName}
			changed.change = func(asked, plain reflect.Type) reflect.Type {
				if asked == of {
					return s.plain
				}
				return plain
			}
			all = append(all, Mutation{s.what, of, changed})
		}
	}
	return all
}

// walk collects a type and those inside it.
func walk(used map[reflect.Type]bool, of reflect.Type) {
	if used[of] {
		return
	}
	used[of] = true
	if of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		walk(used, of.Elem())
	}
	if of.Kind() == reflect.Struct {
		for field := range of.Fields() {
			walk(used, field.Type)
		}
	}
}

// with returns the types with another shape for one of them.
func (t *Types) with(s Shape) *Types {
	shapes := maps.Clone(t.shapes)
	shapes[s.Type] = s
	return &Types{shapes: shapes, byName: t.byName}
}

type spoiltShape struct {
	what  string
	shape Shape
}

// spoiltShapes changes keys, required keys, and the values of enums and tags.
func spoiltShapes(s Shape) []spoiltShape {
	var all []spoiltShape
	add := func(what string, change func(*Shape)) {
		changed := s
		changed.Keys, changed.Required, changed.Unstored = slices.Clone(s.Keys), slices.Clone(s.Required), slices.Clone(s.Unstored)
		changed.Tags, changed.Values = slices.Clone(s.Tags), slices.Clone(s.Values)
		change(&changed)
		all = append(all, spoiltShape{what, changed})
	}
	for i, key := range s.Keys {
		if key == "" {
			continue
		}
		add("another name for "+key, func(s *Shape) { s.Keys[i] = key + "x" })
	}
	for i, key := range s.Required {
		add(key+" need not be there", func(s *Shape) { s.Required = slices.Delete(s.Required, i, i+1) })
	}
	for _, key := range slices.Concat(s.Keys, s.Unstored) {
		if key != "" && !slices.Contains(s.Required, key) {
			add(key+" must be there", func(s *Shape) { s.Required = append(s.Required, key) })
		}
	}
	for i, key := range s.Unstored {
		add("no "+key, func(s *Shape) { s.Unstored = slices.Delete(s.Unstored, i, i+1) })
	}
	for i, tag := range s.Tags {
		add("another tag for "+tag, func(s *Shape) { s.Tags[i] = tag + "x" })
	}
	for i := range s.Values {
		add("one value less", func(s *Shape) { s.Values = slices.Delete(s.Values, i, i+1) })
	}
	return all
}

type spoiltType struct {
	what  string
	plain reflect.Type
}

// spoiltFields changes the type of a field, or removes it.
func spoiltFields(plain reflect.Type, at int) []spoiltType {
	fields := make([]reflect.StructField, plain.NumField())
	for i := range fields {
		fields[i] = plain.Field(i)
	}
	of := fields[at].Type
	name := fields[at].Name
	var all []spoiltType
	retype := func(what string, to reflect.Type) {
		changed := slices.Clone(fields)
		changed[at].Type = to
		all = append(all, spoiltType{what + " " + name, reflect.StructOf(changed)})
	}
	all = append(all, spoiltType{"no " + name, reflect.StructOf(slices.Delete(slices.Clone(fields), at, at+1))})
	retype("another type for", other(of))
	kind := of.Kind()
	if kind == reflect.Slice {
		retype("other items for", reflect.SliceOf(other(of.Elem())))
	}
	if kind == reflect.Map {
		retype("other values for", reflect.MapOf(of.Key(), other(of.Elem())))
	}
	if kind == reflect.Pointer {
		retype("no null for", of.Elem())
	} else if kind != reflect.Interface { // accepts anything, including null
		retype("null for", reflect.PointerTo(of))
	}
	return all
}

// other returns a type that has nothing in common with a plain one.
func other(of reflect.Type) reflect.Type {
	if of.Kind() == reflect.Bool {
		return reflect.TypeFor[int64]()
	}
	return reflect.TypeFor[bool]()
}

// About returns the definitions that a type belongs to: its own, or those whose type contains it.
func About(of reflect.Type, all []Definition) []Definition {
	var about []Definition
	for _, d := range all {
		if strings.HasPrefix(strings.ToLower(of.Name()), strings.ToLower(d.Name)) {
			about = append(about, d)
		}
	}
	return about
}
