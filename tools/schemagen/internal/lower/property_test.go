package lower_test

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// lowerOne lowers one schema.
func lowerOne(text string) (*ir.Type, error) {
	set, err := schema.Load(fstest.MapFS{
		schema.IndexFile: {Data: []byte(`{"$schema": "` + schema.Draft + `", "x-contract": {"name": "one", "version": "1.0.0", "documents": ["a.json"]}}`)},
		"a.json":         {Data: []byte(`{"$schema": "` + schema.Draft + `", "definitions": {"A": ` + text + `}}`)},
	})
	if err != nil {
		return nil, err
	}
	c, err := lower.Lower(set)
	if err != nil {
		return nil, err
	}
	return c.Types[0], nil
}

// steps matches like generated code: greedily, without backtracking.
func steps(all []ir.Step, s string) bool {
	for _, step := range all {
		n := 0
		for ; s != "" && n != step.Max && children(step.Ranges, s[0]); n++ {
			s = s[1:]
		}
		if n < step.Min {
			return false
		}
	}
	return s == ""
}

func children(ranges []ir.Range, c byte) bool {
	for _, r := range ranges {
		if r.Low <= c && c <= r.High {
			return true
		}
	}
	return false
}

// TestSteps_agree_with_the_pattern compares the steps of random patterns with the regular
// expression itself. The patterns use few characters, so classes often overlap.
func TestSteps_agree_with_the_pattern(t *testing.T) {
	t.Parallel()
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		atom := rapid.SampledFrom([]string{"a", "b", "[ab]", "[b-d]", `\\d`, "[a-c1]", `\\.`, "-"})
		count := rapid.SampledFrom([]string{"", "", "*", "+", "?", "{2}", "{1,2}", "{0}", "{2,}"})
		group := rapid.SampledFrom([][2]string{{"", ""}, {"", ""}, {"(", ")?"}, {"(?:", ")?"}, {"(", ")"}}).Draw(t, "group")
		source := "^" + group[0]
		for range rapid.IntRange(0, 5).Draw(t, "length") {
			source += atom.Draw(t, "atom") + count.Draw(t, "count")
		}
		source += group[1] + "$"
		got, err := lowerOne(`{"type": "string", "pattern": "` + source + `"}`)
		if err != nil {
			t.Fatal(err)
		}
		pattern := got.String.Pattern
		if pattern.Steps == nil {
			return
		}
		taken++
		compiled := regexp.MustCompile(pattern.Source)
		for range 20 {
			s := rapid.StringOfN(rapid.SampledFrom([]rune("abcd1.-x")), 0, 8, -1).Draw(t, "string")
			if want := compiled.MatchString(s); (steps(pattern.Steps, s) || s == "" && pattern.OrEmpty) != want {
				t.Fatalf("/%s/ on %q: the expression says %v, its steps %v", pattern.Source, s, want, !want)
			}
		}
	})
	if taken == 0 {
		t.Error("no pattern has steps, want some")
	}
}

