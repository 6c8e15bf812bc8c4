package breaking

import (
	"cmp"
	"maps"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// sets works out which values types accept. It remembers what is asked again and again.
type sets struct {
	// valued says of every type of the contracts whether it accepts any value.
	valued map[*ir.Type]bool
	// texts are the strings that limits leave.
	texts map[*ir.StringLimits]*texts
	// listed are the values of types that accept few; nil for others.
	listed map[*ir.Type][]value
}

// newSets looks at all types of some contracts.
func newSets(contracts ...*ir.Contract) *sets {
	s := &sets{valued: map[*ir.Type]bool{}, texts: map[*ir.StringLimits]*texts{}, listed: map[*ir.Type][]value{}}
	for _, c := range contracts {
		for _, t := range c.Types {
			mark(s.valued, t)
		}
		maps.Copy(s.valued, usedTypes(c))
	}
	for t := range s.valued {
		s.valued[t] = false
	}
	// A type has a value if one can be made of values that are known already. So a type that requires itself never gets one.
	for grows := true; grows; {
		grows = false
		for t, known := range s.valued {
			if known {
				continue
			}
			if v := s.look(t); v.null || len(v.types()) > 0 {
				s.valued[t], grows = true, true
			}
		}
		clear(s.listed) // what was listed on the way may lack values
	}
	return s
}

// hasValue reports whether a type accepts anything.
func (s *sets) hasValue(t *ir.Type) bool {
	if known, ok := s.valued[t]; ok {
		return known
	}
	v := s.look(t)
	return v.null || len(v.types()) > 0
}

// textsOf works out what limits of strings leave together.
func (s *sets) textsOf(l *ir.StringLimits) *texts {
	if s.texts[l] == nil {
		s.texts[l] = newTexts(l)
	}
	return s.texts[l]
}

// maxValues is how many values are listed at most.
const maxValues = 1000

// finite returns all values that a type accepts, if it is certain that they are at most maxValues.
func (s *sets) finite(t *ir.Type) (all []value, ok bool) {
	t = t.Deref()
	if all, known := s.listed[t]; known {
		return all, all != nil
	}
	s.listed[t] = nil // a type that contains itself has values without end
	v := s.look(t)
	all = []value{}
	if v.null {
		all = append(all, value{kind: ir.NullValue, json: "null"})
	}
	for _, name := range v.types() {
		part, ok := s.finitePart(v, name)
		if all = append(all, part...); !ok || len(all) > maxValues {
			return nil, false
		}
	}
	s.listed[t] = all
	return all, true
}

// finitePart returns the values of one JSON type that a view accepts, if it is certain that they are at most maxValues.
func (s *sets) finitePart(v view, jsonType string) (all []value, ok bool) {
	if v.closed {
		return slices.DeleteFunc(slices.Clone(v.values), func(one value) bool { return one.jsonType() != jsonType }), true
	}
	switch jsonType {
	case "boolean":
		return []value{{kind: ir.BooleanValue, json: "false"}, {kind: ir.BooleanValue, json: "true"}}, true
	case "number":
		texts, ok := v.number.values()
		for _, text := range texts {
			all = append(all, value{kind: ir.NumberValue, json: text})
		}
		return all, ok
	case "string":
		words, ok := v.text.words()
		for _, word := range words {
			all = append(all, value{ir.StringValue, jsonString(word), word})
		}
		return all, ok
	case "array":
		return s.finiteArrays(v.array)
	}
	return s.finiteObjects(v)
}

// finiteArrays returns all arrays of a set, if they are few.
func (s *sets) finiteArrays(a *arrays) (all []value, ok bool) {
	var items []value
	if a.hasItems() {
		if items, ok = s.finite(a.Item); !ok || a.most == nil {
			return nil, false
		}
	}
	lists := [][]string{nil}
	for size := 0; size <= *a.most && len(lists) > 0; size++ {
		for _, list := range lists {
			if size >= a.least {
				all = append(all, value{kind: ir.ArrayValue, json: joined('[', list, ']')})
			}
		}
		lists = a.longer(lists, items)
		if len(all) > maxValues || size < *a.most && len(lists) > maxValues {
			return nil, false
		}
	}
	return all, true
}

// longer returns the lists of one item more.
func (a *arrays) longer(lists [][]string, items []value) [][]string {
	var out [][]string
	for _, list := range lists {
		for _, item := range items {
			if !a.Unique || !slices.Contains(list, item.json) {
				out = append(out, append(slices.Clip(list), item.json))
			}
		}
	}
	return out
}

// finiteObjects returns all objects of a set, if they are few.
func (s *sets) finiteObjects(v view) (all []value, ok bool) {
	if v.object.Kind == ir.Union {
		for _, variant := range v.object.Union.Variants {
			part, ok := s.finite(variant.Type)
			if all = append(all, part...); !ok || len(all) > maxValues {
				return nil, false
			}
		}
		return all, true
	}
	return s.finiteMembers(v.members)
}

// finiteMembers returns all objects of a set that is no union, if they are few.
func (s *sets) finiteMembers(m *members) (all []value, ok bool) {
	if m.mayHaveOthers() {
		return nil, false
	}
	objects := [][]string{nil}
	for _, f := range slices.SortedFunc(slices.Values(m.fields), func(a, b *ir.Field) int { return cmp.Compare(a.Name, b.Name) }) {
		if !m.may(f) {
			continue
		}
		values, ok := s.finite(f.Type)
		if objects = withField(objects, f, values); !ok || len(objects) > maxValues {
			return nil, false
		}
	}
	for _, o := range objects {
		if len(o) >= m.smallest && (m.largest == nil || len(o) <= *m.largest) {
			all = append(all, value{kind: ir.ObjectValue, json: joined('{', o, '}')})
		}
	}
	return all, true
}

// withField returns objects, as lists of members, with each value of a further field and, if that may be, without it.
func withField(objects [][]string, f *ir.Field, values []value) [][]string {
	var out [][]string
	for _, o := range objects {
		if !f.Required {
			out = append(out, o)
		}
		for _, one := range values {
			out = append(out, append(slices.Clip(o), jsonString(f.Name)+":"+one.json))
		}
	}
	return out
}
