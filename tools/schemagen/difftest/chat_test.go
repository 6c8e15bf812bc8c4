package difftest_test

import (
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seg.example/tools/schemagen/difftest"
	"seg.example/tools/schemagen/testdata/chat/gen/wire"
	"seg.example/tools/schemagen/testdata/chat/gen/wiretest"
)

//go:generate go run seg.example/tools/schemagen generate --schema ../testdata/chat/schema --out ../testdata/chat/gen

// TestMain keeps the random tests short; -rapid.checks makes them longer.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "50", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}

// chat is the suite of the chat protocol.
func chat(tb testing.TB) *difftest.Suite {
	tb.Helper()
	s := &difftest.Suite{Refusal: func(err error) (difftest.Refusal, bool) {
		e, ok := errors.AsType[*wire.Error](err)
		if !ok {
			return difftest.Refusal{}, false
		}
		return difftest.Refusal(*e), true
	}}
	var documents []string
	for _, t := range wiretest.Types() {
		s.Types = append(s.Types, difftest.Type{
			Name: t.Name, Document: t.Document, Request: t.Request, New: func() difftest.Value { return t.New() },
		})
		if !slices.Contains(documents, t.Document) {
			documents = append(documents, t.Document)
		}
	}
	oracle, err := difftest.NewOracle(os.DirFS("../testdata/chat/schema"), documents...)
	if err != nil {
		tb.Fatal(err)
	}
	s.Oracle = oracle
	return s
}

// typeNamed returns the type called name.
func typeNamed(tb testing.TB, s *difftest.Suite, name string) difftest.Type {
	tb.Helper()
	for _, typ := range s.Types {
		if typ.Name == name {
			return typ
		}
	}
	tb.Fatalf("no type is called %s", name)
	return difftest.Type{}
}

// TestValid: the codec accepts, encodes and decodes again what the schema accepts.
func TestValid(t *testing.T) {
	t.Parallel()
	s := chat(t)
	for _, typ := range s.Types {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { s.Valid(t, typ) })
		})
	}
}

// TestBroken: if one constraint is violated, the codec refuses the value and names the field.
func TestBroken(t *testing.T) {
	t.Parallel()
	s := chat(t)
	for _, typ := range s.Types {
		if typ.Name == "Any" || typ.Name == "Odd" || typ.Name == "Mixture" {
			continue // accepts (nearly) every value
		}
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { s.Broken(t, typ) })
		})
	}
}

// vectors are texts about which codec and oracle disagree, with the difference that explains it.
var vectors = []struct{ difference, typ, text string }{
	{"duplicate", "Any", `{"a":1,"a":1}`},
	{"duplicate", "Any", `[{"b":{"a":1,"\u0061":1}}]`},
	{"duplicate", "Labels", `{"a":"x","b":"y","\u0061":"z"}`},
	{"duplicate", "Chain", `{"value":1,"before":null,"value":1}`},
	{"duplicate", "Chain", `{"value":1,"before":null,"more":1,"more":2}`},
	{"depth", "Any", strings.Repeat("[", 17) + strings.Repeat("]", 17)},
	{"depth", "Chain", `{"value":1,"before":null,"more":` + strings.Repeat(`{"a":`, 16) + "1" + strings.Repeat("}", 16) + "}"},
	{"surrogate", "Any", `"\ud800"`},
	{"surrogate", "Text", `{"kind":"text","text":"\udc00\ud800"}`},
	{"int64", "Unbounded", `{"integer":9223372036854775808}`},
	{"int64", "Unbounded", `{"integer":-1e400}`},
	{"int64", "Unbounded", `{"even":-9223372036854775810}`},
	{"float64", "Unbounded", `{"number":1e400}`},
	{"float64", "Unbounded", `{"positive":1e309}`},
	{"null", "GetMembers", `{"room":"#a","role":null}`},
	{"coerce", "Index", `"0"`},
	{"coerce", "Index", `"1001"`},
	{"coerce", "Index", `"00000000000000000001"`},
}

// TestDifferences: each difference occurs and is recognized.
func TestDifferences(t *testing.T) {
	t.Parallel()
	s := chat(t)
	seen := map[string]bool{}
	for _, v := range vectors {
		names, err := s.Same(typeNamed(t, s, v.typ), []byte(v.text))
		if err != nil {
			t.Errorf("%s: %s: %v", v.typ, v.text, err)
			continue
		}
		if !slices.Contains(names, v.difference) {
			t.Errorf("%s: %s: explained by %v, want %s", v.typ, v.text, names, v.difference)
		}
		seen[v.difference] = true
	}
	for _, name := range difftest.Differences() {
		if !seen[name] {
			t.Errorf("%s never shows", name)
		}
	}
}

// TestExponents tests the difference for which the oracle would panic.
func TestExponents(t *testing.T) {
	t.Parallel()
	s := chat(t)
	for text, want := range map[string]bool{
		`{"integer":0e5000000}`:                     true,
		`{"integer":1e5000000}`:                     false,
		`{"integer":1e-5000000}`:                    false,
		`{"positive":1e-5000000}`:                   true,
		`{"positive":-1e-5000000}`:                  false,
		`{"positive":0e99999999999999999999999999}`: false,
		`{"cents":1e-5000000}`:                      false,
		`{"cents":12.340e0}`:                        true,
		`{"cents":12.345}`:                          false,
		`{"cents":1e15}`:                            true,
		`{"even":9007199254740993}`:                 false,
		`{"even":9007199254740994}`:                 true,
		`{"integer":9007199254740993}`:              true,
		`{"integer":0.1e1}`:                         true,
		`{"integer":10e-1}`:                         true,
		`{"integer":1.5}`:                           false,
	} {
		value := typeNamed(t, s, "Unbounded").New()
		if err := value.Decode([]byte(text)); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	var v wire.Unbounded
	if err := wire.DecodeUnbounded([]byte(`{"integer":9007199254740993}`), &v); err != nil || v.Integer.Value != 9007199254740993 {
		t.Errorf("got %d, %v", v.Integer.Value, err)
	}
}

// TestFormats_have_their_article: the codec once said "must be a email".
func TestFormats_have_their_article(t *testing.T) {
	t.Parallel()
	s := chat(t)
	for text, want := range map[[2]string]string{
		{"Unbounded", `{"mail":"x"}`}: "/mail: must be an email", {"MemberID", `"x"`}: "must be a uuid",
	} {
		if err := typeNamed(t, s, text[0]).New().Decode([]byte(text[1])); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// TestDifferencesAreListed: the runtime's documentation lists the known differences, and exponents.
func TestDifferencesAreListed(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/gogen/runtime/wire/doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^  - (\w+): `).FindAllStringSubmatch(file.Doc.Text(), -1) {
		listed = append(listed, m[1])
	}
	known := append(difftest.Differences(), "exponent")
	slices.Sort(listed)
	slices.Sort(known)
	if !slices.Equal(listed, known) {
		t.Errorf("got %v in the documentation, want %v", listed, known)
	}
}

// FuzzChat compares the verdicts of codec and oracle on any text.
func FuzzChat(f *testing.F) {
	s := chat(f)
	for i, typ := range s.Types {
		for _, v := range vectors {
			if v.typ == typ.Name {
				f.Add(uint16(i), []byte(v.text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint16, text []byte) {
		typ := s.Types[int(which)%len(s.Types)]
		if _, err := s.Same(typ, text); err != nil {
			t.Fatalf("%s: %v\n%s", typ.Name, err, text)
		}
	})
}
