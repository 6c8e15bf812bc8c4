package docgen_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/schema"
)

// asyncAPI is the part of an AsyncAPI document that the tests read.
type asyncAPI struct {
	Components struct {
		Messages map[string]struct {
			Payload  json.RawMessage
			Examples []struct {
				Name    string
				Payload any
			}
		}
		Schemas map[string]any
	}
	Operations map[string]struct {
		Action   string
		Messages []reference
		Reply    struct{ Messages []reference }
		Emits    []string `json:"x-emits"`
		Errors   []string `json:"x-errors"`
		Security []reference
		Auth     string `json:"x-auth"`
		Tags     []struct{ Name string }
	}
}

type reference struct {
	Ref string `json:"$ref"`
}

// compilePayloads compiles the payloads of an AsyncAPI document as draft-07 schemas with an
// independent validator.
func compilePayloads(t *testing.T, documents fs.FS) (*asyncAPI, map[string]*jsonschema.Schema) {
	t.Helper()
	text := docsOf(t, documents, "x")["asyncapi.json"]
	var doc asyncAPI
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	if err := c.AddResource("mem:///asyncapi.json", bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	payloads := map[string]*jsonschema.Schema{}
	for name := range doc.Components.Messages {
		s, err := c.Compile("mem:///asyncapi.json#/components/messages/" + name + "/payload")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		payloads[name] = s
	}
	for name := range doc.Components.Schemas {
		if _, err := c.Compile("mem:///asyncapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return &doc, payloads
}

// value is a frame in the form that the validator accepts.
func value(t *testing.T, v *schema.Value) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(schema.JSON(v)))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// withoutAbsentNulls removes nulls that the schema refuses. In a request they count as absent.
func withoutAbsentNulls(payload *jsonschema.Schema, frame any) any {
	object, ok := frame.(map[string]any)
	if !ok {
		return frame
	}
	kept := maps.Clone(object)
	for name, v := range object {
		if property := payload.Properties[name]; v == nil && property != nil && property.Validate(nil) != nil {
			delete(kept, name)
		}
	}
	return kept
}

// TestAsyncAPI_verdicts checks that the payload schemas of the document accept all valid examples of
// the protocol and refuse all invalid ones.
func TestAsyncAPI_verdicts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	_, payloads := compilePayloads(t, os.DirFS(ours))
	set, err := example.Load(os.DirFS(ours))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[example.Kind]int{}
	for of, all := range set {
		for _, e := range all {
			name := of
			if e.Kind == example.GoodResponse || e.Kind == example.BadResponse {
				name += "-response"
			}
			payload := payloads[name]
			if payload == nil || e.Value == nil {
				continue // an example of a type, or not JSON
			}
			frame := value(t, e.Value)
			if strings.HasPrefix(name, "request-") || e.Kind == example.GoodRequest || e.Kind == example.BadRequest {
				frame = withoutAbsentNulls(payload, frame)
			}
			counts[e.Kind]++
			err := payload.Validate(frame)
			good := e.Kind == example.Good || e.Kind == example.GoodRequest || e.Kind == example.GoodResponse
			if good != (err == nil) {
				t.Errorf("%s, %s: got error %v, want valid: %t", of, e.Name, err, good)
			}
		}
	}
	for _, kind := range []example.Kind{example.Good, example.Bad, example.GoodRequest, example.BadRequest, example.GoodResponse, example.BadResponse} {
		if counts[kind] < 30 {
			t.Errorf("examples of kind %d: got %d, want at least 30", kind, counts[kind])
		}
	}
}

// TestAsyncAPI_examples checks that the examples in the document satisfy their payload schemas.
func TestAsyncAPI_examples(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	for _, documents := range []string{ours, chat + "/schema"} {
		doc, payloads := compilePayloads(t, os.DirFS(documents))
		count := 0
		for name, m := range doc.Components.Messages {
			for _, e := range m.Examples {
				count++
				if err := payloads[name].Validate(e.Payload); err != nil {
					t.Errorf("%s, %s: %v", name, e.Name, err)
				}
			}
		}
		if documents == ours && count < 100 {
			t.Errorf("examples: got %d, want at least 100", count)
		}
	}
}

// TestAsyncAPI_operations checks the operations: the server receives and answers every request, and
// sends every broadcast, with the properties that the protocol declares.
func TestAsyncAPI_operations(t *testing.T) {
	t.Parallel()
	doc, payloads := compilePayloads(t, os.DirFS(ours))
	c := contractOf(t, os.DirFS(ours))
	for _, m := range c.Requests() {
		operation := doc.Operations[m.Wire]
		emits := []string{}
		for _, b := range m.Emits {
			emits = append(emits, b.Wire)
		}
		auth := map[bool]string{true: "required"}[m.Secret != nil && m.Secret.Required]
		if m.Secret != nil && !m.Secret.Required {
			auth = "optional"
		}
		if operation.Action != "receive" || len(operation.Messages) != 1 || path.Base(operation.Messages[0].Ref) != m.Wire ||
			!slices.Equal(operation.Emits, emits) || !slices.Equal(operation.Errors, m.Errors) || operation.Auth != auth ||
			(auth == "required") != (len(operation.Security) == 1) || len(operation.Tags) != 1 || operation.Tags[0].Name != m.Noun {
			t.Errorf("operation %s: got %+v", m.Wire, operation)
		}
		replies := []string{}
		for _, r := range operation.Reply.Messages {
			replies = append(replies, path.Base(r.Ref))
		}
		want := []string{m.Wire + "-response", "refusal", "error"}
		if m.Wire == "ping" {
			want = append([]string{"pong"}, want...)
		}
		if !slices.Equal(replies, want) {
			t.Errorf("replies of %s: got %v, want %v", m.Wire, replies, want)
		}
	}
	for name, payload := range payloads {
		if !slices.Contains(payload.Required, "type") || payload.Properties["type"] == nil || payload.Properties["type"].Validate("another") == nil {
			t.Errorf("payload %s: got no constant type, want one", name)
		}
	}
	for _, b := range c.Broadcasts {
		if operation := doc.Operations[b.Wire]; operation.Action != "send" || path.Base(operation.Messages[0].Ref) != b.Wire {
			t.Errorf("operation %s: got %+v, want send", b.Wire, operation)
		}
	}
	for _, wire := range []string{"welcome", "resync", "closing"} {
		if doc.Operations[wire].Action != "send" || payloads[wire] == nil {
			t.Errorf("operation %s: got none, want send", wire)
		}
	}
	if want := len(c.Requests()) + len(c.Broadcasts) + 3; len(doc.Operations) != want {
		t.Errorf("operations: got %d, want %d", len(doc.Operations), want)
	}
}

// reservedKeys lists the places of keys to which AsyncAPI tools give a special meaning, except real
// references.
func reservedKeys(v any, path string) []string {
	var all []string
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			all = append(all, reservedKeys(item, fmt.Sprintf("%s/%d", path, i))...)
		}
	case map[string]any:
		for key, inner := range v {
			to, _ := inner.(string)
			isReference := key == "$ref" && len(v) == 1 && strings.HasPrefix(to, "#/") && !strings.Contains(path, "/const") && !strings.Contains(path, "/enum") && !strings.Contains(path, "/examples")
			if key == "__proto__" || key == "hasOwnProperty" || key == "$ref" && !isReference {
				all = append(all, path+"/"+key)
			}
			all = append(all, reservedKeys(inner, path+"/"+key)...)
		}
	}
	return all
}

