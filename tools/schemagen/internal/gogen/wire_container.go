package gogen

import (
	"strconv"

	"seg.example/tools/schemagen/internal/ir"
)

// container prints the loop over an array or a map.
func (r *reading) container(t *ir.Type, into, path string) {
	r.P("{")
	suffix := ""
	if r.level > 0 {
		suffix = strconv.Itoa(r.level)
	}
	r.level++
	if t.Kind == ir.Array {
		r.array(t.Array, into, "n"+suffix, path)
	} else {
		r.members(t.Map, into, "n"+suffix, "k"+suffix, path)
	}
	r.level--
	r.P("}")
}

// begin prints the opening of an array or object.
func (r *reading) begin(bracket, what, into, path string) {
	r.P("q, more, err := d.open(p, '", bracket, "', ", quote(what), ")")
	r.In("if err != nil {")
	r.P("return q, err", path)
	r.Out("}")
	r.P("p = q")
	r.P(into, " = ", into, "[:0]")
}

// advance prints the step to the next element.
func (r *reading) advance(bracket, path string) {
	r.In("if p, more, err = d.next(p, '", bracket, "'); err != nil {")
	r.P("return p, err", path)
	r.Out("}")
}

func (r *reading) array(a *ir.ArrayOf, into, n, path string) {
	if a.Unique {
		r.P("start := p")
	}
	r.begin("[", "an array", into, path)
	r.In("for ", n, " := 0; more; ", n, "++ {")
	if a.MaxItems != nil {
		r.In("if ", n, " == ", *a.MaxItems, " {")
		r.refuse(failure("maxItems", "must have at most %s", plural(strconv.Itoa(*a.MaxItems), "item")), path)
		r.Out("}")
	}
	r.P(into, " = grow(", into, ")")
	r.value(a.Item, into+"["+n+"]", stays, ".at("+n+")"+path)
	r.advance("]", path)
	r.Out("}")
	if a.MinItems > 0 {
		r.In("if len(", into, ") < ", a.MinItems, " {")
		r.refuse(failure("minItems", "must have at least %s", plural(strconv.Itoa(a.MinItems), "item")), path)
		r.Out("}")
	}
	if a.Unique {
		r.In("if !unique(b[start:p]) {")
		r.refuse(failure("uniqueItems", "must not have equal items"), path)
		r.Out("}")
	}
}

func (r *reading) members(m *ir.MapOf, into, n, k, path string) {
	r.begin("{", "an object", into, path)
	r.In("if more {")
	r.P(into, " = roomFor(", into, ", b, p)")
	r.Out("}")
	r.P("var keys mapKeys")
	r.In("for ", n, " := 0; more; ", n, "++ {")
	if m.MaxProps != nil {
		r.In("if ", n, " == ", *m.MaxProps, " {")
		r.refuse(failure("maxProperties", "must have at most %s", plural(strconv.Itoa(*m.MaxProps), "member")), path)
		r.Out("}")
	}
	r.P("at := p")
	r.P("var ", k, " string")
	r.In("if ", k, ", p, err = d.textKey(p); err != nil {")
	r.P("return p, err", path)
	r.Out("}")
	r.In("if twice(&keys, ", into, ", ", k, ") {")
	r.P("return p, duplicate(at+1).in(", k, ")", path)
	r.Out("}")
	if m.Names != nil {
		r.checkName(m.Names, k, ".in("+k+")"+path)
	}
	r.P(into, " = grow(", into, ")")
	r.P(into, "[", n, "].Key = ", k)
	r.value(m.Value, into+"["+n+"].Value", stays, ".in("+k+")"+path)
	r.advance("}", path)
	r.Out("}")
	r.In("if name, found := repeated(&keys, ", into, "); found {")
	r.P("return p, duplicate(p).in(name)", path)
	r.Out("}")
	if m.MinProps > 0 {
		r.In("if len(", into, ") < ", m.MinProps, " {")
		r.refuse(failure("minProperties", "must have at least %s", plural(strconv.Itoa(m.MinProps), "member")), path)
		r.Out("}")
	}
}
