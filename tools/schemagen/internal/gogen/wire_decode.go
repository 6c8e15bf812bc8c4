package gogen

import (
	"fmt"
	"go/scanner"
	"go/token"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// decodeFunc prints the body of one decoding function. In that code, p is the position and b the
// input.
type decodeFunc struct {
	*emit.Writer
	g         *wireEmitter
	loopDepth int // of loops inside each other
}

// decoder prints the decoder of t: its method decode, or its check function, and its function
// Decode….
func (g *wireEmitter) decoder(w *emit.Writer, t *ir.Type) {
	body := g.goNames[t]
	switch t.Kind {
	case ir.Object:
		if required(t) {
			g.fieldTable(w, t, body)
		}
		g.printFunction(w, "func (v *"+body+") decode", func(r *decodeFunc) { r.decodeObject(t) })
	case ir.Enum:
		g.printFunction(w, "func (v *"+body+") decode", func(r *decodeFunc) { r.decodeEnum(t, body) })
	case ir.Union:
		g.printFunction(w, "func (v *"+body+") decode", func(r *decodeFunc) { r.decodeUnion(t, body) })
	case ir.Array, ir.Map:
		g.printFunction(w, "func (v *"+body+") decode", func(r *decodeFunc) {
			r.decodeContainer(t, "(*v)", "")
			r.P("return p, nil")
		})
	case ir.Raw:
		g.printFunction(w, "func check"+body, func(r *decodeFunc) { r.checkRaw(t) })
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Ref, ir.Null:
	}
	if t.Name != "" {
		g.decodeFunction(w, t)
	}
}

// usesInput reports whether the code uses the variable b, the input.
func usesInput(body []byte) bool {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(body)), body, nil, 0)
	for {
		switch _, kind, name := s.Scan(); {
		case kind == token.EOF:
			return false
		case kind == token.IDENT && name == "b":
			return true
		}
	}
}

// printFunction prints a function with the given body.
func (g *wireEmitter) printFunction(w *emit.Writer, head string, body func(*decodeFunc)) {
	inner := &decodeFunc{Writer: emit.New("\t"), g: g}
	body(inner)
	w.In(head, "(d *decoder, p int) (int, *Error) {")
	if usesInput(inner.Bytes()) {
		w.P("b := d.b")
	}
	w.P(strings.TrimSuffix(string(inner.Bytes()), "\n"))
	w.Out("}")
	w.P()
}

// decodeFunction prints the function Decode… of a definition.
func (g *wireEmitter) decodeFunction(w *emit.Writer, t *ir.Type) {
	name := typeName(t)
	if !isDefinedType(t.Kind) || t.Nullable {
		inner := &decodeFunc{Writer: emit.New("\t"), g: g}
		inner.decodeValue(t, "(*v)", inPlace, "")
		inner.P("return p, nil")
		w.In("func decode", name, "(d *decoder, p int, v *", name, ") (int, *Error) {")
		if usesInput(inner.Bytes()) {
			w.P("b := d.b")
		}
		w.P(strings.TrimSuffix(string(inner.Bytes()), "\n"))
		w.Out("}")
		w.P()
	}
	w.Comment("//", width, "Decode"+name+" decodes data into v and validates it. It reuses the memory of v. The error is nil or an "+
		"*Error; after an error the content of v is undefined.")
	w.In("func Decode", name, "(data []byte, v *", name, ") error {")
	w.In("if err := fits(data); err != nil {")
	w.P("return err")
	w.Out("}")
	copied := ""
	if keepsText(t, map[*ir.Type]bool{}) {
		copied = ", s: string(data)"
	}
	w.P("d := decoder{b: data", copied, "}")
	if !isDefinedType(t.Kind) || t.Nullable {
		w.P("p, err := decode", name, "(&d, space(data, 0), v)")
	} else {
		w.P("p, err := v.decode(&d, space(data, 0))")
	}
	w.P("return d.finish(p, err)")
	w.Out("}")
	w.P()
}

