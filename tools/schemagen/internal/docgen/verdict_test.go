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

// asyncAPI is what is looked at of an AsyncAPI document.
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

// judge compiles the payloads of an AsyncAPI document with a validator that is none of ours, as draft-07.
func judge(t *testing.T, documents fs.FS) (*asyncAPI, map[string]*jsonschema.Schema) {
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

// value is a frame as the validator takes it.
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

// withoutVoid drops nulls that the schema refuses: in a request they count as absent, which no schema says.
func withoutVoid(payload *jsonschema.Schema, frame any) any {
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

// TestAsyncAPI_verdicts: the payloads of the document and the examples of the protocol agree on what is right and what is wrong. What
// makes a request wrong beyond its schema is known by its code, or by its text being no JSON.
func TestAsyncAPI_verdicts(t *testing.T) {
	t.Parallel()
	_, payloads := judge(t, os.DirFS(ours))
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
				continue // of a type, or a text that is no JSON
			}
			frame := value(t, e.Value)
			if strings.HasPrefix(name, "request-") || e.Kind == example.GoodRequest || e.Kind == example.BadRequest {
				frame = withoutVoid(payload, frame)
			}
			counts[e.Kind]++
			err := payload.Validate(frame)
			good := e.Kind == example.Good || e.Kind == example.GoodRequest || e.Kind == example.GoodResponse
			if good != (err == nil) {
				t.Errorf("%s, %s: %v", of, e.Name, err)
			}
		}
	}
	for _, kind := range []example.Kind{example.Good, example.Bad, example.GoodRequest, example.BadRequest, example.GoodResponse, example.BadResponse} {
		if counts[kind] < 30 {
			t.Errorf("only %d examples of kind %d", counts[kind], kind)
		}
	}
}

// TestAsyncAPI_examples: the examples in the document satisfy the payload that they are examples of.
func TestAsyncAPI_examples(t *testing.T) {
	t.Parallel()
	for _, documents := range []string{ours, chat + "/schema"} {
		doc, payloads := judge(t, os.DirFS(documents))
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
			t.Errorf("only %d examples", count)
		}
	}
}

// TestAsyncAPI_operations: every request is received and replied to, every broadcast is sent, with what the protocol says of them.
func TestAsyncAPI_operations(t *testing.T) {
	t.Parallel()
	doc, payloads := judge(t, os.DirFS(ours))
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
			t.Errorf("%s: %+v", m.Wire, operation)
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
			t.Errorf("%s is replied to with %v, want %v", m.Wire, replies, want)
		}
	}
	for name, payload := range payloads {
		if !slices.Contains(payload.Required, "type") || payload.Properties["type"] == nil || payload.Properties["type"].Validate("another") == nil {
			t.Errorf("%s does not say what its frames call themselves", name)
		}
	}
	for _, b := range c.Broadcasts {
		if operation := doc.Operations[b.Wire]; operation.Action != "send" || path.Base(operation.Messages[0].Ref) != b.Wire {
			t.Errorf("%s: %+v", b.Wire, operation)
		}
	}
	for _, wire := range []string{"welcome", "resync", "closing"} {
		if doc.Operations[wire].Action != "send" || payloads[wire] == nil {
			t.Errorf("%s is not sent", wire)
		}
	}
	if want := len(c.Requests()) + len(c.Broadcasts) + 3; len(doc.Operations) != want {
		t.Errorf("%d operations, want %d", len(doc.Operations), want)
	}
}

// reservedKeys lists where a key stands in a value that readers of AsyncAPI documents take for their own, but for references.
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

// TestAsyncAPI_keeps_references_that_are_data: a constant, an example or a field that is called $ref was taken for a reference by readers of the
// document, and replaced.
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
		t.Errorf("the document has a key at %s that readers take for their own", path)
	}
	var verdicts map[string]struct{ Accepted, Refused []map[string]any }
	if err := json.Unmarshal(documents["verdicts.json"].Data, &verdicts); err != nil {
		t.Fatal(err)
	}
	_, payloads := judge(t, documents)
	for name, v := range verdicts {
		for i, frame := range slices.Concat(v.Accepted, v.Refused) {
			frame["type"], frame["pass/word"] = name, "secret"
			if err := payloads[name].Validate(frame); (err == nil) != (i < len(v.Accepted)) {
				t.Errorf("%s: %v: %v", name, frame, err)
			}
		}
	}
}

// TestAsyncAPI_parameters: the document has the parameters of the connection that the reference has. It lacked announce_close.
func TestAsyncAPI_parameters(t *testing.T) {
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
			t.Errorf("%s: the document has the parameters %v, the reference %v", name, got, want)
		}
	}
}
