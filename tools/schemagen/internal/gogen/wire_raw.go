package gogen

import (
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// checkRaw prints the validation of a value that is kept as text, for each JSON type.
func (r *decodeFunc) checkRaw(t *ir.Type) {
	a := t.Raw
	if acceptsAllOfItsTypes(t, map[*ir.Type]bool{}) {
		r.P("return d.skip(p)")
		return
	}
	if len(a.Enum) > 0 {
		r.P("start := p")
	}
	kinds := acceptedTypes(a)
	if kinds == "" {
		r.P(`return p, want(p, "absent")`)
		return
	}
	r.P("switch first(b, p) {")
	if a.Null {
		r.P("case 'n':")
		r.decodeNonNull(&ir.Type{Kind: ir.Null}, "_", inPlace, "")
	}
	if a.Boolean {
		r.P("case 't', 'f':")
		r.decodeNonNull(&ir.Type{Kind: ir.Boolean}, "_", inPlace, "")
	}
	if a.Number != nil {
		r.P("case '0':")
		r.checkRawNumber(a.Number)
	}
	if a.String != nil {
		r.P("case '\"':")
		r.checkPart(a.String)
	}
	if a.Array != nil {
		r.P("case '[':")
		r.checkPart(a.Array)
	}
	if a.Object != nil {
		r.P("case '{':")
		r.checkPart(a.Object)
	}
	r.P("default:")
	r.P("return p, want(p, ", quote(kinds), ")")
	r.P("}")
	if len(a.Enum) > 0 {
		r.checkEnumerated(a.Enum)
	}
	r.P("return p, nil")
}

// checkEnumerated prints the comparison with the only accepted values.
func (r *decodeFunc) checkEnumerated(all []ir.Value) {
	texts, quoted := make([]string, len(all)), make([]string, len(all))
	for i, v := range all {
		texts[i], quoted[i] = v.JSON, quote(v.JSON)
	}
	r.In("if !oneOf(b[start:p], ", strings.Join(quoted, ", "), ") {")
	if len(all) == 1 {
		r.P("return start, ", strings.Replace(errorExpr("const", "must be %s", texts[0]), "(p,", "(start,", 1))
	} else {
		r.P("return start, ", strings.Replace(errorExpr("enum", "must be one of %s", strings.Join(texts, ", ")), "(p,", "(start,", 1))
	}
	r.Out("}")
}

// acceptedTypes lists the JSON types that a accepts; empty if there are none.
func acceptedTypes(a *ir.AnyOf) string {
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

// checkPart prints the validation of one JSON type: the value is decoded and dropped.
func (r *decodeFunc) checkPart(t *ir.Type) {
	core, _ := derefNullable(t)
	if acceptsAllOfItsTypes(core, map[*ir.Type]bool{}) {
		r.In("if q, err := d.skip(p); err != nil {")
		r.P("return q, err")
		r.Mid("} else {")
		r.P("p = q")
		r.Out("}")
		return
	}
	if core.Kind == ir.String {
		r.decodeNonNull(core, "_", inPlace, "")
		return
	}
	r.P("var held ", r.g.nonNullType(core))
	r.decodeNonNull(core, "held", inPlace, "")
}

// checkRawNumber prints the validation of a number that is kept as text, so it may exceed the range
// of Go's types.
func (r *decodeFunc) checkRawNumber(t *ir.Type) {
	r.P("q := numberEnd(b, p)")
	r.In("if q < 0 {")
	r.P("return p, unexpected(p)")
	var all []limit
	var factor ir.Decimal
	switch t.Kind {
	case ir.Integer:
		r.elseIf("!decimalOf(b[p:q]).whole()", `want(p, "an integer")`, "")
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
		r.g.addProblem(t.Pos, "a number is expected")
	}
	for _, l := range all {
		r.elseIf(l.exactCondition(), l.errorExpr(), "")
	}
	if factor != "" {
		r.checkMultipleOf(t.Pos, factor, "")
	}
	r.Out("}")
	r.P("p = q")
}

// acceptsAllOfItsTypes reports whether t accepts every value of its JSON types, so that skipping it
// is enough.
func acceptsAllOfItsTypes(t *ir.Type, visited map[*ir.Type]bool) bool {
	if t == nil || visited[t] {
		return true
	}
	visited[t] = true
	core, _ := derefNullable(t)
	switch core.Kind {
	case ir.Number:
		return *core.Number == ir.NumberLimits{}
	case ir.String:
		l := core.String
		return l.MinLength == 0 && l.MaxLength == nil && l.Pattern == nil && l.Format == ir.FormatNone
	case ir.Array:
		a := core.Array
		return a.MinItems == 0 && a.MaxItems == nil && !a.Unique && acceptsEverything(a.Item, visited)
	case ir.Map:
		m := core.Map
		return m.MinProps == 0 && m.MaxProps == nil && m.Names == nil && acceptsEverything(m.Value, visited)
	case ir.Object:
		o := core.Object
		return len(o.Fields) == 0 && !o.Closed && o.MinProps == 0 && o.MaxProps == nil && o.Names == nil &&
			acceptsEverything(o.Extra, visited)
	case ir.Raw:
		return acceptsEverything(core, visited)
	case ir.Boolean, ir.Integer, ir.Enum, ir.Const, ir.Union, ir.Ref, ir.Null:
	}
	return false
}

// acceptsEverything reports whether t accepts every JSON value.
func acceptsEverything(t *ir.Type, visited map[*ir.Type]bool) bool {
	if t == nil {
		return true
	}
	core, _ := derefNullable(t)
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
	return acceptsAllOfItsTypes(a.Number, visited) && acceptsAllOfItsTypes(a.String, visited) && acceptsAllOfItsTypes(a.Array, visited) &&
		acceptsAllOfItsTypes(a.Object, visited)
}