func drawNumber(t *rapid.T, name string) string {
	digits := rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?`).Draw(t, name)
	if rapid.Bool().Draw(t, name+" has an exponent") {
		digits += fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"e", "E", "e+"}).Draw(t, name+" e"), rapid.IntRange(0, 40).Draw(t, name+" exponent"))
	}
	return digits
}

func ratOf(t *rapid.T, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("no number: %q", text)
	}
	return r
}

// TestNumbers_keep_their_value: a bound keeps its exact value and gets the canonical form.
func TestNumbers_keep_their_value(t *testing.T) {
	t.Parallel()
	canonical := regexp.MustCompile(`^-?(0|[1-9][0-9]*|[1-9][0-9]*[1-9]e[1-9][0-9]*|[1-9]e[1-9][0-9]*|(0|[1-9][0-9]*)\.[0-9]*[1-9]|[1-9][0-9]*e-[1-9][0-9]*)$`)
	rapid.Check(t, func(t *rapid.T) {
		text := drawNumber(t, "number")
		got, err := lowerOne(`{"type": "number", "minimum": ` + text + `}`)
		if err != nil {
			t.Fatal(err)
		}
		limit := string(got.Number.Min)
		if ratOf(t, limit).Cmp(ratOf(t, text)) != 0 {
			t.Fatalf("%s became %s", text, limit)
		}
		if !canonical.MatchString(limit) {
			t.Fatalf("%s became %s, which is not canonical", text, limit)
		}
		again, err := lowerOne(`{"type": "number", "minimum": ` + limit + `}`)
		if err != nil || string(again.Number.Min) != limit {
			t.Fatalf("%s became %v, %v", limit, again, err)
		}
	})
}

// TestIntegers_have_the_bounds_of_their_schema: the limits accept an int64 exactly if the schema
// does.
func TestIntegers_have_the_bounds_of_their_schema(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		low, high := drawNumber(t, "low"), drawNumber(t, "high")
		lowKey := rapid.SampledFrom([]string{"minimum", "exclusiveMinimum"}).Draw(t, "low key")
		highKey := rapid.SampledFrom([]string{"maximum", "exclusiveMaximum"}).Draw(t, "high key")
		got, err := lowerOne(fmt.Sprintf(`{"type": "integer", %q: %s, %q: %s}`, lowKey, low, highKey, high))
		if err != nil {
			if strings.Contains(err.Error(), "between") || strings.Contains(err.Error(), "satisfies the limits") {
				return
			}
			t.Fatal(err)
		}
		v := rapid.Int64().Draw(t, "value")
		value := new(big.Rat).SetInt64(v)
		fromLow, fromHigh := value.Cmp(ratOf(t, low)), value.Cmp(ratOf(t, high))
		want := (fromLow > 0 || (fromLow == 0 && lowKey == "minimum")) && (fromHigh < 0 || (fromHigh == 0 && highKey == "maximum"))
		limits := got.Integer
		is := (limits.Min == nil || v >= *limits.Min) && (limits.Max == nil || v <= *limits.Max)
		if is != want {
			t.Fatalf("%d within %s %s, %s %s: want %v, got %v (%+v)", v, lowKey, low, highKey, high, want, is, limits)
		}
	})
}

// TestMultiples_meet: the intersection of two multipleOf is their least common multiple.
func TestMultiples_meet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		step := func(name string) string {
			return fmt.Sprintf("%d.%d", rapid.IntRange(0, 99).Draw(t, name), rapid.IntRange(1, 9999).Draw(t, name+" fraction"))
		}
		a, b := step("a"), step("b")
		got, err := lowerOne(fmt.Sprintf(`{"allOf": [{"type": "number", "multipleOf": %s}, {"multipleOf": %s}]}`, a, b))
		if err != nil {
			t.Fatal(err)
		}
		both := ratOf(t, string(got.Number.MultipleOf))
		x, y := new(big.Rat).Quo(both, ratOf(t, a)), new(big.Rat).Quo(both, ratOf(t, b))
		if !x.IsInt() || !y.IsInt() || new(big.Int).GCD(nil, nil, x.Num(), y.Num()).Cmp(big.NewInt(1)) != 0 {
			t.Fatalf("%s and %s meet in %s", a, b, got.Number.MultipleOf)
		}
	})
}

// TestHash_wireOnly: the hash depends only on what is visible on the wire. A corrected description
// once changed it, so every client warned of another protocol.
func TestHash_wireOnly(t *testing.T) {
	t.Parallel()
	contract := func(definitions string) *ir.Contract {
		set, err := schema.Load(fstest.MapFS{
			schema.IndexFile: {Data: []byte(`{"$schema": "` + schema.Draft + `", "x-contract": {"name": "one", "version": "1.0.0", "documents": ["a.json"]}}`)},
			"a.json":         {Data: []byte(`{"$schema": "` + schema.Draft + `", "definitions": ` + definitions + `}`)},
		})
		if err != nil {
			t.Fatal(err)
		}
		c, err := lower.Lower(set)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const first = `{"Pong": {"x-frame": "pong", "type": "object", "description": "One.", "required": ["n"],
		"properties": {"n": {"$ref": "#/definitions/N"}, "next": {"$ref": "#/definitions/Pong"}, "e": {"enum": ["a", "b"]}}},
		"N": {"type": "integer", "minimum": 1.0}}`
	want := contract(first)
	for name, definitions := range map[string]string{
		"a description":        strings.Replace(first, "One.", "Two.", 1),
		"a definition's name":  strings.ReplaceAll(strings.ReplaceAll(first, "definitions/N", "definitions/M"), `"N":`, `"M":`),
		"an inlined reference": strings.Replace(first, `{"$ref": "#/definitions/N"}`, `{"minimum": 1, "type": "integer"}`, 1),
		"an order":             strings.Replace(first, `["a", "b"]`, `["b", "a"]`, 1),
		"an unused definition": strings.Replace(first, `{"Pong"`, `{"Other": {"type": "string"}, "Pong"`, 1),
		"an unrolled loop": strings.Replace(first, `"next": {"$ref": "#/definitions/Pong"}`,
			`"next": {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/definitions/N"}, "next": {"$ref": "#/definitions/Pong"}, "e": {"enum": ["a", "b"]}}}`, 1),
	} {
		got := contract(definitions)
		if got.Hash != want.Hash {
			t.Errorf("%s: got another hash, want the same", name)
		}
		if got.Documents == want.Documents {
			t.Errorf("%s: got the same hash of the documents, want another", name)
		}
	}
	for name, definitions := range map[string]string{
		"a limit":           strings.Replace(first, "1.0", "2", 1),
		"a message's type":  strings.Replace(first, `"pong"`, `"gong"`, 1),
		"a required field":  strings.Replace(first, `["n"]`, `["n", "e"]`, 1),
		"a member":          strings.Replace(first, `["a", "b"]`, `["a", "c"]`, 1),
		"null":              strings.Replace(first, `{"$ref": "#/definitions/N"}`, `{"oneOf": [{"$ref": "#/definitions/N"}, {"type": "null"}]}`, 1),
		"a nested message":  strings.Replace(first, `{"$ref": "#/definitions/Pong"}`, `{"type": "object", "properties": {}}`, 1),
		"a default":         strings.Replace(first, `{"enum": ["a", "b"]}`, `{"enum": ["a", "b"], "default": "a"}`, 1),
		"a further message": strings.Replace(first, `{"Pong"`, `{"Gong": {"x-frame": "gong", "type": "object", "properties": {"a": {"type": "string"}}}, "Pong"`, 1),
	} {
		if got := contract(definitions); got.Hash == want.Hash {
			t.Errorf("%s: got the same hash, want another", name)
		}
	}
}
