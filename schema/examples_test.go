package schema_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/schema"
)

// example is one file of examples/.
type example struct {
	file, folder, kind string // kind is what the name begins with: ok, bad, request-ok, …
	body               any
}

// examples reads every example.
func examples(t *testing.T) []example {
	t.Helper()
	names, err := fs.Glob(schema.FS, "examples/*/*")
	if err != nil {
		t.Fatal(err)
	}
	var out []example
	for _, file := range names {
		ex := example{file: file, folder: path.Base(path.Dir(file)), body: read(t, file)}
		for _, kind := range []string{"request-ok-", "request-bad-", "response-ok-", "response-bad-", "ok-", "bad-"} {
			if strings.HasPrefix(path.Base(file), kind) && ex.kind == "" {
				ex.kind = strings.TrimSuffix(kind, "-")
			}
		}
		if ex.kind == "" || path.Ext(file) != ".json" {
			t.Errorf("%s: the name says nothing about what it is", file)
		}
		out = append(out, ex)
	}
	return out
}

// fault is one thing that a judge finds wrong. The code is empty where codes do not apply.
type fault struct{ code, path string }

// judge composes frames out of the documents and says what is wrong with one.
type judge struct {
	contract                     contract
	compiler                     *jsonschema.Compiler
	requests, broadcasts, frames map[string]definition
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	c := load(t)
	return &judge{
		contract: c, compiler: compiler(t),
		requests: c.marked("x-request"), broadcasts: c.marked("x-broadcast"), frames: c.marked("x-frame"),
	}
}

// value says what is wrong with v, a value of the schema at ref, which stands at a place in a frame.
func (j *judge) value(t *testing.T, ref, at string, v any) []fault {
	t.Helper()
	err := compile(t, j.compiler, ref).Validate(v)
	if err == nil {
		return nil
	}
	var wrong *jsonschema.ValidationError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	return leaves(wrong, at)
}

// leaves turns the innermost errors into faults; a missing property is at the place where it belongs.
func leaves(e *jsonschema.ValidationError, at string) []fault {
	var out []fault
	for _, cause := range e.Causes {
		out = append(out, leaves(cause, at)...)
	}
	if len(e.Causes) > 0 {
		return out
	}
	if !strings.HasSuffix(e.KeywordLocation, "/required") {
		return []fault{{code: "invalid_field", path: at + e.InstanceLocation}}
	}
	for name := range strings.SplitSeq(strings.TrimPrefix(e.Message, "missing properties: "), ", ") {
		out = append(out, fault{code: "missing_field", path: at + e.InstanceLocation + "/" + strings.Trim(name, "'")})
	}
	return out
}

// request says what is wrong with a request's frame. A null where null means nothing counts as absent.
func (j *judge) request(t *testing.T, wire string, frame object) []fault {
	t.Helper()
	d, ok := j.requests[wire]
	if !ok || frame["type"] != wire {
		t.Fatalf("the type is %v in the folder of %s", frame["type"], wire)
	}
	own := maps.Clone(frame)
	for name := range asObject(t, wire, d.body["properties"]) {
		if v, has := own[name]; has && v == nil && len(j.value(t, d.ref()+"/properties/"+name, "", nil)) > 0 {
			delete(own, name)
		}
	}
	faults := j.value(t, d.ref(), "", own)
	if id, has := frame["request_id"]; has {
		faults = append(faults, j.value(t, j.contract.definitions["RequestID"].ref(), "/request_id", id)...)
	}
	return faults
}

// response says what is wrong with the response to a request that succeeded.
func (j *judge) response(t *testing.T, wire string, frame object) []fault {
	t.Helper()
	if faults := j.frame(t, "response", frame); len(faults) > 0 {
		return faults
	}
	body, data := j.requests[wire].body, frame["data"]
	if body["x-answer"] == nil || body["x-answer-as"] == "frame" {
		if data != nil {
			return []fault{{path: "/data"}}
		}
		return nil
	}
	return j.value(t, j.requests[wire].ref()+"/x-answer", "/data", data)
}

// broadcast says what is wrong with a broadcast's frame.
func (j *judge) broadcast(t *testing.T, wire string, frame object) []fault {
	t.Helper()
	faults := j.value(t, j.contract.definitions["Broadcast"].ref(), "", frame)
	return append(faults, j.value(t, j.broadcasts[wire].ref(), "/data", frame["data"])...)
}

// frame says what is wrong with a frame of the envelope.
func (j *judge) frame(t *testing.T, wire string, frame object) []fault {
	t.Helper()
	if frame["type"] != wire {
		return []fault{{path: "/type"}}
	}
	return j.value(t, j.frames[wire].ref(), "", frame)
}

