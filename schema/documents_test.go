package schema_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/schema"
)

// object is a JSON object; its numbers are json.Number.
type object = map[string]any

// read returns the JSON value in a file of the schema.
func read(t *testing.T, file string) any {
	t.Helper()
	data, err := fs.ReadFile(schema.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, file, string(data))
}

// parse returns the JSON value in a text that comes from file.
func parse(t *testing.T, file, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

// asObject returns v, which must be an object.
func asObject(t *testing.T, what string, v any) object {
	t.Helper()
	o, ok := v.(object)
	if !ok {
		t.Fatalf("%s: want an object, have %v", what, v)
	}
	return o
}

// list returns the strings of a JSON array, none when it is absent.
func list(t *testing.T, what string, v any) []string {
	t.Helper()
	items, ok := v.([]any)
	if !ok && v != nil {
		t.Fatalf("%s: want an array, have %v", what, v)
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			t.Fatalf("%s: want strings, have %v", what, item)
		}
		out = append(out, s)
	}
	return out
}

// definition is one named schema and where it stands.
type definition struct {
	name, file string
	body       object
}

// ref returns the definition's address for a compiler that contract.compiler has made.
func (d definition) ref() string { return base + d.file + "#/definitions/" + d.name }

// contract is every document of the protocol.
type contract struct {
	documents   map[string]object
	definitions map[string]definition // by name
	codes       []string
}

const base = "schema:///"

// load reads the documents that contract.json names.
func load(t *testing.T) contract {
	t.Helper()
	index := asObject(t, "x-contract", asObject(t, "contract.json", read(t, "contract.json"))["x-contract"])
	c := contract{documents: map[string]object{}, definitions: map[string]definition{}}
	for _, file := range list(t, "documents", index["documents"]) {
		c.documents[file] = asObject(t, file, read(t, file))
		for name, body := range asObject(t, file, c.documents[file]["definitions"]) {
			if other, twice := c.definitions[name]; twice {
				t.Errorf("%s is defined in %s and in %s", name, other.file, file)
			}
			c.definitions[name] = definition{name: name, file: file, body: asObject(t, name, body)}
		}
	}
	c.codes = list(t, "codes", c.definitions["ErrorCode"].body["enum"])
	return c
}

// marked returns the definitions that have a keyword, by its value.
func (c contract) marked(keyword string) map[string]definition {
	out := map[string]definition{}
	for _, d := range c.definitions {
		if wire, ok := d.body[keyword].(string); ok {
			out[wire] = d
		}
	}
	return out
}