// keepsText reports whether a value of type t contains text of the input.
func keepsText(t *ir.Type, visited map[*ir.Type]bool) bool {
	if t == nil || visited[t] {
		return false
	}
	visited[t] = true
	switch t.Kind {
	case ir.String, ir.Map, ir.Raw:
		return true
	case ir.Ref:
		return keepsText(t.Ref, visited)
	case ir.Array:
		return keepsText(t.Array.Item, visited)
	case ir.Object:
		for _, f := range t.Object.Fields {
			if keepsText(f.Type, visited) {
				return true
			}
		}
		return t.Object.Extra != nil
	case ir.Union:
		for _, v := range t.Union.Variants {
			if keepsText(v.Type, visited) {
				return true
			}
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.Enum, ir.Const, ir.Null:
	}
	return false
}

// returnError prints a return of an error. path is appended to the expression and extends the
// error's path.
func (r *decodeFunc) returnError(expression, path string) { r.P("return p, ", expression, path) }

// errorExpr returns the expression of an error.
func errorExpr(keyword, format string, args ...any) string {
	return "fail(p, " + quote(keyword) + ", " + quote(fmt.Sprintf(format, args...)) + ")"
}

// inField returns the call that adds a field's name to an error's path.
func inField(name string) string { return ".in(" + quote(name) + ")" }

// indirection says whether a value is stored behind a pointer.
type indirection uint8

const (
	inPlace   indirection = iota // stored directly
	byPointer                    // stored behind a pointer
)

func indirectionOf(f *ir.Field) indirection {
	if f.Recursive {
		return byPointer
	}
	return inPlace
}

// decodeValue prints the decoding of a t into the variable into.
func (r *decodeFunc) decodeValue(t *ir.Type, into string, box indirection, path string) {
	core, nullable := derefNullable(t)
	if !nullable {
		r.decodeNonNull(core, into, box, path)
		return
	}
	r.In("if has(b, p, `null`) {")
	r.P("p += 4")
	if isSlice(core) && box == inPlace {
		r.P(into, ".Valid, ", into, ".Value = false, ", into, ".Value[:0]")
	} else {
		r.P(into, " = Null[", pointer(box), r.g.nonNullType(core), "]{}")
	}
	r.Mid("} else {")
	r.decodeNonNull(core, into+".Value", box, path)
	r.P(into, ".Valid = true")
	r.Out("}")
}

// pointer returns the prefix of a type that is stored behind a pointer.
func pointer(box indirection) string {
	if box == byPointer {
		return "*"
	}
	return ""
}

// isSlice reports whether the Go type of core is a slice.
func isSlice(core *ir.Type) bool { return core.Kind == ir.Array || core.Kind == ir.Map }

// decodeNonNull prints the decoding of a value that is not null.
func (r *decodeFunc) decodeNonNull(t *ir.Type, into string, box indirection, path string) {
	if box == byPointer {
		r.In("if ", into, " == nil {")
		r.P(into, " = new(", r.g.nonNullType(t), ")")
		r.Out("}")
		if !r.hasMethod(t) {
			into = "(*" + into + ")"
		}
	}
	if r.hasMethod(t) {
		r.callDecoder(into+".decode(d, p)", path)
		return
	}
	switch t.Kind {
	case ir.Boolean:
		r.In("if x, q := boolean(b, p); q < 0 {")
		r.returnError(`want(p, "true or false")`, path)
		r.elseStore(into, "x")
	case ir.Integer:
		r.decodeInteger(t.Integer, into, path)
	case ir.Number:
		r.decodeNumber(t, into, path)
	case ir.String:
		r.decodeString(t.String, into, path)
	case ir.Const:
		r.In("if q := d.constant(p, ", quote(t.Const.JSON), "); q < 0 {")
		r.returnError(errorExpr("const", "must be %s", t.Const.JSON), path)
		r.Mid("} else {")
		r.P("p = q")
		r.Out("}")
	case ir.Null:
		r.In("if !has(b, p, `null`) {")
		r.returnError(`want(p, "null")`, path)
		r.Out("}")
		r.P("p += 4")
	case ir.Raw:
		r.In("if q, err := check", r.g.goNames[t], "(d, p); err != nil {")
		r.P("return q, err", path)
		r.elseStore(into, "Raw(d.s[p:q])")
	case ir.Array, ir.Map:
		r.decodeContainer(t, into, path)
	case ir.Enum, ir.Object, ir.Union, ir.Ref:
	}
}

// hasMethod reports whether the Go type of t has a method decode.
func (r *decodeFunc) hasMethod(t *ir.Type) bool {
	_, ok := r.g.goNames[t]
	return ok && isDefinedType(t.Kind)
}

// callDecoder prints a call of a decoding function with its error handling.
func (r *decodeFunc) callDecoder(expression, path string) {
	r.In("if q, err := ", expression, "; err != nil {")
	r.P("return q, err", path)
	r.Mid("} else {")
	r.P("p = q")
	r.Out("}")
}

// elseStore prints the last branch of an if chain, which stores the valid value x.
func (r *decodeFunc) elseStore(into, x string) {
	r.Mid("} else {")
	r.P(into, ", p = ", x, ", q")
	r.Out("}")
}

func (r *decodeFunc) decodeEnum(t *ir.Type, body string) {
	r.P("s, q := d.word(p)")
	r.In("if q < 0 {")
	r.returnError(`want(p, "a string")`, "")
	r.Out("}")
	r.P("switch string(s) {")
	values := make([]string, len(t.Enum))
	for i, v := range t.Enum {
		values[i] = v.Value
		r.P("case ", quote(v.Value), ":")
		r.P("*v = ", enumName(body, v))
	}
	r.P("default:")
	r.returnError(errorExpr("enum", "must be one of %s", strings.Join(values, ", ")), "")
	r.P("}")
	r.P("return q, nil")
}

func (r *decodeFunc) decodeUnion(t *ir.Type, body string) {
	r.P("tag, at, err := d.tag(p, ", quote(t.Union.Tag), ")")
	r.In("if err != nil {")
	r.P("return at, err")
	r.Out("}")
	r.P("switch string(tag) {")
	values := make([]string, len(t.Union.Variants))
	for i, v := range t.Union.Variants {
		values[i] = v.Value
		name := variantName(v)
		r.P("case ", quote(v.Value), ":")
		r.P("x := v.", name)
		r.In("if x == nil {")
		r.P("x = new(", r.g.variantType(v), ")")
		r.Out("}")
		r.P("*v = ", body, "{", name, ": x}")
		r.P("return x.decode(d, p)")
	}
	r.P("}")
	r.P("return at, ", strings.Replace(errorExpr("enum", "must be one of %s", strings.Join(values, ", ")), "(p,", "(at,", 1),
		inField(t.Union.Tag))
}
