package gogen

import (
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// tableFile prints package wiretest, which lists the types of package wire for tests.
func (g *wireEmitter) tableFile(importPath string) []byte {
	w := emit.New("\t")
	w.P(marker)
	w.P()
	w.P("// Package wiretest lists the types of package wire, for tests of all types.")
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
			if isDefinedType(t.Kind) && !t.Nullable {
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
	Request  bool   // null counts as absent for fields that are not nullable
	New      func() Value
}

// Value holds one value of a Type.
type Value interface {
	Decode(data []byte) error // decodes and validates data
	Append(dst []byte) []byte // encodes the value; returns dst if the type has no method Append
	Pointer() any             // returns a pointer to the value, for comparisons
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
