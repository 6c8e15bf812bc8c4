package breaking

import (
	"cmp"
	"maps"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// analyzer computes which values types accept, and caches the results.
type analyzer struct {
	// inhabited says for every type of the contracts whether it accepts any value.
	inhabited map[*ir.Type]bool
	// stringSets caches the results of stringSetOf.
	stringSets map[*ir.StringLimits]*stringSet
	// finiteCache caches the values of types that accept few; nil for others.
	finiteCache map[*ir.Type][]value
}

// newAnalyzer analyzes all types of some contracts.
func newAnalyzer(contracts ...*ir.Contract) *analyzer {
	s := &analyzer{inhabited: map[*ir.Type]bool{}, stringSets: map[*ir.StringLimits]*stringSet{}, finiteCache: map[*ir.Type][]value{}}
	for _, c := range contracts {
		for _, t := range c.Types {
			markUsed(s.inhabited, t)
		}
		maps.Copy(s.inhabited, usedTypes(c))
	}
	for t := range s.inhabited {
		s.inhabited[t] = false
	}
	// A type has a value if its required parts have one. So a type that requires itself never gets
	// one.
	for grows := true; grows; {
		grows = false
		for t, known := range s.inhabited {
			if known {
				continue
			}
			if v := s.setOf(t); v.null || len(v.jsonTypes()) > 0 {
				s.inhabited[t], grows = true, true
			}
		}
		clear(s.finiteCache) // entries from unfinished rounds may lack values
	}
	return s
}

// hasValue reports whether a type accepts any value.
func (s *analyzer) hasValue(t *ir.Type) bool {
	if known, ok := s.inhabited[t]; ok {
		return known
	}
	v := s.setOf(t)
	return v.null || len(v.jsonTypes()) > 0
}

// stringSetOf returns the strings that satisfy the limits.
func (s *analyzer) stringSetOf(l *ir.StringLimits) *stringSet {
	if s.stringSets[l] == nil {
		s.stringSets[l] = newStringSet(l)
	}
	return s.stringSets[l]
}

// maxValues is the maximal number of values that are enumerated.
const maxValues = 1000

// finiteValues returns all values that a type accepts. ok is false unless there are certainly at
// most maxValues.
func (s *analyzer) finiteValues(t *ir.Type) (all []value, ok bool) {
	t = t.Deref()
	if all, known := s.finiteCache[t]; known {
		return all, all != nil
	}
	s.finiteCache[t] = nil // a recursive type has infinitely many values
	v := s.setOf(t)
	all = []value{}
	if v.null {
		all = append(all, value{kind: ir.NullValue, json: "null"})
	}
	for _, name := range v.jsonTypes() {
		part, ok := s.finiteValuesOf(v, name)
		if all = append(all, part...); !ok || len(all) > maxValues {
			return nil, false
		}
	}
	s.finiteCache[t] = all
	return all, true
}

// finiteValuesOf returns the values of one JSON type that a set contains. ok is false unless there
// are certainly at most maxValues.
func (s *analyzer) finiteValuesOf(v valueSet, jsonType string) (all []value, ok bool) {
	if v.enumerated {
		return slices.DeleteFunc(slices.Clone(v.values), func(one value) bool { return one.jsonType() != jsonType }), true
	}
	switch jsonType {
	case "boolean":
		return []value{{kind: ir.BooleanValue, json: "false"}, {kind: ir.BooleanValue, json: "true"}}, true
	case "number":
		texts, ok := v.number.enumerate()
		for _, text := range texts {
			all = append(all, value{kind: ir.NumberValue, json: text})
		}
		return all, ok
	case "string":
		words, ok := v.str.enumerate()
		for _, word := range words {
			all = append(all, value{ir.StringValue, jsonString(word), word})
		}
		return all, ok
	case "array":
		return s.finiteArrays(v.array)
	}
	return s.finiteObjects(v)
}

// finiteArrays returns all arrays of a set if there are few.
func (s *analyzer) finiteArrays(a *arraySet) (all []value, ok bool) {
	var items []value
	if a.hasItems() {
		if items, ok = s.finiteValues(a.Item); !ok || a.maxLen == nil {
			return nil, false
		}
	}
	lists := [][]string{nil}
	for size := 0; size <= *a.maxLen && len(lists) > 0; size++ {
		for _, list := range lists {
			if size >= a.minLen {
				all = append(all, value{kind: ir.ArrayValue, json: joinJSON('[', list, ']')})
			}
		}
		lists = a.extend(lists, items)
		if len(all) > maxValues || size < *a.maxLen && len(lists) > maxValues {
			return nil, false
		}
	}
	return all, true
}

// extend returns the lists with one more item.
func (a *arraySet) extend(lists [][]string, items []value) [][]string {
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

// finiteObjects returns all objects of a set if there are few.
func (s *analyzer) finiteObjects(v valueSet) (all []value, ok bool) {
	if v.object.Kind == ir.Union {
		for _, variant := range v.object.Union.Variants {
			part, ok := s.finiteValues(variant.Type)
			if all = append(all, part...); !ok || len(all) > maxValues {
				return nil, false
			}
		}
		return all, true
	}
	return s.finiteMembers(v.properties)
}

// finiteMembers returns all objects of a set that is not a union if there are few.
func (s *analyzer) finiteMembers(m *objectSet) (all []value, ok bool) {
	if m.mayHaveOtherKeys() {
		return nil, false
	}
	objects := [][]string{nil}
	for _, f := range slices.SortedFunc(slices.Values(m.fields), func(a, b *ir.Field) int { return cmp.Compare(a.Name, b.Name) }) {
		if !m.mayBePresent(f) {
			continue
		}
		values, ok := s.finiteValues(f.Type)
		if objects = withField(objects, f, values); !ok || len(objects) > maxValues {
			return nil, false
		}
	}
	for _, o := range objects {
		if len(o) >= m.effectiveMin && (m.effectiveMax == nil || len(o) <= *m.effectiveMax) {
			all = append(all, value{kind: ir.ObjectValue, json: joinJSON('{', o, '}')})
		}
	}
	return all, true
}

// withField returns the objects, as lists of members, with each value of another field and, if it
// is optional, without it.
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