// compiler returns a draft-07 compiler that knows every file of the schema at its path below base.
func compiler(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.AssertFormat = true
	for _, file := range files(t, ".json") {
		data, err := fs.ReadFile(schema.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(base+file, strings.NewReader(string(data))); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// files lists the files of the schema, but for the examples, whose names have an ending.
func files(t *testing.T, ending string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(schema.FS, ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && file == "examples" {
			return fs.SkipDir
		}
		if err == nil && !entry.IsDir() && path.Ext(file) == ending {
			out = append(out, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// compile returns the schema at an address.
func compile(t *testing.T, c *jsonschema.Compiler, ref string) *jsonschema.Schema {
	t.Helper()
	s, err := c.Compile(ref)
	if err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return s
}

// walk visits v, which is a schema, and every schema in it.
func walk(at string, v any, visit func(at string, node object)) {
	node, ok := v.(object)
	if !ok {
		return
	}
	visit(at, node)
	for _, keyword := range []string{"definitions", "properties"} {
		if named, ok := node[keyword].(object); ok {
			for name, sub := range named {
				walk(at+"/"+keyword+"/"+name, sub, visit)
			}
		}
	}
	for _, keyword := range []string{"items", "additionalProperties", "propertyNames", "x-answer"} {
		walk(at+"/"+keyword, node[keyword], visit)
	}
	for _, keyword := range []string{"oneOf", "allOf"} {
		if subs, ok := node[keyword].([]any); ok {
			for _, sub := range subs {
				walk(at+"/"+keyword, sub, visit)
			}
		}
	}
}

func TestEveryDefinitionCompiles(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	for _, d := range load(t).definitions {
		compile(t, c, d.ref())
	}
	compile(t, c, base+"ruleset.schema.json")
	compile(t, c, base+"meta/keywords.json")
}

// A document that the index forgets would be neither generated nor checked.
func TestEveryDocumentIsInTheContract(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(maps.Keys(load(t).documents))
	var have []string
	for _, file := range files(t, ".json") {
		if strings.HasPrefix(file, "types/") || strings.HasPrefix(file, "requests/") || strings.HasPrefix(file, "broadcasts/") {
			have = append(have, file)
		}
	}
	slices.Sort(have)
	if !slices.Equal(want, have) {
		t.Errorf("contract.json names %v, the folders hold %v", want, have)
	}
}

func TestOurKeywordsSatisfyTheirSchema(t *testing.T) {
	t.Parallel()
	meta := compile(t, compiler(t), base+"meta/keywords.json")
	documents := load(t).documents
	documents["contract.json"] = asObject(t, "contract.json", read(t, "contract.json"))
	seen := map[string]bool{"x-planned": true} // it comes and goes with messages that nobody serves yet
	for file, doc := range documents {
		walk(file, doc, func(at string, node object) {
			ours := object{}
			for keyword, value := range node {
				if strings.HasPrefix(keyword, "x-") {
					ours[keyword] = value
					seen[keyword] = true
				}
			}
			if err := meta.Validate(ours); err != nil {
				t.Errorf("%s: %#v", at, err)
			}
		})
	}
	described := asObject(t, "keywords", asObject(t, "keywords", read(t, "meta/keywords.json"))["properties"])
	for keyword := range described {
		if !seen[keyword] {
			t.Errorf("%s is described, but no document uses it: is there another way to say it now?", keyword)
		}
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	documents := load(t).documents
	documents["ruleset.schema.json"] = asObject(t, "ruleset", read(t, "ruleset.schema.json"))
	for file, doc := range documents {
		walk(file, doc, func(at string, node object) {
			parent := path.Base(path.Dir(at))
			text, ok := node["description"].(string)
			if (parent == "properties" || parent == "definitions") && (!ok || !strings.HasSuffix(text, ".")) {
				t.Errorf("%s has no description that is a sentence", at)
			}
			for keyword := range asStrings(node["x-enum-descriptions"]) {
				if strings.TrimSpace(keyword) == "" {
					t.Errorf("%s describes an empty value", at)
				}
			}
		})
	}
}

func asStrings(v any) object {
	o, ok := v.(object)
	if !ok {
		return object{}
	}
	return o
}

// Numbers, strings and arrays of the protocol have limits; answers that list all there is are the exception.
func TestEveryScalarHasLimits(t *testing.T) {
	t.Parallel()
	for file, doc := range load(t).documents {
		walk(file, doc, func(at string, node object) {
			_, enum := node["enum"]
			_, constant := node["const"]
			if enum || constant {
				return
			}
			for _, limit := range limits(node["type"]) {
				if _, ok := node[limit]; !ok {
					t.Errorf("%s has no %s", at, limit)
				}
			}
		})
	}
}

// limits returns the keywords that a schema of a type or of several must have.
func limits(types any) []string {
	several, ok := types.([]any)
	if !ok {
		several = []any{types}
	}
	var out []string
	for _, one := range several {
		switch one {
		case "integer", "number":
			out = append(out, "minimum", "maximum")
		case "string":
			// A coerced string is limited by its pattern.
			if !slices.Contains(several, any("integer")) || len(several) == 1 {
				out = append(out, "maxLength")
			}
		}
	}
	return out
}

func TestMessagesNameWhatExists(t *testing.T) {
	t.Parallel()
	c := load(t)
	requests, broadcasts := c.marked("x-request"), c.marked("x-broadcast")
	if len(requests) < 43 || len(broadcasts) < 35 {
		t.Errorf("have %d requests and %d broadcasts, the older documents alone have 43 and 35", len(requests), len(broadcasts))
	}
	caused := map[string]bool{}
	for wire, d := range requests {
		for _, emitted := range list(t, wire, d.body["x-emits"]) {
			caused[emitted] = true
			if _, ok := broadcasts[emitted]; !ok {
				t.Errorf("%s emits %s, which does not exist", wire, emitted)
			}
		}
		for _, code := range list(t, wire, d.body["x-errors"]) {
			if !slices.Contains(c.codes, code) {
				t.Errorf("%s can answer %s, which is no code", wire, code)
			}
		}
		if mutates := d.body["x-mutates"] != nil; mutates && d.body["x-auth"] == nil || !mutates && d.body["x-auth"] == "required" {
			t.Errorf("%s: every write has a password, and no read needs one", wire)
		}
	}
	for wire := range broadcasts {
		if !caused[wire] {
			t.Errorf("nothing causes %s", wire)
		}
	}
}
