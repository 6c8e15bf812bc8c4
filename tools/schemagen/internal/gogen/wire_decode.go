package gogen

import (
	"fmt"
	"go/scanner"
	"go/token"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// reading prints the body of one decoding function. Where it stands, p is the position and b the input.
type reading struct {
	*emit.Writer
	g     *wire
	level int // of loops inside each other
}

// decoder prints what reads t: its method decode, or its check, and its function Decode….
func (g *wire) decoder(w *emit.Writer, t *ir.Type) {
	body := g.bodies[t]
	switch t.Kind {
	case ir.Object:
		if required(t) {
			g.fieldTable(w, t, body)
		}
		g.function(w, "func (v *"+body+") decode", func(r *reading) { r.object(t) })
	case ir.Enum:
		g.function(w, "func (v *"+body+") decode", func(r *reading) { r.enum(t, body) })
	case ir.Union:
		g.function(w, "func (v *"+body+") decode", func(r *reading) { r.union(t, body) })
	case ir.Array, ir.Map:
		g.function(w, "func (v *"+body+") decode", func(r *reading) {
			r.container(t, "(*v)", "")
			r.P("return p, nil")
		})
	case ir.Raw:
		g.function(w, "func check"+body, func(r *reading) { r.raw(t) })
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Ref, ir.Null:
	}
	if t.Name != "" {
		g.entry(w, t)
	}
}

// usesInput reports whether a body mentions the input, b: as a name, not in a text or a comment.
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

// function prints a function around what body prints.
func (g *wire) function(w *emit.Writer, head string, body func(*reading)) {
	inner := &reading{Writer: emit.New("\t"), g: g}
	body(inner)
	w.In(head, "(d *decoder, p int) (int, *Error) {")
	if usesInput(inner.Bytes()) {
		w.P("b := d.b")
	}
	w.P(strings.TrimSuffix(string(inner.Bytes()), "\n"))
	w.Out("}")
	w.P()
}

// entry prints the function Decode… of a definition.
func (g *wire) entry(w *emit.Writer, t *ir.Type) {
	name := typeName(t)
	if !ownBody(t.Kind) || t.Nullable {
		inner := &reading{Writer: emit.New("\t"), g: g}
		inner.value(t, "(*v)", stays, "")
		inner.P("return p, nil")
		w.In("func decode", name, "(d *decoder, p int, v *", name, ") (int, *Error) {")
		if usesInput(inner.Bytes()) {
			w.P("b := d.b")
		}
		w.P(strings.TrimSuffix(string(inner.Bytes()), "\n"))
		w.Out("}")
		w.P()
	}
	w.Comment("//", width, "Decode"+name+" reads data into v, whose memory it uses again, and checks it. The error is nil or an "+
		"*Error; v then holds anything.")
	w.In("func Decode", name, "(data []byte, v *", name, ") error {")
	w.In("if err := fits(data); err != nil {")
	w.P("return err")
	w.Out("}")
	copied := ""
	if keepsText(t, map[*ir.Type]bool{}) {
		copied = ", s: string(data)"
	}
	w.P("d := decoder{b: data", copied, "}")
	if !ownBody(t.Kind) || t.Nullable {
		w.P("p, err := decode", name, "(&d, space(data, 0), v)")
	} else {
		w.P("p, err := v.decode(&d, space(data, 0))")
	}
	w.P("return d.finish(p, err)")
	w.Out("}")
	w.P()
}

// keepsText reports whether a value of type t holds text of the input.
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

// refuse prints a return with an error, made by an expression, whose path ends in path.
func (r *reading) refuse(expression, path string) { r.P("return p, ", expression, path) }

// failure is the expression of an error.
func failure(keyword, format string, args ...any) string {
	return "fail(p, " + quote(keyword) + ", " + quote(fmt.Sprintf(format, args...)) + ")"
}

// inField is the call that puts a field's name into an error's path.
func inField(name string) string { return ".in(" + quote(name) + ")" }

// boxing says whether a value stands behind a pointer of its own.
type boxing uint8

const (
	stays boxing = iota // in place
	boxed               // behind a pointer
)

func boxingOf(f *ir.Field) boxing {
	if f.Recursive {
		return boxed
	}
	return stays
}

// value prints the reading of a t into the variable into.
func (r *reading) value(t *ir.Type, into string, box boxing, path string) {
	core, nullable := resolve(t)
	if !nullable {
		r.core(core, into, box, path)
		return
	}
	r.In("if has(b, p, `null`) {")
	r.P("p += 4")
	if isSlice(core) && box == stays {
		r.P(into, ".Valid, ", into, ".Value = false, ", into, ".Value[:0]")
	} else {
		r.P(into, " = Null[", pointer(box), r.g.coreType(core), "]{}")
	}
	r.Mid("} else {")
	r.core(core, into+".Value", box, path)
	r.P(into, ".Valid = true")
	r.Out("}")
}

// pointer is what stands in front of the type of a value that is boxed.
func pointer(box boxing) string {
	if box == boxed {
		return "*"
	}
	return ""
}

// isSlice reports whether Go holds core as a slice.
func isSlice(core *ir.Type) bool { return core.Kind == ir.Array || core.Kind == ir.Map }

// core prints the reading of a value that is not null.
func (r *reading) core(t *ir.Type, into string, box boxing, path string) {
	if box == boxed {
		r.In("if ", into, " == nil {")
		r.P(into, " = new(", r.g.coreType(t), ")")
		r.Out("}")
		if !r.hasMethod(t) {
			into = "(*" + into + ")"
		}
	}
	if r.hasMethod(t) {
		r.call(into+".decode(d, p)", path)
		return
	}
	switch t.Kind {
	case ir.Boolean:
		r.In("if x, q := boolean(b, p); q < 0 {")
		r.refuse(`want(p, "true or false")`, path)
		r.store(into, "x")
	case ir.Integer:
		r.integer(t.Integer, into, path)
	case ir.Number:
		r.number(t, into, path)
	case ir.String:
		r.text(t.String, into, path)
	case ir.Const:
		r.In("if q := d.constant(p, ", quote(t.Const.JSON), "); q < 0 {")
		r.refuse(failure("const", "must be %s", t.Const.JSON), path)
		r.Mid("} else {")
		r.P("p = q")
		r.Out("}")
	case ir.Null:
		r.In("if !has(b, p, `null`) {")
		r.refuse(`want(p, "null")`, path)
		r.Out("}")
		r.P("p += 4")
	case ir.Raw:
		r.In("if q, err := check", r.g.bodies[t], "(d, p); err != nil {")
		r.P("return q, err", path)
		r.store(into, "Raw(d.s[p:q])")
	case ir.Array, ir.Map:
		r.container(t, into, path)
	case ir.Enum, ir.Object, ir.Union, ir.Ref:
	}
}

// hasMethod reports whether t has a method decode of its own.
func (r *reading) hasMethod(t *ir.Type) bool {
	_, ok := r.g.bodies[t]
	return ok && ownBody(t.Kind)
}

// call prints a call of a decoding function and what happens when it fails.
func (r *reading) call(expression, path string) {
	r.In("if q, err := ", expression, "; err != nil {")
	r.P("return q, err", path)
	r.Mid("} else {")
	r.P("p = q")
	r.Out("}")
}

// store prints the last branch of a chain of ifs: all is well, x is kept.
func (r *reading) store(into, x string) {
	r.Mid("} else {")
	r.P(into, ", p = ", x, ", q")
	r.Out("}")
}

func (r *reading) enum(t *ir.Type, body string) {
	r.P("s, q := d.word(p)")
	r.In("if q < 0 {")
	r.refuse(`want(p, "a string")`, "")
	r.Out("}")
	r.P("switch string(s) {")
	values := make([]string, len(t.Enum))
	for i, v := range t.Enum {
		values[i] = v.Value
		r.P("case ", quote(v.Value), ":")
		r.P("*v = ", enumName(body, v))
	}
	r.P("default:")
	r.refuse(failure("enum", "must be one of %s", strings.Join(values, ", ")), "")
	r.P("}")
	r.P("return q, nil")
}

func (r *reading) union(t *ir.Type, body string) {
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
	r.P("return at, ", strings.Replace(failure("enum", "must be one of %s", strings.Join(values, ", ")), "(p,", "(at,", 1),
		inField(t.Union.Tag))
}
