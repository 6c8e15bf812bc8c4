// Package difftest holds a generated codec against a second opinion: an interpreter of JSON Schema that shares no code with it.
//
// Values are drawn from a schema, at random, and printed in all the ways that JSON allows. What the schema accepts, the codec
// must accept; where exactly one constraint is broken, both must refuse, and the codec must name the field. The two may differ
// only as Differences says, and every difference that is found is checked to be the one that it seems to be.
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
	Request  bool   // a field that is null counts as absent
	New      func() Value
}

// Value holds one value of a Type.
type Value interface {
	Decode(data []byte) error
	Append(dst []byte) []byte // returns dst where the type has no method Append
	Pointer() any
}

// Refusal is what the error of a Decode says.
type Refusal struct {
	Path, Keyword, Text string
	Missing             []string
	Offset              int
}

// Suite is a codec and its oracle.
type Suite struct {
	Oracle *Oracle
	Types  []Type

	// Refusal takes an error of Decode apart; ok is false when it is none of the codec's own errors.
	Refusal func(error) (r Refusal, ok bool)
}

// Valid draws a valid value of typ: both sides accept it; written and read again it is the same; read into a value that was
// used before it is the same; and what is written satisfies the oracle.
func (s *Suite) Valid(t *rapid.T, typ Type) {
	first, second := s.text(pen{T: t}, typ, "first"), s.text(pen{T: t, sure: s.Oracle.always}, typ, "second")
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

// text draws a valid value as text and has the oracle confirm that it is one.
func (s *Suite) text(t pen, typ Type, label string) []byte {
	n := draw(t, s.Oracle.Schema(typ.Document, typ.Name), 0)
	text := n.print(style(rapid.IntRange(0, int(allStyles)).Draw(t.T, label)))
	if err := s.Oracle.Check(typ.Document, typ.Name, text); err != nil {
		t.Fatalf("the drawing is wrong: %v\n%s", err, text)
	}
	return text
}

func compare(x, y Value) string { return cmp.Diff(x.Pointer(), y.Pointer(), cmpopts.EquateEmpty()) }

// Broken draws a value of typ in which exactly one constraint is broken: both sides refuse it, and the error names the place.
func (s *Suite) Broken(t *rapid.T, typ Type) {
	n := draw(pen{T: t}, s.Oracle.Schema(typ.Document, typ.Name), 0)
	all := n.breaks("", typ.Request)
	if len(all) == 0 {
		t.Skip("nothing to break")
	}
	b := all[rapid.IntRange(0, len(all)-1).Draw(t, "break")]
	b.apply()
	text := n.print(style(rapid.IntRange(0, int(allStyles)).Draw(t, "style")))
	if err := s.Oracle.Check(typ.Document, typ.Name, text); err == nil {
		t.Fatalf("the break is none: %s at %q\n%s", b.what, b.path, text)
	}
	err := typ.New().Decode(text)
	if err == nil {
		t.Fatalf("accepted in spite of %s at %q\n%s", b.what, b.path, text)
	}
	r, ok := s.Refusal(err)
	if !ok {
		t.Fatalf("%T is not an error of the codec", err)
	}
	if problem := b.judge(r); problem != "" {
		t.Fatalf("%s\n%s at %q: got %q, %s\n%s", problem, b.what, b.path, r.Path, r.Keyword, text)
	}
}

// Same holds the verdicts on any text against each other. It returns the names of the differences that explain why they
// disagree, or an error when none does. Text that the oracle cannot judge without harm is only read.
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
		return nil, fmt.Errorf("codec says %v, oracle says %v", err, second) //nolint:errorlint // both are only told
	}
	return names, nil
}
