package gogen

import (
	"strconv"

	"seg.example/tools/schemagen/internal/ir"
)

// decodeContainer prints the loop over an array or a map.
func (r *decodeFunc) decodeContainer(t *ir.Type, into, path string) {
	r.P("{")
	suffix := ""
	if r.loopDepth > 0 {
		suffix = strconv.Itoa(r.loopDepth)
	}
	r.loopDepth++
	if t.Kind == ir.Array {
		r.decodeArray(t.Array, into, "n"+suffix, path)
	} else {
		r.decodeMap(t.Map, into, "n"+suffix, "k"+suffix, path)
	}
	r.loopDepth--
	r.P("}")
}

// openContainer prints the decoding of the opening bracket.
func (r *decodeFunc) openContainer(bracket, what, into, path string) {
	r.P("q, more, err := d.open(p, '", bracket, "', ", quote(what), ")")
	r.In("if err != nil {")
	r.P("return q, err", path)
	r.Out("}")
	r.P("p = q")
	r.P(into, " = ", into, "[:0]")
}

// nextElement prints the step to the next element.
func (r *decodeFunc) nextElement(bracket, path string) {
	r.In("if p, more, err = d.next(p, '", bracket, "'); err != nil {")
	r.P("return p, err", path)
	r.Out("}")
}

func (r *decodeFunc) decodeArray(a *ir.ArrayOf, into, n, path string) {
	if a.Unique {
		r.P("start := p")
	}
	r.openContainer("[", "an array", into, path)
	r.In("for ", n, " := 0; more; ", n, "++ {")
	if a.MaxItems != nil {
		r.In("if ", n, " == ", *a.MaxItems, " {")
		r.returnError(errorExpr("maxItems", "must have at most %s", plural(strconv.Itoa(*a.MaxItems), "item")), path)
		r.Out("}")
	}
	r.P(into, " = grow(", into, ")")
	r.decodeValue(a.Item, into+"["+n+"]", inPlace, ".at("+n+")"+path)
	r.nextElement("]", path)
	r.Out("}")
	if a.MinItems > 0 {
		r.In("if len(", into, ") < ", a.MinItems, " {")
		r.returnError(errorExpr("minItems", "must have at least %s", plural(strconv.Itoa(a.MinItems), "item")), path)
		r.Out("}")
	}
	if a.Unique {
		r.In("if !unique(b[start:p]) {")
		r.returnError(errorExpr("uniqueItems", "must not have equal items"), path)
		r.Out("}")
	}
}

func (r *decodeFunc) decodeMap(m *ir.MapOf, into, n, k, path string) {
	r.openContainer("{", "an object", into, path)
	r.In("if more {")
	r.P(into, " = roomFor(", into, ", b, p)")
	r.Out("}")
	r.P("var keys mapKeys")
	r.In("for ", n, " := 0; more; ", n, "++ {")
	if m.MaxProps != nil {
		r.In("if ", n, " == ", *m.MaxProps, " {")
		r.returnError(errorExpr("maxProperties", "must have at most %s", plural(strconv.Itoa(*m.MaxProps), "member")), path)
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
	r.decodeValue(m.Value, into+"["+n+"].Value", inPlace, ".in("+k+")"+path)
	r.nextElement("}", path)
	r.Out("}")
	r.In("if name, found := repeated(&keys, ", into, "); found {")
	r.P("return p, duplicate(p).in(name)", path)
	r.Out("}")
	if m.MinProps > 0 {
		r.In("if len(", into, ") < ", m.MinProps, " {")
		r.returnError(errorExpr("minProperties", "must have at least %s", plural(strconv.Itoa(m.MinProps), "member")), path)
		r.Out("}")
	}
}
