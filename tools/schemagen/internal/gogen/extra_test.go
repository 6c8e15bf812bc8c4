package gogen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"seg.example/tools/schemagen/internal/gogen"
)

// extraDocument has unknown keys besides fields. Their values are lists and maps, and lists of
// those.
const extraDocument = `{ "$schema": "http://json-schema.org/draft-07/schema#", "definitions": {
  "Lists": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } },
    "additionalProperties": { "type": "array", "items": { "type": "array", "items": { "type": "string" } } } },
  "Maps": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } },
    "additionalProperties": { "type": "object", "additionalProperties": { "type": "array", "items": { "type": "integer" } } } }
} }`

// extraTest is a test of the generated package.
const extraTest = `package wire

import "testing"

func TestExtra(t *testing.T) {
	var lists Lists
	check(t, DecodeLists, &lists, ` + "`" + `{"id":1,"a":[],"b":[["x","y"],[]],"c":[["z"],["u","v","w"]]}` + "`" + `)
	var maps Maps
	check(t, DecodeMaps, &maps, ` + "`" + `{"id":1,"a":{},"b":{"x":[1,2],"y":[]},"c":{"z":[3]}}` + "`" + `)
}

// check decodes text into into and compares what Append writes with text.
func check[T interface{ Append([]byte) []byte }](t *testing.T, decode func([]byte, T) error, into T, text string) {
	t.Helper()
	if err := decode([]byte(text), into); err != nil {
		t.Fatal(err)
	}
	if got := string(into.Append(nil)); got != text {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}
`

// TestExtra_lists_are_written: the loop over unknown keys and the inner loop over a list or map had
// the same variable, so the value of another key was written, or the program panicked.
func TestExtra_lists_are_written(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("go.mod", "module extra.test\n\ngo 1.26.0\n")
	put("wire/extra_test.go", extraTest)
	documents := fstest.MapFS{"contract.json": {Data: []byte(index)}, "doc.json": {Data: []byte(extraDocument)}}
	files, err := gogen.Wire(contractOf(t, documents), gogen.Options{ImportPath: "extra.test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		put(f.Path, string(f.Data))
	}
	run := exec.CommandContext(t.Context(), "go", "test", "./wire")
	run.Dir = dir
	run.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if said, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
