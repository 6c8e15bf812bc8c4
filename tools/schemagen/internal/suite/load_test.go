package suite_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// group is one schema of the official suite with its test values.
type group struct {
	Description string
	Schema      json.RawMessage
	Tests       []testCase

	file string // such as "properties" or "optional/format/uri"
	id   string // name of its definition, such as "G001"
}

func (g *group) name() string { return g.file + ": " + g.Description }

type testCase struct {
	Description string
	Data        json.RawMessage
	Valid       bool
}

// suiteFiles are the files of the suite for supported keywords. Unsupported keywords are always
// refused, which package schema tests.
var suiteFiles = []string{
	"additionalProperties", "allOf", "boolean_schema", "const", "default", "definitions", "enum", "exclusiveMaximum",
	"exclusiveMinimum", "format", "infinite-loop-detection", "items", "maxItems", "maxLength", "maxProperties", "maximum",
	"minItems", "minLength", "minProperties", "minimum", "multipleOf", "oneOf", "pattern", "properties", "propertyNames", "ref",
	"required", "type", "uniqueItems",
}

// formatFiles are the files for supported formats. The suite has none for uuid in draft-07.
var formatFiles = []string{"date-time", "email", "uri"}

// groups reads the suite.
func groups(t *testing.T) []*group {
	t.Helper()
	var all []*group
	drafts := filepath.Join(moduleDir(t, "github.com/google/jsonschema-go"), "jsonschema", "testdata", "draft7")
	for _, file := range suiteFiles {
		all = append(all, readGroups(t, drafts, file, file)...)
	}
	formats := filepath.Join(moduleDir(t, "github.com/xeipuuv/gojsonschema"), "testdata", "draft7", "optional", "format")
	for _, file := range formatFiles {
		all = append(all, readGroups(t, formats, file, "optional/format/"+file)...)
	}
	return all
}

func readGroups(t *testing.T, dir, file, name string) []*group {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, file+".json"))
	if err != nil {
		t.Fatalf("read the official suite: %v", err)
	}
	var found []*group
	if err := json.Unmarshal(data, &found); err != nil {
		t.Fatalf("read the official suite: %s: %v", file, err)
	}
	for _, g := range found {
		g.file = name
	}
	return found
}

// moduleDir returns the folder of a module at the version that tools/suite/go.mod pins.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir = filepath.Join("..", "..", "..", "suite")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var found struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(stdout.Bytes(), &found); err == nil {
		err = jsonErr
	}
	if err != nil || found.Dir == "" {
		t.Fatalf("the official suite is in module %s, which could not be downloaded (%v): %s %s\n"+
			"run this once with access to a Go module proxy: go -C tools/suite mod download", module, err, found.Error, stderr.String())
	}
	return found.Dir
}

// asDocument converts a group to a document. The group's schema becomes the definition G001, so "#"
// becomes "#/definitions/G001". T001 contains a value under the key "v", so that types of every
// kind are decoded the same way.
func (g *group) asDocument(t *testing.T) []byte {
	t.Helper()
	moved := rebase(t, g.Schema, "#/definitions/"+g.id)
	holder := strings.Replace(g.id, "G", "T", 1)
	return []byte(`{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {
"` + g.id + `": ` + string(moved) + `,
"` + holder + `": {"type": "object", "required": ["v"], "properties": {"v": {"$ref": "#/definitions/` + g.id + `"}}}}}`)
}

// rebase prefixes the references inside a schema and removes $schema. It keeps the order of keys.
func rebase(t *testing.T, schema json.RawMessage, prefix string) []byte {
	t.Helper()
	if trimmed := bytes.TrimSpace(schema); len(trimmed) == 0 || trimmed[0] != '{' {
		return schema
	}
	dec := json.NewDecoder(bytes.NewReader(schema))
	var out bytes.Buffer
	out.WriteByte('{')
	_, _ = dec.Token()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if key == "$schema" {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		name, _ := json.Marshal(key)
		out.Write(name)
		out.WriteByte(':')
		out.Write(rebaseValue(t, key.(string), value, prefix))
	}
	out.WriteByte('}')
	return out.Bytes()
}

func rebaseValue(t *testing.T, key string, value json.RawMessage, prefix string) []byte {
	t.Helper()
	switch key {
	case "const", "enum", "default", "examples":
		return value
	case "$ref":
		var ref string
		if json.Unmarshal(value, &ref) == nil && strings.HasPrefix(ref, "#") && (ref == "#" || ref[1] == '/') {
			moved, _ := json.Marshal(prefix + strings.TrimPrefix(ref, "#"))
			return moved
		}
	}
	if bytes.HasPrefix(bytes.TrimSpace(value), []byte("[")) {
		var items []json.RawMessage
		if err := json.Unmarshal(value, &items); err != nil {
			t.Fatal(err)
		}
		for i := range items {
			items[i] = rebase(t, items[i], prefix)
		}
		out, _ := json.Marshal(items)
		return out
	}
	return rebase(t, value, prefix)
}