// TestAsyncAPI_keeps_references_that_are_data checks a fixed fault: AsyncAPI tools took a constant,
// an example or a field named $ref for a reference and replaced it.
func TestAsyncAPI_keeps_references_that_are_data(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/reserved.txtar")
	if err != nil {
		t.Fatal(err)
	}
	documents := fstest.MapFS{}
	for _, f := range archive.Files {
		documents[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	var whole any
	if err := json.Unmarshal(docsOf(t, documents, "x")["asyncapi.json"], &whole); err != nil {
		t.Fatal(err)
	}
	for _, path := range reservedKeys(whole, "") {
		t.Errorf("got the reserved key %s, want none", path)
	}
	var verdicts map[string]struct{ Accepted, Refused []map[string]any }
	if err := json.Unmarshal(documents["verdicts.json"].Data, &verdicts); err != nil {
		t.Fatal(err)
	}
	_, payloads := compilePayloads(t, documents)
	for name, v := range verdicts {
		for i, frame := range slices.Concat(v.Accepted, v.Refused) {
			frame["type"], frame["pass/word"] = name, "secret"
			if err := payloads[name].Validate(frame); (err == nil) != (i < len(v.Accepted)) {
				t.Errorf("%s: %v: got error %v, want accepted: %t", name, frame, err, i < len(v.Accepted))
			}
		}
	}
}

// TestAsyncAPI_parameters checks that the document has the same connection parameters as the
// reference. It once lacked announce_close.
func TestAsyncAPI_parameters(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	for name, documents := range map[string]fs.FS{"ours": os.DirFS(ours), "chat": os.DirFS(chat + "/schema"), "tiny": os.DirFS(tiny)} {
		files := docsOf(t, documents, "x")
		var doc struct {
			Channels struct {
				Connection struct {
					Bindings struct {
						WS struct {
							Query struct{ Properties map[string]any }
						}
					}
				}
			}
		}
		if err := json.Unmarshal(files["asyncapi.json"], &doc); err != nil {
			t.Fatal(err)
		}
		got := slices.Sorted(maps.Keys(doc.Channels.Connection.Bindings.WS.Query.Properties))
		var want []string
		_, rest, _ := strings.Cut(string(files["reference.md"]), "| Parameter |")
		rows, _, _ := strings.Cut(rest, "\n\n")
		for _, row := range strings.Split(rows, "\n")[2:] {
			for _, parameter := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
				want = append(want, parameter[1])
			}
		}
		slices.Sort(want)
		if !slices.Equal(got, want) || len(want) < 2 {
			t.Errorf("%s: parameters: got %v, want %v as in the reference", name, got, want)
		}
	}
}
