package breaking

import "seg.example/tools/schemagen/internal/ir"

// objectSet is the set of objects that a type of kind Object or Map accepts.
type objectSet struct {
	fields     []*ir.Field
	closed     bool
	additional *ir.Type // type of the values of unknown keys; nil: they are ignored
	minProps   int
	maxProps   *int
	keyNames   *stringSet // the keys that are accepted
	nullAbsent bool

	// possible are the fields whose type has a value and whose name is accepted.
	possible map[string]bool
	// required counts the required fields.
	required int
	// allowsOtherKeys: unknown keys are possible, with an accepted name and value.
	allowsOtherKeys bool
	// maxKeys is the number of different possible keys; nil: unbounded.
	maxKeys *int
	// effectiveMin and effectiveMax bound the number of keys of an accepted object; nil: unbounded.
	effectiveMin int
	effectiveMax *int
	// empty: no object is accepted.
	empty bool
}

// objectSetOf returns the set of a type of kind Object or Map.
func (s *analyzer) objectSetOf(t *ir.Type) *objectSet {
	m := &objectSet{}
	if t.Kind == ir.Map {
		*m = objectSet{additional: t.Map.Value, minProps: t.Map.MinProps, maxProps: t.Map.MaxProps}
		m.keyNames = s.keyNames(t.Map.Names)
	} else {
		o := t.Object
		*m = objectSet{fields: o.Fields, closed: o.Closed, additional: o.Extra, minProps: o.MinProps, maxProps: o.MaxProps, nullAbsent: o.NullAbsent}
		m.keyNames = s.keyNames(o.Names)
	}
	m.possible = map[string]bool{}
	for _, f := range m.fields {
		if acceptsString(m.keyNames.StringLimits, f.Name) && s.hasValue(f.Type) {
			m.possible[f.Name] = true
		}
		if f.Required {
			m.required++
			m.empty = m.empty || !m.possible[f.Name]
		}
	}
	m.countKeys(s)
	m.effectiveMin, m.effectiveMax = max(m.minProps, m.required), smallerMax(m.maxKeys, m.maxProps)
	m.empty = m.empty || m.effectiveMax != nil && *m.effectiveMax < m.effectiveMin
	return m
}

// countKeys computes allowsOtherKeys and maxKeys.
func (m *objectSet) countKeys(s *analyzer) {
	m.maxKeys = new(len(m.possible))
	if m.closed || m.additional != nil && !s.hasValue(m.additional) {
		return
	}
	words, few := m.keyNames.enumerate()
	if !few {
		m.allowsOtherKeys, m.maxKeys = true, nil
		return
	}
	for _, word := range words {
		if m.field(word) == nil {
			m.allowsOtherKeys = true
			*m.maxKeys++
		}
	}
}

// keyNames returns the keys that a propertyNames type accepts; nil accepts all.
func (s *analyzer) keyNames(t *ir.Type) *stringSet {
	if t == nil {
		return newStringSet(&ir.StringLimits{})
	}
	return s.stringSetOf(t.String)
}

// field returns the field with a name, or nil.
func (m *objectSet) field(name string) *ir.Field {
	for _, f := range m.fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// onlyRequired reports whether an object can have no fields but the required ones.
func (m *objectSet) onlyRequired() bool {
	return m.effectiveMax != nil && *m.effectiveMax == m.required
}

// alwaysPresent reports whether a field is in every accepted object.
func (m *objectSet) alwaysPresent(f *ir.Field) bool {
	return f.Required || m.possible[f.Name] && m.maxKeys != nil && m.effectiveMin == *m.maxKeys
}

// mayBePresent reports whether a field is in any accepted object.
func (m *objectSet) mayBePresent(f *ir.Field) bool {
	return m.possible[f.Name] && (f.Required || !m.onlyRequired())
}

// mayHaveOtherKeys reports whether an accepted object may have an unknown key.
func (m *objectSet) mayHaveOtherKeys() bool { return m.allowsOtherKeys && !m.onlyRequired() }

// mayHaveKey reports whether an accepted object may have the unknown key name.
func (m *objectSet) mayHaveKey(name string) bool {
	return m.mayHaveOtherKeys() && acceptsString(m.keyNames.StringLimits, name)
}
