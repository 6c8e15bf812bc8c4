package breaking

import "seg.example/tools/schemagen/internal/ir"

// members is what an object or a map is made of.
type members struct {
	fields     []*ir.Field
	closed     bool
	extra      *ir.Type // type of the values of keys without a name; nil: they mean nothing
	least      int
	most       *int
	names      *texts // the keys that are accepted
	nullAbsent bool

	// possible are the fields that have a value and a name that is accepted.
	possible map[string]bool
	// required counts the fields that are required.
	required int
	// others: keys that are no fields have values and names that are accepted.
	others bool
	// keys is how many different keys are possible; nil is no limit.
	keys *int
	// smallest and largest are the numbers of keys that an accepted object may have; a largest of nil is no limit.
	smallest int
	largest  *int
	// empty: no object is accepted.
	empty bool
}

// membersOf is what a type of kind Object or Map is made of.
func (s *sets) membersOf(t *ir.Type) *members {
	m := &members{}
	if t.Kind == ir.Map {
		*m = members{extra: t.Map.Value, least: t.Map.MinProps, most: t.Map.MaxProps}
		m.names = s.names(t.Map.Names)
	} else {
		o := t.Object
		*m = members{fields: o.Fields, closed: o.Closed, extra: o.Extra, least: o.MinProps, most: o.MaxProps, nullAbsent: o.NullAbsent}
		m.names = s.names(o.Names)
	}
	m.possible = map[string]bool{}
	for _, f := range m.fields {
		if admitsText(m.names.StringLimits, f.Name) && s.hasValue(f.Type) {
			m.possible[f.Name] = true
		}
		if f.Required {
			m.required++
			m.empty = m.empty || !m.possible[f.Name]
		}
	}
	m.countKeys(s)
	m.smallest, m.largest = max(m.least, m.required), least(m.keys, m.most)
	m.empty = m.empty || m.largest != nil && *m.largest < m.smallest
	return m
}

// countKeys finds out whether there are keys that are no fields, and how many keys there can be.
func (m *members) countKeys(s *sets) {
	m.keys = new(len(m.possible))
	if m.closed || m.extra != nil && !s.hasValue(m.extra) {
		return
	}
	words, few := m.names.words()
	if !few {
		m.others, m.keys = true, nil
		return
	}
	for _, word := range words {
		if m.field(word) == nil {
			m.others = true
			*m.keys++
		}
	}
}

// names are the keys that a type for keys accepts; nil accepts all.
func (s *sets) names(t *ir.Type) *texts {
	if t == nil {
		return newTexts(&ir.StringLimits{})
	}
	return s.textsOf(t.String)
}

// field returns the field of a name, or nil.
func (m *members) field(name string) *ir.Field {
	for _, f := range m.fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// full reports whether the required fields are all that an object may have.
func (m *members) full() bool { return m.largest != nil && *m.largest == m.required }

// always reports whether a field is in every accepted object.
func (m *members) always(f *ir.Field) bool {
	return f.Required || m.possible[f.Name] && m.keys != nil && m.smallest == *m.keys
}

// may reports whether a field is in any accepted object.
func (m *members) may(f *ir.Field) bool { return m.possible[f.Name] && (f.Required || !m.full()) }

// mayHaveOthers reports whether an accepted object may have a key that is no field.
func (m *members) mayHaveOthers() bool { return m.others && !m.full() }

// takes reports whether an accepted object may have a key of a name that is no field.
func (m *members) takes(name string) bool {
	return m.mayHaveOthers() && admitsText(m.names.StringLimits, name)
}
