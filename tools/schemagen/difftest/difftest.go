// Package difftest compares a generated codec with an independent interpreter of JSON Schema, the
// oracle.
//
// Values are drawn from a schema at random and printed in all notations that JSON allows. If the
// schema accepts a value, the codec must accept it. If exactly one constraint is violated, both
// must refuse the value, and the codec must name the field. The two may only differ as Differences
// says; the tests verify the cause of every difference.
package difftest

import (
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Type is one definition and its codec.
type Type struct {
	Name     string // as in the document
	Document string // path of the document in the schema folder
	Request  bool   // null counts as absent for fields that are not nullable
	New      func() Value
}

// Value holds one value of a Type.
type Value interface {
	Decode(data []byte) error
	Append(dst []byte) []byte // returns dst if the type has no method Append
	Pointer() any
}

// Refusal contains the fields of a Decode error.
type Refusal struct {
	Path, Keyword, Text string
	Missing             []string
	Offset              int
}

// Suite is a codec and its oracle.
type Suite struct {
	Oracle *Oracle
	Types  []Type

	// Refusal converts an error of Decode; ok is false if it is not an error of the codec.
	Refusal func(error) (r Refusal, ok bool)
}

// Valid draws a valid value of typ. Both sides must accept it; encoding and decoding must preserve
// it, also when decoding into a used value; and the oracle must accept the encoded text.
func (s *Suite) Valid(t *rapid.T, typ Type) {
	first, second := s.drawValid(drawer{T: t}, typ, "first"), s.drawValid(drawer{T: t, sure: s.Oracle.always}, typ, "second")
	fresh := typ.New()
	if err := fresh.Decode(second); err != nil {
		t.Fatalf("refused: %v\n%s", err, second)
	}
	used := typ.New()
	for _, text := range [][]byte{first, second} {
		if err := used.Decode(text); err != nil {
			t.Fatalf("refused: %v\n%s", err, text)
		}
	}
	if diff := compare(fresh, used); diff != "" {
		t.Fatalf("what was decoded before shows:\n%s\n%s\n%s", diff, first, second)
	}
	written := fresh.Append(nil)
	if written == nil {
		return
	}
	if err := s.Oracle.Check(typ.Document, typ.Name, written); err != nil {
		t.Fatalf("what was written is refused: %v\n%s", err, written)
	}
	again := typ.New()
	if err := again.Decode(written); err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, written)
	}
	if diff := compare(fresh, again); diff != "" {
		t.Fatalf("written and read again:\n%s\n%s", diff, written)
	}
}

// drawValid draws a valid value as text; the oracle confirms that it is valid.
func (s *Suite) drawValid(t drawer, typ Type, label string) []byte {
	n := draw(t, s.Oracle.Schema(typ.Document, typ.Name), 0)
	text := n.print(style(rapid.IntRange(0, int(allStyles)).Draw(t.T, label)))
	if err := s.Oracle.Check(typ.Document, typ.Name, text); err != nil {
		t.Fatalf("the drawing is wrong: %v\n%s", err, text)
	}
	return text
}

func compare(x, y Value) string { return cmp.Diff(x.Pointer(), y.Pointer(), cmpopts.EquateEmpty()) }

// Broken draws a value of typ in which exactly one constraint is violated. Both sides must refuse
// it, and the error must name the place.
func (s *Suite) Broken(t *rapid.T, typ Type) {
	n := draw(drawer{T: t}, s.Oracle.Schema(typ.Document, typ.Name), 0)
	all := n.violations("", typ.Request)
	if len(all) == 0 {
		t.Skip("nothing to break")
	}
	b := all[rapid.IntRange(0, len(all)-1).Draw(t, "break")]
	b.apply()
	text := n.print(style(rapid.IntRange(0, int(allStyles)).Draw(t, "style")))
	if err := s.Oracle.Check(typ.Document, typ.Name, text); err == nil {
		t.Fatalf("the break is none: %s at %q\n%s", b.keyword, b.path, text)
	}
	err := typ.New().Decode(text)
	if err == nil {
		t.Fatalf("accepted in spite of %s at %q\n%s", b.keyword, b.path, text)
	}
	r, ok := s.Refusal(err)
	if !ok {
		t.Fatalf("%T is not an error of the codec", err)
	}
	if problem := b.check(r); problem != "" {
		t.Fatalf("%s\n%s at %q: got %q, %s\n%s", problem, b.keyword, b.path, r.Path, r.Keyword, text)
	}
}

// Same compares the verdicts on any text. It returns the names of the differences that explain a
// disagreement, or an error if none does. Text that the oracle cannot handle safely is only
// decoded.
func (s *Suite) Same(typ Type, text []byte) ([]string, error) {
	err := typ.New().Decode(text)
	if !Judgeable(text) {
		return nil, nil
	}
	second := s.Oracle.Check(typ.Document, typ.Name, text)
	if (err == nil) == (second == nil) {
		return nil, nil
	}
	var names []string
	for _, d := range differences {
		if d.explains(s, typ, text, err) {
			names = append(names, d.name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("codec says %v, oracle says %v", err, second) //nolint:errorlint // both are only printed
	}
	return names, nil
}
