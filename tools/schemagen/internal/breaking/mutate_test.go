package breaking_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"seg.example/tools/schemagen/internal/schema"
)

// object is a JSON object with numbers as json.Number.
type object = map[string]any

// protocol is a protocol's documents as values that can be changed.
type protocol map[string]object

// readProtocol reads the index in a folder and the documents that it lists.
func readProtocol(tb testing.TB, dir string) protocol {
	tb.Helper()
	p := protocol{}
	read := func(name string) {
		data, err := fs.ReadFile(os.DirFS(dir), name)
		if err != nil {
			tb.Fatal(err)
		}
		p[name] = decode(tb, data)
	}
	read(schema.IndexFile)
	for _, name := range p[schema.IndexFile]["x-contract"].(object)["documents"].([]any) {
		read(name.(string))
	}
	return p
}

func decode(tb interface{ Fatal(args ...any) }, data []byte) object {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil {
		tb.Fatal(err)
	}
	return o
}

// files prints the documents.
func (p protocol) files(tb interface{ Fatal(args ...any) }) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, doc := range p {
		data, err := json.Marshal(doc)
		if err != nil {
			tb.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys
}

// copy returns a deep copy of the documents.
func (p protocol) copy(tb interface{ Fatal(args ...any) }) protocol {
	out := protocol{}
	for name, file := range p.files(tb) {
		out[name] = decode(tb, file.Data)
	}
	return out
}

// nodes returns every schema inside the definitions, in a fixed order.
func (p protocol) nodes() []object {
	var all []object
	var walk func(v any)
	walk = func(v any) {
		node, ok := v.(object)
		if !ok {
			return
		}
		all = append(all, node)
		for _, keyword := range []string{"additionalProperties", "items", "propertyNames", "x-answer"} {
			walk(node[keyword])
		}
		if props, ok := node["properties"].(object); ok {
			for _, name := range slices.Sorted(maps.Keys(props)) {
				walk(props[name])
			}
		}
		for _, keyword := range []string{"oneOf", "allOf"} {
			if branches, ok := node[keyword].([]any); ok {
				for _, branch := range branches {
					walk(branch)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if definitions, ok := p[name]["definitions"].(object); ok {
			for _, definition := range slices.Sorted(maps.Keys(definitions)) {
				walk(definitions[definition])
			}
		}
	}
	return all
}

// candidates are the values that a mutation gives to a keyword.
var candidates = map[string][]string{
	"minimum":          {"-5", "0", "1", "1.5", "5", "100"},
	"maximum":          {"-1", "1", "9.5", "10", "1000", "1000000"},
	"exclusiveMinimum": {"-1", "0", "1", "0.5"},
	"exclusiveMaximum": {"1", "5", "1000"},
	"multipleOf":       {"1", "2", "3", "0.5", "0.01"},
	"minLength":        {"0", "1", "2", "5"},
	"maxLength":        {"1", "3", "16", "100"},
	"pattern":          {`"^[a-z]{1,4}$"`, `"^[a-z]{2,3}$"`, `"^[a-zA-Z0-9]+$"`, `"^#[a-z0-9]{1,20}$"`, `"^[0-9]{1,16}$"`, `"a"`},
	"format":           {`"uuid"`, `"email"`, `"uri"`, `"date-time"`},
	"minItems":         {"0", "1", "2", "3"},
	"maxItems":         {"0", "1", "2", "5"},
	"uniqueItems":      {"true", "false"},
	"minProperties":    {"0", "1", "2"},
	"maxProperties":    {"1", "2", "4"},
	"propertyNames":    {`{"maxLength": 6}`, `{"maxLength": 60}`, `{"pattern": "^[a-z]+$"}`, `{"enum": ["a", "b"]}`, `{}`},
	"additionalProperties": {
		"false", "true", `{"type": "integer"}`, `{"type": ["integer", "null"]}`, `{"type": "string"}`, `{"type": "string", "maxLength": 3}`,
	},
	"items": {`{"type": "integer"}`, `{"type": ["integer", "null"]}`, `{"type": "string"}`, `{}`, `{"type": "integer", "minimum": 3}`},
	"type": {
		`"integer"`, `"number"`, `"string"`, `"boolean"`, `"object"`, `"array"`, `"null"`, `["string", "null"]`, `["integer", "null"]`,
		`["object", "null"]`, `["array", "null"]`, `["string", "number", "null"]`, `["string", "integer"]`, `["boolean", "string"]`,
	},
	"const":    {`"text"`, "7", "null", "true", "[1]", `"poll"`},
	"enum":     {`["a", "b"]`, `["a"]`, `["a", "b", null]`, `[1, 2]`, `["text", 1]`, `["owner", "guest"]`, `[true]`, `[true, false]`, `[[1], {"a": 1}]`},
	"x-coerce": {`"integer"`},
	"x-always": {"true"},
	"default":  {`"x"`, "1", "null"},
	"oneOf":    {`[{"type": "string"}, {"type": "null"}]`, `[{"type": "integer"}, {"type": "boolean"}]`},
}

// mutate changes one keyword of one schema.
func (p protocol) mutate(t *rapid.T) {
	nodes := p.nodes()
	node := nodes[rapid.IntRange(0, len(nodes)-1).Draw(t, "node")]
	switch rapid.IntRange(0, 4).Draw(t, "mutation") {
	case 0:
		var own []string
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if !strings.HasPrefix(key, "x-") && key != "description" {
				own = append(own, key)
			}
		}
		if len(own) > 0 {
			delete(node, rapid.SampledFrom(own).Draw(t, "dropped"))
		}
	case 1:
		var has []string // existing keywords, so that the change nearly always has an effect
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if candidates[key] != nil {
				has = append(has, key)
			}
		}
		if len(has) > 0 {
			setKeyword(t, node, rapid.SampledFrom(has).Draw(t, "keyword"))
		}
	case 2:
		setKeyword(t, node, rapid.SampledFrom(slices.Sorted(maps.Keys(candidates))).Draw(t, "keyword"))
	case 3:
		mutateProperties(t, node)
	case 4:
		mutateList(t, node)
	}
}

func setKeyword(t *rapid.T, node object, keyword string) {
	var v any
	d := json.NewDecoder(strings.NewReader(rapid.SampledFrom(candidates[keyword]).Draw(t, "value")))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	node[keyword] = v
}

// mutateProperties adds or removes a property or its entry in required.
func mutateProperties(t *rapid.T, node object) {
	props, ok := node["properties"].(object)
	if !ok {
		return
	}
	required, _ := node["required"].([]any)
	names := append(slices.Sorted(maps.Keys(props)), "fresh")
	name := rapid.SampledFrom(names).Draw(t, "property")
	isNew := props[name] == nil
	switch {
	case isNew:
		props[name] = object{"type": rapid.SampledFrom([]any{"integer", "string", []any{"integer", "null"}}).Draw(t, "type")}
	case rapid.Bool().Draw(t, "removed"):
		delete(props, name)
		node["required"] = difference(required, name)
		return
	}
	if !isNew || rapid.Bool().Draw(t, "required") {
		if less := difference(required, name); len(less) < len(required) {
			node["required"] = less
		} else {
			node["required"] = append(required, name)
		}
	}
}

func difference(all []any, one any) []any {
	return slices.DeleteFunc(slices.Clone(all), func(v any) bool { return v == one })
}

// mutateList removes an element from an enum or a list of branches or types.
func mutateList(t *rapid.T, node object) {
	for _, keyword := range []string{"enum", "oneOf", "type"} {
		if all, ok := node[keyword].([]any); ok && len(all) > 1 {
			at := rapid.IntRange(0, len(all)-1).Draw(t, "member")
			node[keyword] = slices.Delete(slices.Clone(all), at, at+1)
			return
		}
	}
}
