package breaking_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// helper is implemented by both *testing.T and *rapid.T.
type helper interface {
	Helper()
	Fatalf(format string, args ...any)
}

const base = "mem:///"

// judge validates a value against a definition, looked up in all documents, with an independent
// validator.
func judge(t helper, fsys fstest.MapFS, definition, value string) error {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.AssertFormat = true
	found := ""
	for name, file := range fsys {
		if err := c.AddResource(base+name, bytes.NewReader(file.Data)); err != nil {
			t.Fatalf("add %s: %v", name, err)
		}
		var doc struct {
			Definitions map[string]json.RawMessage `json:"definitions"`
		}
		if err := json.Unmarshal(file.Data, &doc); err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		if doc.Definitions[definition] != nil {
			found = base + name + "#/definitions/" + definition
		}
	}
	compiled, err := c.Compile(found)
	if err != nil {
		t.Fatalf("compile %s: %v", definition, err)
	}
	return validate(t, compiled, []byte(value))
}

// validate validates a JSON text against a compiled schema.
func validate(t helper, compiled *jsonschema.Schema, text []byte) error {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := compiled.Validate(v); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	return nil
}
