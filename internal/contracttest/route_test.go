package contracttest_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/schema"
)

func newDispatcher(tb testing.TB) *route.Dispatcher {
	tb.Helper()
	return route.NewDispatcher(newExampleHandlers(tb).handlers(), route.Options{})
}

// outcome holds the fields of a frame that refuses a request.
type outcome struct {
	Type    string             `json:"type"`
	Code    string             `json:"code"`
	Details []wire.ErrorDetail `json:"details"`
	Data    json.RawMessage    `json:"data"`
}

// refusalIn returns the code and the paths of a refusal, empty if there is none.
func refusalIn(t *testing.T, frames [][]byte) (code string, paths []string) {
	t.Helper()
	for _, f := range frames {
		var o outcome
		if err := json.Unmarshal(f, &o); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if o.Type == "response" && len(o.Data) > 0 && o.Data[0] == '{' {
			if err := json.Unmarshal(o.Data, &o); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
		}
		if o.Code != "" {
			code = o.Code
		}
		for _, d := range o.Details {
			paths = append(paths, d.Path)
		}
	}
	return code, paths
}

// TestDispatch_Examples sends every example of a request to the dispatcher. Valid ones are answered,
// invalid ones are refused with the code and the path of the example.
func TestDispatch_Examples(t *testing.T) {
	t.Parallel()
	judge, d := newJudge(t), newDispatcher(t)
	for _, m := range route.Messages() {
		files, err := fs.Glob(schema.FS, "examples/"+m.Type+"/request-*.json")
		if err != nil || len(files) < 2 {
			t.Errorf("%s: got %d examples of requests (error %v), want at least 2", m.Type, len(files), err)
		}
		for _, file := range files {
			t.Run(m.Type+"/"+path.Base(file), func(t *testing.T) {
				t.Parallel()
				text, err := fs.ReadFile(schema.FS, file)
				if err != nil {
					t.Fatal(err)
				}
				bad := struct {
					Frame            json.RawMessage
					Text, Code, Path string
				}{Frame: text}
				if strings.HasPrefix(path.Base(file), "request-bad") {
					if err := json.Unmarshal(text, &bad); err != nil {
						t.Fatal(err)
					}
				}
				frame := bad.Frame
				if bad.Text != "" {
					frame = []byte(bad.Text)
				}
				conversation := judge.Connect()
				conversation.Sent(frame)
				frames := d.Dispatch(t.Context(), &route.Caller{ClientID: "c"}, frame)
				for _, f := range frames {
					if err := conversation.Received(f); err != nil {
						t.Error(err)
					}
				}
				if left := conversation.Unanswered(); len(left) > 0 {
					t.Errorf("%s\n got pending requests %v, want none", frame, left)
				}
				code, paths := refusalIn(t, frames)
				if code != bad.Code || bad.Path != "" && !slices.Contains(paths, bad.Path) {
					t.Errorf("%s\n got %q for %q, want %q for %q", frame, code, paths, bad.Code, bad.Path)
				}
			})
		}
	}
}