// text says what is wrong with a request's frame as it arrives.
func (j *judge) text(t *testing.T, wire, text string) []fault {
	t.Helper()
	if !json.Valid([]byte(text)) {
		return []fault{{code: "invalid_json"}}
	}
	duplicate, depth := scan(t, text)
	switch {
	case depth > maxDepth:
		return []fault{{code: "too_large"}}
	case duplicate != "":
		return []fault{{code: "invalid_field", path: duplicate}}
	}
	return j.request(t, wire, asObject(t, wire, parse(t, wire, text)))
}

// maxDepth is how deeply a frame may be nested, itself included.
const maxDepth = 16

// scan returns the place of a key of the outermost object that stands twice, and how deeply a JSON text is nested.
func scan(t *testing.T, text string) (duplicate string, deepest int) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	seen, depth, isKey := map[string]bool{}, 0, true
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return duplicate, deepest
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			deepest = max(deepest, depth)
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
		default:
		}
		if depth != 1 {
			continue
		}
		if key, ok := token.(string); ok && isKey {
			if seen[key] {
				duplicate = "/" + key
			}
			seen[key] = true
		}
		isKey = !isKey
	}
}

// faults judges an example by its folder and kind.
func (j *judge) faults(t *testing.T, ex example) []fault {
	t.Helper()
	body, frame := ex.body, object{}
	direction, verdict, _ := strings.Cut(ex.kind, "-")
	if direction == "ok" || direction == "bad" {
		direction, verdict = "", direction
	}
	if verdict == "bad" {
		wrapped := asObject(t, ex.file, ex.body)
		if text, ok := wrapped["text"].(string); ok && direction == "request" {
			return j.text(t, ex.folder, text)
		}
		body = wrapped["frame"]
		if body == nil {
			body = wrapped["value"]
		}
	}
	if o, ok := body.(object); ok {
		frame = o
	}
	switch {
	case direction == "request":
		return j.request(t, ex.folder, frame)
	case direction == "response":
		return j.response(t, ex.folder, frame)
	case j.broadcasts[ex.folder].name != "":
		return j.broadcast(t, ex.folder, frame)
	case j.frames[ex.folder].name != "":
		return j.frame(t, ex.folder, frame)
	case j.contract.definitions[ex.folder].name != "":
		return j.value(t, j.contract.definitions[ex.folder].ref(), "", body)
	}
	t.Fatalf("%s: nothing is called %s", ex.file, ex.folder)
	return nil
}

func TestExamples(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	for _, ex := range examples(t) {
		faults := j.faults(t, ex)
		if strings.HasSuffix(ex.kind, "ok") {
			if len(faults) > 0 {
				t.Errorf("%s: want nothing wrong, have %v", ex.file, faults)
			}
			continue
		}
		want := expected(t, ex)
		if !slices.ContainsFunc(faults, func(f fault) bool {
			return f.path == want.path && (want.code == "" || f.code == want.code)
		}) {
			t.Errorf("%s: want %v, have %v", ex.file, want, faults)
		}
	}
}

// expected reads what a bad example says is wrong with it.
func expected(t *testing.T, ex example) fault {
	t.Helper()
	body := asObject(t, ex.file, ex.body)
	known := []string{"description", "frame", "text", "value", "code", "path"}
	for key := range body {
		if !slices.Contains(known, key) {
			t.Errorf("%s: %s means nothing", ex.file, key)
		}
	}
	text := func(key string) string {
		s, _ := body[key].(string) // absent is empty
		return s
	}
	if text("description") == "" {
		t.Errorf("%s has no description", ex.file)
	}
	if (ex.kind == "request-bad") != (text("code") != "") {
		t.Errorf("%s: requests are refused with a code, and nothing else is", ex.file)
	}
	return fault{code: text("code"), path: text("path")}
}

// Every message has examples of both verdicts in every direction it travels.
func TestEveryMessageHasExamples(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, ex := range examples(t) {
		have[ex.folder+" "+ex.kind] = true
	}
	c := load(t)
	need := func(messages map[string]definition, kinds ...string) {
		for wire := range messages {
			for _, kind := range kinds {
				if !have[wire+" "+kind] {
					t.Errorf("%s has no example %s", wire, kind)
				}
			}
		}
	}
	need(c.marked("x-request"), "request-ok", "request-bad", "response-ok", "response-bad")
	need(c.marked("x-broadcast"), "ok", "bad")
	need(c.marked("x-frame"), "ok", "bad")
}

// SEEDS.md and the files made from the two older documents must name each other.
func TestSeedsAreListed(t *testing.T) {
	t.Parallel()
	data, err := fs.ReadFile(schema.FS, "examples/SEEDS.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for row := range strings.Lines(string(data)) {
		if _, rest, ok := strings.Cut(row, "]("); ok {
			file, _, _ := strings.Cut(rest, ")")
			listed["examples/"+file] = true
		}
	}
	made := map[string]bool{}
	for _, ex := range examples(t) {
		if strings.Contains(ex.file, "-seed-") {
			made[ex.file] = true
		}
	}
	if !maps.Equal(listed, made) {
		t.Errorf("listed: %v\nthere: %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(made)))
	}
}
