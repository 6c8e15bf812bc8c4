package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// drawJSON draws a JSON value with random white space.
func drawJSON(t *rapid.T, depth int) string {
	space := func() string { return rapid.SampledFrom([]string{"", "", " ", "\n", "\t\n  "}).Draw(t, "space") }
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth > 3 {
		kind = min(kind, 4)
	}
	switch kind {
	case 0:
		return "null"
	case 1:
		return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "bool")
	case 2, 3:
		return rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
	case 4:
		text, _ := json.Marshal(rapid.String().Draw(t, "string"))
		return string(text)
	case 5:
		var items []string
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			items = append(items, space()+drawJSON(t, depth+1)+space())
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		var members []string
		for i := range rapid.IntRange(0, 3).Draw(t, "members") {
			key, _ := json.Marshal(rapid.SampledFrom([]string{"a", "ä", "/", "~", ""}).Draw(t, "key") + strings.Repeat("x", i))
			members = append(members, space()+string(key)+space()+":"+space()+drawJSON(t, depth+1)+space())
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}

// TestParse_places: the place of every value and key is that of its text, and its pointer is
// correct.
func TestParse_places(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := "\n " + drawJSON(t, 0) + " \n"
		v, err := schema.Parse("a.json", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got, want := compact(t, schema.JSON(v)), compact(t, []byte(text)); got != want {
			t.Fatalf("printed %s, want %s", got, want)
		}
		lines := strings.SplitAfter(text, "\n")
		at := func(line, column int) string {
			return strings.Join(lines[line-1:], "")[column-1:]
		}
		checkKeywordUse(t, v, "", at)
	})
}

func checkKeywordUse(t *rapid.T, v *schema.Value, pointer string, at func(line, column int) string) {
	here := at(v.Pos.Line, v.Pos.Column)
	begins := map[schema.Kind]string{
		schema.Null: "null", schema.False: "false", schema.True: "true", schema.Number: v.Text, schema.String: `"`,
		schema.Array: "[", schema.Object: "{",
	}
	if !strings.HasPrefix(here, begins[v.Kind]) || v.Pos.Pointer != pointer {
		t.Fatalf("%s at %+v: text there is %q, want pointer %q", v.Kind, v.Pos, here, pointer)
	}
	for i, item := range v.Items {
		checkKeywordUse(t, item, pointer+"/"+string(rune('0'+i)), at)
	}
	for _, m := range v.Members {
		if !strings.HasPrefix(at(m.KeyPos.Line, m.KeyPos.Column), `"`) {
			t.Fatalf("got no key at %+v, want one", m.KeyPos)
		}
		checkKeywordUse(t, m.Value, pointer+"/"+schema.PointerToken(m.Key), at)
	}
}

func compact(t *rapid.T, text []byte) string {
	// The escapes of strings may differ; numbers must keep their digits.
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// FuzzLower: any document becomes a contract or problems with places; nothing panics.
func FuzzLower(f *testing.F) {
	for _, text := range []string{
		`{"$schema": "` + schema.Draft + `", "definitions": {"A": {"type": "object", "properties": {"a": {"$ref": "#/definitions/A"}}}}}`,
		`{"$schema": "` + schema.Draft + `", "definitions": {"A": {"oneOf": [{"$ref": "#/definitions/B"}, {"type": "null"}]}, "B": {"enum": [1, "a", [], {}]}}}`,
		`{"$schema": "` + schema.Draft + `", "definitions": {"A": {"allOf": [{"minimum": 1e3}, {"multipleOf": 0.5}], "pattern": "^[a-z]+$"}}}`,
		`{"$schema": "` + schema.Draft + `", "definitions": {"A": {"x-request": "a", "type": "object", "x-answer": {"$ref": "#"}, "x-emits": ["b"]}}}`,
		`[1, 2.5e3, "\u00e4", {"a": null}]`, `{"a": 1, "a": 2}`, "\xff", `{`, ``,
	} {
		f.Add([]byte(text))
	}
	archives, err := filepath.Glob(filepath.Join("..", "lower", "testdata", "*", "*.txtar"))
	if err != nil || len(archives) == 0 {
		f.Fatalf("no seed documents: %v", err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			f.Add(part.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := schema.Parse("a.json", data)
		if valid := json.Valid(data); err == nil && !valid {
			t.Fatalf("accepted invalid JSON: %q", data)
		}
		if (v == nil) == (err == nil) {
			t.Fatalf("%v and %v", v, err)
		}
		set, err := schema.Load(fstest.MapFS{
			schema.IndexFile: {Data: []byte(`{"$schema": "` + schema.Draft + `", "x-contract": {"name": "one", "version": "1.0.0", "documents": ["a.json"]}}`)},
			"a.json":         {Data: data},
		})
		if err == nil {
			lower.Lint(set, lower.RefusePlanned)
			_, err = lower.Lower(set)
		}
		var problems schema.Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("an error without a place: %v", err)
		}
		for _, p := range problems {
			if p.Pos.Line == 0 || p.Text == "" {
				t.Fatalf("a problem without a place: %+v", p)
			}
		}
	})
}
