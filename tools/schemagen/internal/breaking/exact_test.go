package breaking_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"pgregory.net/rapid"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// family is a set of schemas that is so small that a list of values distinguishes any two that
// accept different values.
type family struct {
	name     string
	keywords map[string][]string // values that each keyword may have
	always   []string            // keywords that every schema has
	values   []string            // as JSON
	// fields: removed and added fields are reported even if the values are the same.
	fields bool
}

func families() []family {
	return []family{
		{name: "numbers", always: []string{"type"}, values: numberValues(), keywords: map[string][]string{
			"type":    {`"integer"`, `"number"`, `"number"`},
			"minimum": {"-2", "-0.5", "0", "1", "2.5", "3"}, "exclusiveMinimum": {"-2", "0", "0.5", "1", "3"},
			"maximum": {"-1", "0", "1", "2", "2.5", "4"}, "exclusiveMaximum": {"0", "1", "1.5", "3", "4"},
			"multipleOf": {"1", "2", "3", "5", "0.5", "1.5", "0.25"},
			"enum":       {"[1]", "[1, 2]", "[0, 0.5, 1]", "[-1, 0, 1, 2, 3]"}, "const": {"0", "1", "2.5"},
		}},
		{name: "strings", always: []string{"type"}, values: stringValues(), keywords: map[string][]string{
			"type": {`"string"`}, "minLength": {"0", "1", "2", "3", "4"}, "maxLength": {"0", "1", "2", "3", "4"},
			"pattern": {
				`"^a*$"`, `"^(aa)*$"`, `"^[ab]{1,3}$"`, `"^a?b?$"`, `"^(ab|1)*$"`, `"a"`, `"b$"`, `"^[^a]*$"`, `"^1{2}$"`, `"^(a|b|ab)$"`, `"^a{2,}$"`, `"^$"`,
			},
			"enum": {`["a"]`, `["a", "b", "ab"]`, `["", "a", "aa"]`, `["aa", "aaaa"]`}, "const": {`""`, `"a"`, `"ab"`},
		}},
		{name: "arrays", always: []string{"type"}, values: arrayValues(), keywords: map[string][]string{
			"type": {`"array"`}, "minItems": {"0", "1", "2", "3"}, "maxItems": {"0", "1", "2", "3"}, "uniqueItems": {"true", "false"},
			"items": {
				"false", "true", `{"type": "boolean"}`, `{"const": true}`, `{"enum": [1, 2]}`, `{"type": "integer"}`, `{"type": "integer", "minimum": 1, "maximum": 2}`,
				`{"type": "array", "maxItems": 0}`, `{"type": ["boolean", "array"], "maxItems": 0}`, `{"type": "string", "minLength": 1, "pattern": "^$"}`,
			},
			"enum": {"[[]]", "[[], [true]]", "[[1], [2]]", "[[true], [true, true]]"},
		}},
		{name: "objects", always: []string{"type"}, fields: true, values: objectValues(), keywords: map[string][]string{
			"type": {`"object"`}, "minProperties": {"0", "1", "2", "3"}, "maxProperties": {"0", "1", "2", "3"},
			"properties": {
				`{}`, `{"a": {"type": "boolean"}}`, `{"a": {"const": true}, "b": {"type": "integer"}}`, `{"a": true, "b": false}`,
				`{"a": {"type": "boolean"}, "b": {"type": "boolean"}, "dd": {"type": "string"}}`, `{"a": {"enum": [true, "x"]}, "b": {"type": ["boolean", "integer"]}}`,
			},
			"required":             {`["a"]`, `["b"]`, `["a", "b"]`},
			"additionalProperties": {"false", "false", "true", `{"type": "integer"}`, `{"type": "string", "maxLength": 0, "minLength": 0}`},
			"propertyNames":        {`{"maxLength": 1}`, `{"pattern": "^[ab]$"}`, `{"minLength": 2}`, `{"enum": ["a", "c"]}`, `{"pattern": "^[a-z]*$"}`, `{"maxLength": 0}`},
			"enum":                 {`[{}]`, `[{"a": true}]`, `[{"a": true}, {"a": false}, {}]`},
		}},
		{name: "several kinds", values: mixedValues(), keywords: map[string][]string{
			"type":    {`["integer", "string"]`, `["boolean", "null"]`, `["array", "null", "boolean"]`, `["string", "null"]`, `"null"`, `"boolean"`, `["object", "integer"]`},
			"minimum": {"0", "1", "3"}, "maximum": {"0", "1", "2"}, "minLength": {"0", "1"}, "maxLength": {"0", "1"}, "maxItems": {"0", "1"}, "minItems": {"0", "1"},
			"items": {"false", `{"type": "boolean"}`}, "maxProperties": {"0", "1"}, "minProperties": {"0", "1"}, "additionalProperties": {"false", `{"type": "integer"}`},
			"enum":  {`[true, null, false]`, `[1, "a"]`, `[0, 1, null]`, `["", null, "a"]`, `[[], {}, 1, true]`, `[null]`, `[{"a": 1}, 1, 2]`},
			"const": {"null", "true", `""`, "1", "[]", "{}"},
			"oneOf": {`[{"type": "null"}, {"type": "boolean"}]`, `[{"const": 1}, {"const": "a"}]`, `[{"type": "integer"}, {"type": "string", "maxLength": 1}]`, `[{"type": "array"}, {"type": "null"}]`},
		}},
	}
}

