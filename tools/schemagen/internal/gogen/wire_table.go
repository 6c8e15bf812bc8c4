package gogen

import (
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// tableFile prints package wiretest, which lists the types of package wire for tests that go through all of them.
func (g *wire) tableFile(importPath string) []byte {
	w := emit.New("\t")
	w.P(marker)
	w.P()
	w.P("// Package wiretest lists the types of package wire, for tests that go through all of them.")
	w.P("package wiretest")
	w.P()
	w.P("import ", quote(importPath+"/wire"))
	w.P(tableHead)
	w.In("func Types() []Type {")
	w.In("return []Type{")
	for _, d := range g.documents {
		for _, t := range d.types {
			if t.Name == "" {
				continue
			}
			name := typeName(t)
			write := "nil"
			if ownBody(t.Kind) && !t.Nullable {
				write = "(*wire." + name + ").Append"
			}
			w.P("{", quote(t.Name), ", ", quote(t.Pos.File), ", ", t.Kind == ir.Object && t.Object.NullAbsent, ", of(wire.Decode", name,
				", ", write, ")},")
		}
	}
	w.Out("}")
	w.Out("}")
	return w.Bytes()
}

const tableHead = `
// Type is one definition.
type Type struct {
	Name     string // as in the document
	Document string // path of the document
	Request  bool   // a field that is null counts as absent
	New      func() Value
}

// Value holds one value of a Type.
type Value interface {
	Decode(data []byte) error // reads and checks data
	Append(dst []byte) []byte // writes the value; it returns dst where the type has no method Append
	Pointer() any             // points to the value, for comparisons
}

type value[T any] struct {
	v      T
	decode func([]byte, *T) error
	write  func(*T, []byte) []byte
}

func (v *value[T]) Decode(data []byte) error { return v.decode(data, &v.v) }

func (v *value[T]) Append(dst []byte) []byte {
	if v.write == nil {
		return dst
	}
	return v.write(&v.v, dst)
}

func (v *value[T]) Pointer() any { return &v.v }

func of[T any](decode func([]byte, *T) error, write func(*T, []byte) []byte) func() Value {
	return func() Value { return &value[T]{decode: decode, write: write} }
}

// Types returns all definitions, in order.`
