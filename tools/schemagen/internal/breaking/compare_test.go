package breaking_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// protocols are the folders of the available schemas.
var protocols = []string{"../../../../schema", "../../testdata/chat/schema", "../../testdata/tiny"}

// TestCompare_finds_nothing_in_itself: a protocol that is read twice has no changes.
func TestCompare_finds_nothing_in_itself(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	for _, dir := range protocols {
		original := readProtocol(t, dir)
		first, again := contractOf(t, original.files(t)), contractOf(t, original.files(t))
		if found := breaking.Compare(first, again); len(found) > 0 {
			t.Errorf("%s:\n%s", dir, text(first, again, found))
		}
	}
	original := readProtocol(t, "../../testdata/chat/schema")
	rapid.Check(t, func(t *rapid.T) {
		changed := original.copy(t)
		changed.mutate(t)
		set, err := schema.Load(changed.files(t))
		if err != nil {
			return
		}
		contract, err := lower.Lower(set)
		if err != nil {
			return
		}
		if found := breaking.Compare(contract, contract); len(found) > 0 {
			t.Fatalf("%s", text(contract, contract, found))
		}
	})
}

// TestCompare_tells_of_null_inside_a_recursive_type: a nullable reference is compared even if the
// comparison of its target is still in progress.
func TestCompare_tells_of_null_inside_a_recursive_type(t *testing.T) {
	t.Parallel()
	list := func(rest string) string {
		return `{"type": "object", "required": ["rest"], "properties": {"rest": ` + rest + `}}`
	}
	orNull := contractOf(t, messagesWith(list(`{"oneOf": [{"$ref": "#/definitions/V"}, {"type": "null"}]}`), ""))
	never := contractOf(t, messagesWith(list(`{"oneOf": [{"$ref": "#/definitions/V"}]}`), ""))
	optional := contractOf(t, messagesWith(`{"type": "object", "properties": {"rest": {"$ref": "#/definitions/V"}}}`, ""))
	optionalOrNull := contractOf(t, messagesWith(`{"type": "object", "properties": {"rest": {"oneOf": [{"$ref": "#/definitions/V"}, {"type": "null"}]}}}`, ""))
	for _, test := range []struct {
		name          string
		before, after *ir.Contract
		rule          string
	}{
		{"no value is left", orNull, never, "sent-type-narrowed"},
		{"null is gone", optionalOrNull, optional, "sent-null-removed"},
		{"null is new", optional, optionalOrNull, "received-null-added"},
	} {
		if found := breaking.Compare(test.before, test.after); !fires(found, test.rule) {
			t.Errorf("%s: %s does not fire:\n%s", test.name, test.rule, text(test.before, test.after, found))
		}
	}
}

// TestCompare_overlooks_words: clients cannot observe descriptions, titles and the order of keys.
func TestCompare_overlooks_words(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	for _, dir := range protocols {
		original := readProtocol(t, dir)
		changed := original.copy(t)
		for _, doc := range changed {
			doc["title"], doc["description"] = "Another title", "Another description."
		}
		for _, node := range changed.nodes() {
			node["description"], node["title"], node["examples"] = "Other words.", "Other", []any{"an example"}
			if texts, ok := node["x-enum-descriptions"].(object); ok {
				for value := range texts {
					texts[value] = "Other words for it."
				}
			}
		}
		before, after := contractOf(t, original.files(t)), contractOf(t, changed.files(t))
		if before.Documents == after.Documents {
			t.Errorf("%s: the documents are equal, so the test tests nothing", dir)
		}
		if before.Hash != after.Hash {
			t.Errorf("%s: got another hash, want the same: clients would be warned of other words", dir)
		}
		if found := breaking.Compare(before, after); len(found) > 0 {
			t.Errorf("%s:\n%s", dir, text(before, after, found))
		}
	}
}

// documents returns a protocol with one document of definitions.
func documents(definitions string) fstest.MapFS {
	c := ruleCase{parts: &txtar.Archive{Files: []txtar.File{{Name: "new/messages.json", Data: []byte(
		`{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {` + definitions + `}}`)}}}}
	return c.documents("new")
}

// found compares two documents and returns the findings as text, without places.
func found(t *testing.T, before, after string) string {
	t.Helper()
	b, a := contractOf(t, documents(before)), contractOf(t, documents(after))
	lines := text(b, a, breaking.Compare(b, a))
	return regexp.MustCompile(`(?m)^\S+ | \(was .*?\)$`).ReplaceAllString(lines, "")
}

// TestCompare_additions: additions are no errors from any version to a later one, but all are
// errors in reverse.
func TestCompare_additions(t *testing.T) {
	t.Parallel()
	versions := []string{
		`"Do": {"x-request": "do", "x-answer": {"$ref": "#/definitions/Answer"}, "type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 1}}},
		 "Answer": {"type": "object", "required": ["b"], "properties": {"b": {"enum": ["x", "y"]}}}`,
		`"Do": {"x-request": "do", "x-answer": {"$ref": "#/definitions/Answer"}, "type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 0}, "more": {"type": "string"}}},
		 "Answer": {"type": "object", "required": ["b", "c"], "properties": {"b": {"enum": ["x", "y"]}, "c": {"type": "integer"}}}`,
		`"Do": {"x-request": "do", "x-answer": {"$ref": "#/definitions/Answer"}, "type": "object", "properties": {"a": {"type": ["integer", "null"]}, "more": {}}},
		 "Answer": {"type": "object", "required": ["b", "c"], "properties": {"b": {"const": "x"}, "c": {"type": "integer", "maximum": 9}, "d": {"type": "string", "x-always": true}}},
		 "Again": {"x-request": "again", "type": "object"}, "Done": {"x-broadcast": "done", "type": "object"}`,
	}
	for i, before := range versions {
		for _, after := range versions[i+1:] {
			if lines := found(t, before, after); strings.Contains(lines, "error ") || !strings.Contains(lines, "info ") {
				t.Errorf("from version %d:\n%s", i+1, lines)
			}
			if lines := found(t, after, before); !strings.Contains(lines, "error ") {
				t.Errorf("back to version %d:\n%s", i+1, lines)
			}
		}
	}
}

