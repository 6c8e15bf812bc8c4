package gogen

import (
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// raw prints the check of a value that is kept as text, JSON type by JSON type.
func (r *reading) raw(t *ir.Type) {
	a := t.Raw
	if anything(t, map[*ir.Type]bool{}) {
		r.P("return d.skip(p)")
		return
	}
	if len(a.Enum) > 0 {
		r.P("start := p")
	}
	kinds := accepted(a)
	if kinds == "" {
		r.P(`return p, want(p, "absent")`)
		return
	}
	r.P("switch first(b, p) {")
	if a.Null {
		r.P("case 'n':")
		r.core(&ir.Type{Kind: ir.Null}, "_", stays, "")
	}
	if a.Boolean {
		r.P("case 't', 'f':")
		r.core(&ir.Type{Kind: ir.Boolean}, "_", stays, "")
	}
	if a.Number != nil {
		r.P("case '0':")
		r.rawNumber(a.Number)
	}
	if a.String != nil {
		r.P("case '\"':")
		r.part(a.String)
	}
	if a.Array != nil {
		r.P("case '[':")
		r.part(a.Array)
	}
	if a.Object != nil {
		r.P("case '{':")
		r.part(a.Object)
	}
	r.P("default:")
	r.P("return p, want(p, ", quote(kinds), ")")
	r.P("}")
	if len(a.Enum) > 0 {
		r.enumerated(a.Enum)
	}
	r.P("return p, nil")
}

// enumerated prints the comparison with the only values that are accepted.
func (r *reading) enumerated(all []ir.Value) {
	texts, quoted := make([]string, len(all)), make([]string, len(all))
	for i, v := range all {
		texts[i], quoted[i] = v.JSON, quote(v.JSON)
	}
	r.In("if !oneOf(b[start:p], ", strings.Join(quoted, ", "), ") {")
	if len(all) == 1 {
		r.P("return start, ", strings.Replace(failure("const", "must be %s", texts[0]), "(p,", "(start,", 1))
	} else {
		r.P("return start, ", strings.Replace(failure("enum", "must be one of %s", strings.Join(texts, ", ")), "(p,", "(start,", 1))
	}
	r.Out("}")
}

// accepted lists the JSON types that a accepts; it is empty when there are none.
func accepted(a *ir.AnyOf) string {
	var all []string
	for _, part := range [...]struct {
		there bool
		name  string
	}{
		{a.Null, "null"},
		{a.Boolean, "true or false"},
		{a.Number != nil && a.Number.Kind == ir.Integer, "an integer"},
		{a.Number != nil && a.Number.Kind == ir.Number, "a number"},
		{a.String != nil, "a string"},
		{a.Array != nil, "an array"},
		{a.Object != nil, "an object"},
	} {
		if part.there {
			all = append(all, part.name)
		}
	}
	return strings.Join(all, " or ")
}

// part prints the check of one JSON type: the value is read and forgotten.
func (r *reading) part(t *ir.Type) {
	core, _ := resolve(t)
	if anything(core, map[*ir.Type]bool{}) {
		r.In("if q, err := d.skip(p); err != nil {")
		r.P("return q, err")
		r.Mid("} else {")
		r.P("p = q")
		r.Out("}")
		return
	}
	if core.Kind == ir.String {
		r.core(core, "_", stays, "")
		return
	}
	r.P("var held ", r.g.coreType(core))
	r.core(core, "held", stays, "")
}

// rawNumber prints the check of a number that is kept as text, and therefore need not fit into anything.
func (r *reading) rawNumber(t *ir.Type) {
	r.P("q := numberEnd(b, p)")
	r.In("if q < 0 {")
	r.P("return p, unexpected(p)")
	var all []limit
	var factor ir.Decimal
	switch t.Kind {
	case ir.Integer:
		r.otherwise("!decimalOf(b[p:q]).whole()", `want(p, "an integer")`, "")
		var l ir.NumberLimits
		if t.Integer.Min != nil {
			l.Min = ir.Decimal(strconv.FormatInt(*t.Integer.Min, 10))
		}
		if t.Integer.Max != nil {
			l.Max = ir.Decimal(strconv.FormatInt(*t.Integer.Max, 10))
		}
		if t.Integer.MultipleOf != nil {
			factor = ir.Decimal(strconv.FormatInt(*t.Integer.MultipleOf, 10))
		}
		all = limitsOf(&l)
	case ir.Number:
		all, factor = limitsOf(t.Number), t.Number.MultipleOf
	case ir.Boolean, ir.String, ir.Enum, ir.Const, ir.Array, ir.Object, ir.Map, ir.Union, ir.Raw, ir.Ref, ir.Null:
		r.g.problem(t.Pos, "a number is expected")
	}
	for _, l := range all {
		r.otherwise(l.exact(), l.failure(), "")
	}
	if factor != "" {
		r.multiple(t.Pos, factor, "")
	}
	r.Out("}")
	r.P("p = q")
}

// anything reports whether t accepts every value of its JSON types, so that skipping it is checking it.
func anything(t *ir.Type, visited map[*ir.Type]bool) bool {
	if t == nil || visited[t] {
		return true
	}
	visited[t] = true
	core, _ := resolve(t)
	switch core.Kind {
	case ir.Number:
		return *core.Number == ir.NumberLimits{}
	case ir.String:
		l := core.String
		return l.MinLength == 0 && l.MaxLength == nil && l.Pattern == nil && l.Format == ir.FormatNone
	case ir.Array:
		a := core.Array
		return a.MinItems == 0 && a.MaxItems == nil && !a.Unique && whatever(a.Item, visited)
	case ir.Map:
		m := core.Map
		return m.MinProps == 0 && m.MaxProps == nil && m.Names == nil && whatever(m.Value, visited)
	case ir.Object:
		o := core.Object
		return len(o.Fields) == 0 && !o.Closed && o.MinProps == 0 && o.MaxProps == nil && o.Names == nil &&
			whatever(o.Extra, visited)
	case ir.Raw:
		return whatever(core, visited)
	case ir.Boolean, ir.Integer, ir.Enum, ir.Const, ir.Union, ir.Ref, ir.Null:
	}
	return false
}

// whatever reports whether t accepts every value of every JSON type.
func whatever(t *ir.Type, visited map[*ir.Type]bool) bool {
	if t == nil {
		return true
	}
	core, _ := resolve(t)
	if core.Kind != ir.Raw {
		return false
	}
	a := core.Raw
	if a.Any {
		return true
	}
	if !a.Null || !a.Boolean || a.Number == nil || a.String == nil || a.Array == nil || a.Object == nil || len(a.Enum) > 0 {
		return false
	}
	return anything(a.Number, visited) && anything(a.String, visited) && anything(a.Array, visited) &&
		anything(a.Object, visited)
}