// TestDispatch_Envelope: the dispatcher reads the envelope only until it knows type and id. The decoders
// must refuse duplicate keys and invalid JSON after that.
func TestDispatch_Envelope(t *testing.T) {
	t.Parallel()
	d := newDispatcher(t)
	deep := strings.Repeat(`[`, 1<<19)
	for name, tc := range map[string]struct {
		frame, code string
		paths       []string
		answers     bool // the answer is a response, so the request_id was read
	}{
		"type behind id":           {frame: `{"type":"ping","request_id":1,"type":"ping"}`, code: "invalid_field", paths: []string{"/type"}},
		"escaped type behind id":   {frame: `{"type":"ping","request_id":1,"t\u0079pe":"ping"}`, code: "invalid_field", paths: []string{"/type"}},
		"id behind both":           {frame: `{"type":"ping","request_id":1,"request_id":1}`, code: "invalid_field", paths: []string{"/request_id"}},
		"escaped id behind both":   {frame: `{"type":"ping","request_id":1,"request\u005fid":1}`, code: "invalid_field", paths: []string{"/request_id"}},
		"two ids before type":      {frame: `{"request_id":1,"request_id":1,"type":"ping"}`, code: "invalid_field", paths: []string{"/request_id"}},
		"unknown key twice":        {frame: `{"type":"ping","request_id":1,"x":1,"x":1}`, code: "invalid_field", paths: []string{"/x"}, answers: true},
		"rubbish behind":           {frame: `{"type":"ping","request_id":1}}`, code: "invalid_json"},
		"rubbish between":          {frame: `{"type":"ping","request_id":1,,"x":1}`, code: "invalid_json"},
		"brackets that do not fit": {frame: `{"type":"ping","content":[{]},"request_id":1}`, code: "invalid_json"},
		"control in a string":      {frame: "{\"type\":\"ping\",\"content\":\"\n\",\"request_id\":1}", code: "invalid_json"},
		"half a pair in id":        {frame: `{"type":"ping","request_id":"\ud800"}`, code: "invalid_json"},
		"wrong field, then not JSON": {
			frame: `{"type":"get-user","request_id":1,"id":-1,`, code: "invalid_json",
		},
		"deep":                   {frame: `{"type":"ping","request_id":1,"content":` + deep + strings.Repeat("]", len(deep)) + `}`, code: "too_large", answers: true},
		"deep in an unknown key": {frame: `{"request_id":1,"x":` + strings.Repeat(`{"a":`, 17) + `1` + strings.Repeat("}", 17) + `,"type":"ping"}`, code: "too_large", answers: true},
		"deep and not closed":    {frame: `{"type":"ping","content":` + deep, code: "too_large"},
		"array":                  {frame: deep + strings.Repeat("]", len(deep)), code: "invalid_json"},
		"a mebibyte":             {frame: `{"type":"ping","request_id":1,"x":"` + strings.Repeat("x", 1<<20) + `"}`, answers: true},
		"long key of no field":   {frame: `{"type":"ping","request_id":1,"content":{"` + strings.Repeat("k", 60000) + `":1,"` + strings.Repeat("k", 60000) + `":1}}`, code: "invalid_field", paths: []string{"/content"}, answers: true},
		"numbers":                {frame: `{"type":"get-user","request_id":1,"id":1e400}`, code: "invalid_field", paths: []string{"/id"}, answers: true},
		"number in text":         {frame: `{"type":"get-user","request_id":1,"id":"9007199254740993"}`, code: "invalid_field", paths: []string{"/id"}, answers: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frames := d.Dispatch(t.Context(), &route.Caller{ClientID: "c"}, []byte(tc.frame))
			code, paths := refusalIn(t, frames)
			if code != tc.code || tc.paths != nil && !slices.Equal(paths, tc.paths) {
				t.Errorf("%.200s\n got %q for %.200q, want %q for %q", tc.frame, code, paths, tc.code, tc.paths)
			}
			answers := slices.ContainsFunc(frames, func(f []byte) bool { return strings.HasPrefix(string(f), `{"type":"response","request_id":1,`) })
			if answers != tc.answers {
				t.Errorf("%.200s\n got a response: %t, want %t", tc.frame, answers, tc.answers)
			}
		})
	}
}

// TestDispatch_OnlyJSON changes frames at random. Invalid JSON or UTF-8 is refused, and every answer is
// valid.
func TestDispatch_OnlyJSON(t *testing.T) {
	t.Parallel()
	d, judge := newDispatcher(t), newJudge(t)
	seeds := []string{createUser, getUser, deleteSession, `{"type":"ping","content":[1,{"a":"\u00e9\\"}],"timestamp":1.5e3,"request_id":"é"}`}
	pieces := rapid.SampledFrom([]string{`"`, `\`, `{`, `}`, `[`, `]`, `,`, `:`, ` `, "\n", "\x00", "\xff", `1`, `-`, `e`, `null`, `"type"`, `\u0079`, `"request_id":1,`})
	rapid.Check(t, func(t *rapid.T) {
		frame := rapid.SampledFrom(seeds).Draw(t, "seed")
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			at := rapid.IntRange(0, len(frame)).Draw(t, "at")
			end := rapid.IntRange(at, min(at+2, len(frame))).Draw(t, "end")
			frame = frame[:at] + pieces.Draw(t, "piece") + frame[end:]
		}
		conversation := judge.Connect()
		conversation.Sent([]byte(frame))
		frames := d.Dispatch(t.Context(), &route.Caller{ClientID: "c"}, []byte(frame))
		for _, f := range frames {
			if err := conversation.Received(f); err != nil {
				t.Fatalf("%s\n%v", frame, err)
			}
		}
		if json.Valid([]byte(frame)) && utf8.ValidString(frame) {
			if left := conversation.Unanswered(); len(left) > 0 {
				t.Fatalf("%s\n got no answer, want one", frame)
			}
			return
		}
		if len(frames) != 1 || !strings.Contains(string(frames[0]), `"code":"invalid_json"`) {
			t.Fatalf("%s\n got %s, want invalid_json", frame, frames)
		}
	})
}

func BenchmarkDispatch(b *testing.B) {
	d := newDispatcher(b)
	caller := &route.Caller{ClientID: "c"}
	for name, frame := range map[string]string{
		"ping": `{"type":"ping","request_id":"r-1"}`, "create-user": createUser, "get-user": getUser,
		"refused": missingName, "unknown": `{"type":"nope"}`,
	} {
		b.Run(name, func(b *testing.B) {
			data := []byte(frame)
			b.ReportAllocs()
			for b.Loop() {
				if len(d.Dispatch(b.Context(), caller, data)) == 0 {
					b.Fatal("no answer")
				}
			}
		})
	}
}