// numberValues contains enough numbers outside all limits to show every multiple, and
// non-multiples.
func numberValues() []string {
	var all []string
	for n := -40 * 8; n <= 40*8; n++ {
		all = append(all, strconv.FormatFloat(float64(n)/8, 'f', -1, 64))
	}
	for n := -10; n <= 10; n++ {
		all = append(all, fmt.Sprintf("%d.4001", n))
	}
	return all
}

func stringValues() []string {
	all := []string{`""`}
	level := []string{""}
	for range 5 {
		var next []string
		for _, s := range level {
			for _, letter := range []string{"a", "b", "1", "é"} {
				next = append(next, s+letter)
				all = append(all, `"`+s+letter+`"`)
			}
		}
		level = next
	}
	for n := 6; n < 10; n++ {
		all = append(all, `"`+strings.Repeat("a", n)+`"`)
	}
	return all
}

func arrayValues() []string {
	items := []string{"true", "false", "1", "2", "3", "4", `"x"`, "[]"}
	all := []string{"[]"}
	level := []string{""}
	for range 4 {
		var next []string
		for _, list := range level {
			for _, item := range items {
				longer := strings.TrimPrefix(list+","+item, ",")
				next = append(next, longer)
				all = append(all, "["+longer+"]")
			}
		}
		level = next
	}
	return all
}

func objectValues() []string {
	objects := []string{""}
	for _, key := range []struct {
		name   string
		values []string
	}{
		{"a", []string{"true", "false", "1", `"x"`, `""`}},
		{"b", []string{"true", "1", `""`}},
		{"c", []string{"true", "1", `"x"`, `""`}},
		{"dd", []string{"true", "1", `"x"`, `""`}},
		{"ee", []string{"1", `""`}},
		{"ff", []string{"1", `""`}},
	} {
		var with []string
		for _, o := range objects {
			with = append(with, o)
			for _, value := range key.values {
				with = append(with, o+`,"`+key.name+`":`+value)
			}
		}
		objects = with
	}
	all := make([]string, 0, 6*len(objects))
	for _, o := range objects {
		all = append(all, "{"+strings.TrimPrefix(o, ",")+"}")
		if len(o) < 22 { // also beside dd, ee and ff: names that patterns exclude are only needed in small objects
			for _, other := range []string{`"":1`, `"":true`, `"":""`, `"~":1`, `"~":true`, `"~":""`, `"~~":1`, `"~~":true`, `"~~":""`} {
				all = append(all, "{"+strings.TrimPrefix(o+","+other, ",")+"}")
			}
		}
	}
	return all
}

func mixedValues() []string {
	return []string{
		"null", "true", "false", "-1", "0", "1", "2", "3", "4", `""`, `"a"`, `"b"`, `"é"`, `"aa"`, "[]", "[true]", "[false]", "[true,true]", "[1]", "[null]", "{}",
		`{"a":1}`, `{"a":2}`, `{"b":1}`, `{"a":true}`, `{"a":1,"b":1}`, "1.5", "0.5",
	}
}