// TestCompare_judges_each_direction: a type that is both sent and received is checked in both
// directions, and all its places are named.
func TestCompare_judges_each_direction(t *testing.T) {
	t.Parallel()
	version := func(most string) string {
		return `"Name": {"type": "string", "maxLength": ` + most + `},
"User": {"type": "object", "required": ["name"], "properties": {"name": {"$ref": "#/definitions/Name"}}},
"Rename": {"x-request": "rename", "x-answer": {"$ref": "#/definitions/User"}, "type": "object", "properties": {"old": {"$ref": "#/definitions/Name"}, "new": {"$ref": "#/definitions/Name"}}},
"Renamed": {"x-broadcast": "renamed", "type": "object", "properties": {"users": {"type": "array", "items": {"$ref": "#/definitions/User"}}, "by": {"additionalProperties": {"$ref": "#/definitions/Name"}, "type": "object"}}}`
	}
	want := `error sent-max-length-lowered: maxLength was 20 and is 10 [rename.request.new, rename.request.old]
info received-max-length-lowered: maxLength was 20 and is 10 [rename.answer.name, renamed.data.by.*, renamed.data.users[].name]
`
	if got := found(t, version("20"), version("10")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = `error received-max-length-raised: maxLength was 20 and is 30 [rename.answer.name, renamed.data.by.*, renamed.data.users[].name]
info sent-max-length-raised: maxLength was 20 and is 30 [rename.request.new, rename.request.old]
`
	if got := found(t, version("20"), version("30")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestCompare_ends: the comparison of recursive types terminates.
func TestCompare_ends(t *testing.T) {
	t.Parallel()
	version := func(word string) string {
		return `"Tree": {"type": "object", "required": ["word"], "properties": {"word": ` + word + `, "left": {"$ref": "#/definitions/Tree"}, "leaves": {"type": "array", "items": {"$ref": "#/definitions/Leaf"}}}},
"Leaf": {"type": "object", "properties": {"tree": {"oneOf": [{"$ref": "#/definitions/Tree"}, {"type": "null"}]}}},
"Grown": {"x-broadcast": "grown", "type": "object", "properties": {"tree": {"$ref": "#/definitions/Tree"}}}`
	}
	want := "error received-type-changed: string became number [grown.data.tree.word]\n"
	if got := found(t, version(`{"type": "string"}`), version(`{"type": "number"}`)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestCompare_bounds_its_paths: types that use each other several times have exponentially many
// paths.
func TestCompare_bounds_its_paths(t *testing.T) {
	t.Parallel()
	version := func(last string) string {
		var out strings.Builder
		for i := range 60 {
			one := string(rune('A'+i/10)) + string(rune('0'+i%10))
			next := string(rune('A'+(i+1)/10)) + string(rune('0'+(i+1)%10))
			out.WriteString(`"` + one + `": {"type": "object", "properties": {"l": {"$ref": "#/definitions/` + next + `"}, "r": {"$ref": "#/definitions/` + next + `"}}},`)
		}
		return out.String() + `"G0": {"type": "` + last + `"}, "Done": {"x-broadcast": "done", "type": "object", "properties": {"a": {"$ref": "#/definitions/A0"}}}`
	}
	lines := found(t, version("string"), version("boolean"))
	if !strings.HasPrefix(lines, "error received-type-changed: string became boolean [") || strings.Count(lines, "\n") != 1 {
		t.Errorf("got\n%s", lines)
	}
}

// TestCompare_takes_unused_definitions_for_received: they describe things that the generator does
// not know, such as an envelope.
func TestCompare_takes_unused_definitions_for_received(t *testing.T) {
	t.Parallel()
	version := func(required, used string) string {
		return `"Envelope": {"type": "object", "required": [` + required + `], "properties": {"a": {"$ref": "#/definitions/Inner"}}},
"Inner": {"type": "object", "properties": {}}, "Plan": {"x-request": "plan", "x-planned": true, "type": "object", "properties": {"a": {"$ref": "#/definitions/Used"}}},
"Used": {"type": "` + used + `"}`
	}
	want := "error received-field-made-optional: field \"a\" may be missing now [Envelope.a]\n"
	if got := found(t, version(`"a"`, "string"), version("", "integer")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestCompare_reads_numbers_exactly: no bound passes through a float64.
func TestCompare_reads_numbers_exactly(t *testing.T) {
	t.Parallel()
	version := func(most string) string {
		return `"Do": {"x-request": "do", "type": "object", "properties": {"n": {"type": "number", "maximum": ` + most + `}}}`
	}
	// 2^53 + 1 is the first integer that a float64 does not hold: as such, the two bounds would be
	// the same.
	want := "error sent-maximum-lowered: maximum was 9007199254740993 and is 9007199254740992 [do.request.n]\n"
	if got := found(t, version("9007199254740993"), version("9007199254740992")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := found(t, version("1e2"), version("100.0")); got != "" {
		t.Errorf("1e2 and 100.0 are one number: %s", got)
	}
}

func readCaseFile(t *testing.T, name string) ruleCase {
	t.Helper()
	return readCase(t, filepath.Join("testdata", name))
}
