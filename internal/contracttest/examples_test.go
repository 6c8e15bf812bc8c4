package contracttest_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"seg.example/gen/wire"
	"seg.example/gen/wiretest"
	"seg.example/schema"
)

// definitions maps messages to their types.
type definitions struct {
	byName  map[string]wiretest.Type
	byWire  map[string]wiretest.Type   // requests, broadcasts and frames by wire type
	answers map[string]json.RawMessage // x-answer by wire type; nil: the answer is null
	events  map[string]bool            // wire types of broadcasts
}

func readDefinitions(tb testing.TB) definitions {
	tb.Helper()
	d := definitions{
		byName: map[string]wiretest.Type{}, byWire: map[string]wiretest.Type{}, answers: map[string]json.RawMessage{},
		events: map[string]bool{},
	}
	documents := map[string]bool{}
	for _, typ := range wiretest.Types() {
		d.byName[typ.Name] = typ
		documents[typ.Document] = true
	}
	for name := range documents {
		text, err := fs.ReadFile(schema.FS, name)
		if err != nil {
			tb.Fatal(err)
		}
		var doc struct {
			Definitions map[string]struct {
				Request   string          `json:"x-request"`
				Broadcast string          `json:"x-broadcast"`
				Frame     string          `json:"x-frame"`
				Answer    json.RawMessage `json:"x-answer"`
				AnswerAs  string          `json:"x-answer-as"`
			} `json:"definitions"`
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			tb.Fatal(err)
		}
		for definition, x := range doc.Definitions {
			if w := x.Request + x.Broadcast + x.Frame; w != "" {
				d.byWire[w] = d.byName[definition]
				if x.AnswerAs != "frame" {
					d.answers[w] = x.Answer
				}
				d.events[w] = x.Broadcast != ""
			}
		}
	}
	return d
}

// vector is an example, reduced to the value of one type.
type vector struct {
	typ    wiretest.Type
	text   []byte
	ok     bool
	null   bool   // the value is null, which is valid: there is nothing to decode
	prefix string // JSON pointer to the value in the frame
	code   string
	path   string
}

// vectorOf reads an example. found is false for an example of the envelope, which belongs to no type.
func (d definitions) vectorOf(tb testing.TB, file string) (v vector, found bool) {
	tb.Helper()
	text, err := fs.ReadFile(schema.FS, file)
	if err != nil {
		tb.Fatal(err)
	}
	folder, name := path.Base(path.Dir(file)), path.Base(file)
	v.text, v.ok = text, strings.HasPrefix(name, "ok-") || strings.Contains(name, "-ok-")
	if !v.ok {
		var bad struct {
			Frame      json.RawMessage `json:"frame"`
			Value      json.RawMessage `json:"value"`
			Text       *string         `json:"text"`
			Code, Path string
		}
		if err := json.Unmarshal(text, &bad); err != nil {
			tb.Fatal(err)
		}
		v.text, v.code, v.path = append(bad.Frame, bad.Value...), bad.Code, bad.Path
		if bad.Text != nil {
			v.text = []byte(*bad.Text)
		}
	}
	if typ, ok := d.byName[folder]; ok {
		v.typ = typ
		return v, true
	}
	typ, ok := d.byWire[folder]
	if !ok {
		tb.Fatalf("%s: got an unknown message type %s, want one of the schema", file, folder)
	}
	switch v.typ = typ; {
	case strings.HasPrefix(name, "response-"):
		return d.answer(tb, folder, v)
	case d.events[folder]:
		v.prefix = "/data"
		v.text = dataOf(tb, v.text)
	}
	return v, v.ok || v.prefix == "" && !envelope(v.path) || v.prefix != "" && strings.HasPrefix(v.path, v.prefix)
}

// envelope reports whether a pointer points to a field of a request's envelope.
func envelope(pointer string) bool { return pointer == "/type" || pointer == "/request_id" }

// answer reduces a response to its data.
func (d definitions) answer(tb testing.TB, message string, v vector) (vector, bool) {
	tb.Helper()
	v.prefix, v.text = "/data", dataOf(tb, v.text)
	var refusal struct{ Error *string }
	if json.Unmarshal(v.text, &refusal) == nil && refusal.Error != nil {
		v.typ = d.byName["ErrorData"]
		return v, true
	}
	var answer struct {
		Ref   string            `json:"$ref"`
		OneOf []json.RawMessage `json:"oneOf"`
	}
	if d.answers[message] != nil {
		if err := json.Unmarshal(d.answers[message], &answer); err != nil {
			tb.Fatal(err)
		}
	}
	nullable := d.answers[message] == nil || len(answer.OneOf) > 0
	if len(answer.OneOf) > 0 {
		if err := json.Unmarshal(answer.OneOf[0], &answer); err != nil {
			tb.Fatal(err)
		}
	}
	if v.null = nullable && string(v.text) == "null"; v.null {
		return v, true
	}
	v.typ = d.byName[path.Base(answer.Ref)]
	return v, v.typ.New != nil && (v.ok || strings.HasPrefix(v.path, v.prefix))
}

func dataOf(tb testing.TB, frame []byte) []byte {
	tb.Helper()
	var parsed struct{ Data json.RawMessage }
	if err := json.Unmarshal(frame, &parsed); err != nil {
		tb.Fatal(err)
	}
	return parsed.Data
}

// codeOf returns the error code of the answer to a decoding error.
func codeOf(e *wire.Error) string {
	switch e.Keyword {
	case "required":
		return "missing_field"
	case "depth":
		return "too_large"
	case "syntax", "utf8":
		return "invalid_json"
	}
	return "invalid_field"
}

// TestExamples: every example is accepted, or refused with its code and path.
func TestExamples(t *testing.T) {
	t.Parallel()
	d := readDefinitions(t)
	files, err := fs.Glob(schema.FS, "examples/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	judged := 0
	for _, file := range files {
		v, found := d.vectorOf(t, file)
		if !found {
			continue
		}
		judged++
		if v.null {
			if !v.ok {
				t.Errorf("%s: null is valid, want an invalid value", file)
			}
			continue
		}
		check(t, file, v)
	}
	if judged < len(files)*9/10 {
		t.Errorf("got %d of %d examples that belong to one type, want at least 90%%", judged, len(files))
	}
}

func check(t *testing.T, file string, v vector) {
	t.Helper()
	err := v.typ.New().Decode(v.text)
	if v.ok {
		if err != nil {
			t.Errorf("%s: got %v, want no error", file, err)
		}
		return
	}
	e, ok := errors.AsType[*wire.Error](err)
	if !ok {
		t.Errorf("%s: got %v, want a *wire.Error", file, err)
		return
	}
	if v.code != "" && codeOf(e) != v.code {
		t.Errorf("%s: got code %s (%v), want %s", file, codeOf(e), e, v.code)
	}
	paths := []string{v.prefix + e.Path}
	if len(e.Missing) > 0 {
		paths = nil
		for _, m := range e.Missing {
			paths = append(paths, v.prefix+e.Path+"/"+m)
		}
	}
	if v.path != "" && !slices.Contains(paths, v.path) {
		t.Errorf("%s: got paths %v, want %s", file, paths, v.path)
	}
}