// draw draws a schema.
func (f family) draw(t *rapid.T, name string) string {
	node := map[string]json.RawMessage{}
	keywords := slices.Sorted(maps.Keys(f.keywords))
	for _, keyword := range f.always {
		node[keyword] = json.RawMessage(rapid.SampledFrom(f.keywords[keyword]).Draw(t, name+" "+keyword))
	}
	for range rapid.IntRange(0, 4).Draw(t, name+" keywords") {
		keyword := rapid.SampledFrom(keywords).Draw(t, name+" keyword")
		node[keyword] = json.RawMessage(rapid.SampledFrom(f.keywords[keyword]).Draw(t, name+" "+keyword))
	}
	out, err := json.Marshal(node)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// verdicts returns for each value whether an independent validator accepts it.
func verdicts(t *rapid.T, text string, values []any) []bool {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	if err := c.AddResource(base+"v", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(base + "v")
	if err != nil {
		t.Fatal(err)
	}
	all := make([]bool, len(values))
	for i, v := range values {
		all[i] = compiled.Validate(v) == nil
	}
	return all
}

// named reports whether an object only has keys that its schema names: nobody sends others.
func named(text string, v any) bool {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Additional json.RawMessage            `json:"additionalProperties"`
		Names      struct{ Enum []string }    `json:"propertyNames"`
		Required   []string                   `json:"required"`
		Enum       json.RawMessage            `json:"enum"`
	}
	o, isObject := v.(map[string]any)
	if json.Unmarshal([]byte(text), &s) != nil || !isObject || s.Additional != nil || s.Properties == nil && s.Required == nil || s.Enum != nil {
		return true
	}
	for name := range o {
		if s.Properties[name] == nil && !slices.Contains(s.Names.Enum, name) && !slices.Contains(s.Required, name) {
			return false
		}
	}
	return true
}

// loss is the evidence that clients break: a value that one schema accepts and the other refuses.
type loss struct {
	found   bool
	example any
	sent    bool // somebody sends such a value
}

// lossOf looks for a value that somebody sends, or else for any.
func lossOf(from string, values []any, accepted, still []bool) (out loss) {
	for i, v := range values {
		if accepted[i] && !still[i] {
			out = loss{found: true, example: v, sent: named(from, v)}
		}
		if out.sent {
			break
		}
	}
	return out
}

// judged reports whether reporting an error, or none, is right. For values that nobody sends, both
// are right.
func (l loss) judged(told bool) bool { return told == l.found || !told && !l.sent }

// TestCompare_is_exact: between two random schemas there is an error exactly if a value shows that
// clients break, and no finding at all if the schemas accept the same values. The values
// distinguish all such schemas; another library validates them.
func TestCompare_is_exact(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	for _, f := range families() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			var values []any
			for _, text := range f.values {
				d := json.NewDecoder(bytes.NewReader([]byte(text)))
				d.UseNumber()
				var v any
				if err := d.Decode(&v); err != nil {
					t.Fatal(err)
				}
				values = append(values, v)
			}
			count := map[string]int{}
			rapid.Check(t, func(t *rapid.T) {
				before, after := f.draw(t, "before"), f.draw(t, "after")
				set, err := schema.Load(messagesWith(before, ""))
				if err != nil {
					return
				}
				old, err := lower.Lower(set)
				if err != nil {
					return // the generator refuses it
				}
				set, err = schema.Load(messagesWith(after, ""))
				if err != nil {
					return
				}
				changed, err := lower.Lower(set)
				if err != nil {
					return
				}
				accepted, still := verdicts(t, before, values), verdicts(t, after, values)
				found := breaking.Compare(old, changed)
				report := func() string { return "from " + before + "\nto " + after + "\n" + text(old, changed, found) }

				sent := lossOf(before, values, accepted, still)
				if told := broken(found, "do.request"); !sent.judged(told) {
					t.Fatalf("sent and refused: %+v; an error is found: %v\n%s", sent, told, report())
				}
				received := lossOf(after, values, still, accepted)
				if told := broken(found, "done.data"); !received.judged(told) {
					t.Fatalf("received and refused: %+v; an error is found: %v\n%s", received, told, report())
				}
				count[fmt.Sprintf("sent %v", sent.found)]++
				count[fmt.Sprintf("received %v", received.found)]++
				if slices.Equal(accepted, still) {
					count["equal"]++
					if len(found) > 0 && !f.fields {
						t.Fatalf("the schemas accept the same values\n%s", report())
					}
				}
			})
			for _, what := range []string{"sent true", "sent false", "received true", "received false", "equal"} {
				if count[what] == 0 {
					t.Errorf("%s: never applied, so the test tests nothing", what)
				}
			}
			t.Log(count)
		})
	}
}

// broken reports whether there is an error at a path.
func broken(all []breaking.Finding, path string) bool {
	return slices.ContainsFunc(all, func(f breaking.Finding) bool {
		return f.Rule.Severity == breaking.Error && slices.ContainsFunc(f.Paths, func(p string) bool { return strings.HasPrefix(p, path) })
	})
}
