package route_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	route "seg.example/tools/schemagen/internal/gogen/runtime/route"
)

// sums handles every request with a function and stores the request.
type sums struct {
	add  func(ctx context.Context, c route.Caller, m *route.Number) (*route.Number, error)
	find *route.Number
}

func (s *sums) Add(ctx context.Context, c route.Caller, m *route.Number) (*route.Number, error) {
	if s.add != nil {
		return s.add(ctx, c, m)
	}
	return &route.Number{N: m.N + 1}, nil
}

func (s *sums) Find(context.Context, route.Caller, *route.Number) (*route.Number, error) {
	return s.find, nil
}

func (*sums) Forget(context.Context, route.Caller, *route.Number) error { return nil }

func (*sums) Ping(_ context.Context, _ route.Caller, m *route.Number) (*route.Number, error) {
	return m, nil
}

func dispatch(t *testing.T, h *sums, o route.Options, frame string) []string {
	t.Helper()
	d := route.NewDispatcher(route.Handlers{Sum: h}, o)
	var out []string
	for _, f := range d.Dispatch(t.Context(), &route.Caller{ClientID: "c"}, []byte(frame)) {
		if !json.Valid(f) {
			t.Errorf("%s: answered with what is not JSON: %s", frame, f)
		}
		out = append(out, string(f))
	}
	return out
}

const (
	available = `"available_types":["add","find","forget","ping"]`
	notJSON   = `{"type":"error","message":"Message is not valid JSON","error":"Message is not valid JSON","code":"invalid_json",` + available + `}`
	notObject = `{"type":"error","message":"Message is not a JSON object","error":"Message is not a JSON object","code":"invalid_json",` + available + `}`
	badID     = `{"type":"error","message":"Invalid field: request_id: must be a string of 1 to 128 characters or an integer",` +
		`"error":"Invalid field: request_id: must be a string of 1 to 128 characters or an integer","code":"invalid_field",` +
		`"details":[{"path":"/request_id","message":"must be a string of 1 to 128 characters or an integer"}]}`
	twiceID = `{"type":"error","message":"Invalid field: request_id: stands twice","error":"Invalid field: request_id: stands twice",` +
		`"code":"invalid_field","details":[{"path":"/request_id","message":"stands twice"}]}`
	noType = `{"type":"error","message":"Missing required field: type","error":"Missing required field: type","code":"missing_field",` +
		`"details":[{"path":"/type","message":"is required"}],` + available
	twiceType = `{"type":"error","message":"Invalid field: type: stands twice","error":"Invalid field: type: stands twice",` +
		`"code":"invalid_field","details":[{"path":"/type","message":"stands twice"}],` + available
)

func unknown(name string) string {
	return `{"type":"error","message":"Unknown message type: ` + name + `","error":"Unknown message type: ` + name +
		`","code":"unknown_type",` + available
}

func TestDispatch_Frames(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 1<<20)
	for _, tc := range []struct {
		name, frame string
		want        []string
	}{
		{"answered", `{"type":"add","request_id":"r","n":1}`, []string{`{"type":"response","request_id":"r","data":{"n":2}}`}},
		{"id first", `{"request_id":"r","n":1,"type":"add"}`, []string{`{"type":"response","request_id":"r","data":{"n":2}}`}},
		{"id last", `{"type":"add","n":1,"request_id":7}`, []string{`{"type":"response","request_id":7,"data":{"n":2}}`}},
		{"id in data", `{"type":"add","n":1,"x":{"request_id":7}}`, nil},
		{"space", " {\n\t\"type\" : \"add\" ,\r\n \"n\" : 1 , \"request_id\" : \"r\" } ", []string{`{"type":"response","request_id":"r","data":{"n":2}}`}},
		{"escaped keys", `{"t\u0079pe":"\u0061dd","n":1,"request\u005Fid":"r"}`, []string{`{"type":"response","request_id":"r","data":{"n":2}}`}},
		{"type inside others", `{"x":[{"type":"find"},"type"],"y":"\"type\":","type":"add","n":1,"request_id":1}`, []string{`{"type":"response","request_id":1,"data":{"n":2}}`}},
		{"id as sent", `{"type":"add","n":1,"request_id":"\u00e9 \"é\""}`, []string{`{"type":"response","request_id":"\u00e9 \"é\"","data":{"n":2}}`}},
		{"id integer with point", `{"type":"add","n":1,"request_id":-1.0}`, []string{`{"type":"response","request_id":-1.0,"data":{"n":2}}`}},
		{"id null", `{"type":"add","n":1,"request_id":null}`, nil},
		{"no id", `{"type":"add","n":1}`, nil},
		{"null answer", `{"type":"find","n":1,"request_id":1}`, []string{`{"type":"response","request_id":1,"data":null}`}},
		{"nothing answered", `{"type":"forget","n":1,"request_id":1}`, []string{`{"type":"response","request_id":1,"data":null}`}},
		{"own frame", `{"type":"ping","n":3}`, []string{`{"type":"pong","n":3}`}},
		{"own frame with id", `{"type":"ping","n":3,"request_id":1}`, []string{`{"type":"pong","n":3}`, `{"type":"response","request_id":1,"data":null}`}},

		{"empty", ``, []string{notJSON}},
		{"cut short", `{"type":"add","n":1,"request_id":"r"`, []string{notJSON}},
		{"trailing", `{"type":"add","n":1,"request_id":"r"} x`, []string{notJSON}},
		{"bad later than a wrong field", `{"type":"add","n":"x","request_id":"r",}`, []string{notJSON}},
		{"not UTF-8", "{\"type\":\"add\",\"n\":1,\"x\":\"\xff\"}", []string{notJSON}},
		{"word", `nonsense`, []string{notJSON}},
		{"bomb", deep, []string{notJSON}},
		{"array", `[{"type":"add"}]`, []string{notObject}},
		{"string", `"add"`, []string{notObject}},
		{"null", `null`, []string{notObject}},
		{"bomb inside", `{"type":"add","n":1,"request_id":1,"deep":` + deep, []string{`{"type":"response","request_id":1,"data":{"error":"Nested too deeply: deep","code":"too_large","details":[{"path":"/deep","message":"too deep"}]}}`}},

		{"no type", `{}`, []string{noType + `}`}},
		{"no type, id", `{"request_id":5}`, []string{noType + `,"request_id":5}`}},
		{"null type", `{"type":null}`, []string{noType + `}`}},
		{"number type", `{"type":1,"request_id":"x"}`, []string{
			`{"type":"error","message":"Invalid field: type: must be a string","error":"Invalid field: type: must be a string","code":"invalid_field","details":[{"path":"/type","message":"must be a string"}],` + available + `,"request_id":"x"}`,
		}},
		{"unknown type", `{"type":"nope","request_id":"x"}`, []string{unknown("nope") + `,"request_id":"x"}`}},
		{"unknown type and bad id", `{"type":"nope","request_id":{}}`, []string{unknown("nope") + `}`}},
		{"empty type", `{"type":""}`, []string{unknown("") + `}`}},
		{"long type", `{"type":"` + strings.Repeat("é", 1000) + `"}`, []string{unknown(strings.Repeat("é", 32)+"…") + `}`}},
		{"type with controls", `{"type":"\u0000\n\""}`, []string{unknown(`\u0000\u000a\"`) + `}`}},
		{"type twice", `{"type":"add","n":1,"type":"add"}`, []string{twiceType + `}`}},
		{"type twice behind id", `{"type":"add","request_id":1,"n":1,"t\u0079pe":"add"}`, []string{twiceType + `,"request_id":1}`}},
		{"id twice", `{"type":"add","request_id":1,"n":1,"request_id":1}`, []string{twiceID}},
		{"id twice before type", `{"request_id":1,"n":1,"request_id":1,"type":"add"}`, []string{twiceID}},
		{"bool id", `{"type":"add","request_id":true,"n":1}`, []string{badID}},
		{"object id", `{"type":"add","n":1,"request_id":{"a":[1,"}"]}}`, []string{badID}},
		{"empty id", `{"type":"add","request_id":"","n":1}`, []string{badID}},
		{"fraction", `{"type":"add","request_id":1.5,"n":1}`, []string{badID}},
		{"huge", `{"type":"add","request_id":1e400,"n":1}`, []string{badID}},
		{"beyond 2^53-1", `{"type":"add","request_id":9007199254740992,"n":1}`, []string{badID}},
		{"id bad and no JSON", `{"type":"add","request_id":-,"n":1}`, []string{notJSON}},

		{"missing", `{"type":"add","request_id":1}`, []string{
			`{"type":"response","request_id":1,"data":{"error":"Missing required field: n","code":"missing_field","details":[{"path":"/n","message":"is required"}]}}`,
		}},
		{"missing, no id", `{"type":"add"}`, []string{
			`{"type":"error","message":"Missing required field: n","error":"Missing required field: n","code":"missing_field","details":[{"path":"/n","message":"is required"}]}`,
		}},
		{"wrong", `{"type":"add","request_id":1,"n":"x"}`, []string{
			`{"type":"response","request_id":1,"data":{"error":"Invalid field: n: must be an integer","code":"invalid_field","details":[{"path":"/n","message":"must be an integer"}]}}`,
		}},
		{"own field twice", `{"type":"add","request_id":1,"n":1,"n":1}`, []string{
			`{"type":"response","request_id":1,"data":{"error":"Invalid field: n: must not stand twice","code":"invalid_field","details":[{"path":"/n","message":"must not stand twice"}]}}`,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := dispatch(t, &sums{}, route.Options{}, tc.frame); !slices.Equal(got, tc.want) {
				t.Errorf("%.200s\n got %s\nwant %s", tc.frame, got, tc.want)
			}
		})
	}
}

func TestDispatch_IDLength(t *testing.T) {
	t.Parallel()
	for length, good := range map[int]bool{1: true, 128: true, 129: false} {
		for _, character := range []string{"a", "é", `\u00e9`, "\U0001F600", `\ud83d\ude00`} {
			frame := `{"type":"forget","n":1,"request_id":"` + strings.Repeat(character, length) + `"}`
			got := dispatch(t, &sums{}, route.Options{}, frame)
			if good == slices.Equal(got, []string{badID}) {
				t.Errorf("%d times %s: %s", length, character, got)
			}
		}
	}
}

func TestDispatch_IDIntegers(t *testing.T) {
	t.Parallel()
	for number, good := range map[string]bool{
		"0": true, "-0": true, "0.0": true, "0e999999999999": true, "1e1": true, "1E+2": true, "10e-1": true, "1.50e1": true,
		"9007199254740991": true, "-9007199254740991": true, "9007199254740991.000": true, "90071992547409910e-1": true,
		"9007199254740993": false, "1e16": false, "1.5": false, "15e-1": false, "1e-1": false, "0.00000000000000000000001": false,
		"1e5000000": false, "1e99999999999999999999": false, "1e-99999999999999999999": false,
		"1.00000000000000000000000000000000001": false,
	} {
		got := dispatch(t, &sums{}, route.Options{}, `{"type":"forget","n":1,"request_id":`+number+`}`)
		want := badID
		if good {
			want = `{"type":"response","request_id":` + number + `,"data":null}`
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %s, want %s", number, got, want)
		}
	}
}

func TestDispatch_Errors(t *testing.T) {
	t.Parallel()
	refusal := &route.Error{Code: "taken", Text: "It's \"taken\"", Details: []route.Detail{{Path: "/n", Message: "a"}, {Path: "", Message: "b"}}}
	const data = `{"error":"It's \"taken\"","code":"taken","details":[{"path":"/n","message":"a"},{"path":"","message":"b"}]}`
	for _, tc := range []struct {
		name  string
		err   error
		panic any
		want  string
		fault string // the error that the hook gets; empty: it must not be called
	}{
		{name: "refusal", err: refusal, want: data},
		{name: "wrapped", err: fmt.Errorf("while adding: %w", refusal), want: data},
		{name: "fault", err: io.ErrUnexpectedEOF, want: `{"error":"see 17","code":"internal"}`, fault: "unexpected EOF"},
		{name: "panic", panic: "oh", want: `{"error":"see 17","code":"internal"}`, fault: "panic: oh"},
		{name: "no answer", want: `{"error":"see 17","code":"internal"}`, fault: route.ErrNoAnswer.Error()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := &sums{add: func(context.Context, route.Caller, *route.Number) (*route.Number, error) {
				if tc.panic != nil {
					panic(tc.panic)
				}
				return nil, tc.err
			}}
			told := ""
			o := route.Options{Fault: func(_ context.Context, call *route.Call, err error) string {
				told = err.Error()
				if call.Message.Type != "add" {
					t.Errorf("fault of %s, want add", call.Message.Type)
				}
				return "see 17"
			}}
			got := dispatch(t, h, o, `{"type":"add","n":1,"request_id":"r"}`)
			if want := []string{`{"type":"response","request_id":"r","data":` + tc.want + `}`}; !slices.Equal(got, want) {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if told != tc.fault {
				t.Errorf("hook was told %q, want %q", told, tc.fault)
			}
			got = dispatch(t, h, o, `{"type":"add","n":1}`)
			var text struct{ Error string }
			if err := json.Unmarshal([]byte(tc.want), &text); err != nil {
				t.Fatal(err)
			}
			message, err := json.Marshal(text.Error)
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{`{"type":"error","message":` + string(message) + `,` + tc.want[1:]}; !slices.Equal(got, want) {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

// TestRefused: the hook is called once for every frame that is refused before the interceptors,
// with the client's error code, and for no other frame.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, frame, want string }{
		{"served", `{"type":"add","n":1}`, ""},
		{"refused by the handler", `{"type":"add","n":2}`, ""},
		{"not JSON", `nonsense`, "- invalid_json"},
		{"not JSON behind the envelope", `{"type":"add","n":1,"request_id":"r",}`, "add invalid_json"},
		{"not an object", `[1]`, "- invalid_json"},
		{"no type", `{}`, "- missing_field"},
		{"unknown type", `{"type":"nope"}`, "- unknown_type"},
		{"type twice", `{"type":"add","n":1,"type":"add"}`, "add invalid_field"},
		{"bad id", `{"type":"add","request_id":{},"n":1}`, "add invalid_field"},
		{"missing field", `{"type":"add"}`, "add missing_field"},
		{"wrong field", `{"type":"find","n":"x"}`, "find invalid_field"},
		{"too deep", `{"type":"add","n":1,"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, "add too_large"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var told []string
			h := &sums{add: func(_ context.Context, _ route.Caller, m *route.Number) (*route.Number, error) {
				if m.N == 2 {
					return nil, &route.Error{Code: "taken", Text: "taken"}
				}
				return m, nil
			}}
			got := dispatch(t, h, route.Options{Refused: func(m *route.Message, code route.Code) {
				typ := "-"
				if m != nil {
					typ = m.Type
				}
				told = append(told, typ+" "+string(code))
			}}, row.frame)
			if strings.Join(told, ", ") != row.want {
				t.Errorf("told of %q, want %q", told, row.want)
			}
			if row.want != "" && !strings.Contains(strings.Join(got, ""), `"code":"`+strings.Fields(row.want)[1]+`"`) {
				t.Errorf("told of %q, answered %s", told, got)
			}
		})
	}
}

func TestPanicError(t *testing.T) {
	t.Parallel()
	var seen error
	h := &sums{add: func(context.Context, route.Caller, *route.Number) (*route.Number, error) { panic(io.EOF) }}
	dispatch(t, h, route.Options{Fault: func(_ context.Context, _ *route.Call, err error) string {
		seen = err
		return ""
	}}, `{"type":"add","n":1}`)
	found, ok := errors.AsType[*route.PanicError](seen)
	if !ok || !errors.Is(seen, io.EOF) || !strings.Contains(string(found.Stack), "TestPanicError") {
		t.Errorf("fault is %#v, want a PanicError around io.EOF with the stack of the handler", seen)
	}
	if got := dispatch(t, h, route.Options{}, `{"type":"add","n":1,"request_id":1}`); !slices.Equal(got,
		[]string{`{"type":"response","request_id":1,"data":{"error":"Internal error","code":"internal"}}`}) {
		t.Errorf("without a hook: %s", got)
	}
}

// passed is a context value of a test interceptor.
type passed string

func TestInterceptors(t *testing.T) {
	t.Parallel()
	var order []string
	step := func(name string) route.Interceptor {
		return func(ctx context.Context, call *route.Call, next route.Next) error {
			order = append(order, name+" in")
			err := next(context.WithValue(ctx, passed(name), true), call)
			order = append(order, name+" out")
			return err
		}
	}
	h := &sums{add: func(ctx context.Context, c route.Caller, m *route.Number) (*route.Number, error) {
		call := route.FromContext(ctx)
		if call == nil || call.Message.Type != "add" || call.RequestID != `"r"` || call.Secret != "s3cret" || !call.HasSecret {
			t.Errorf("call in the context: %+v", call)
		}
		if !c.Trusted || ctx.Value(passed("a")) == nil || ctx.Value(passed("b")) == nil {
			t.Errorf("what interceptors did has not reached the handler: %+v", c)
		}
		order = append(order, "handler")
		return m, nil
	}}
	trust := func(ctx context.Context, call *route.Call, next route.Next) error {
		call.Caller.Trusted = true
		return next(ctx, call)
	}
	dispatch(t, h, route.Options{Interceptors: []route.Interceptor{trust, step("a"), step("b")}},
		`{"type":"add","n":1,"request_id":"r","password":"s3cret"}`)
	if want := []string{"a in", "b in", "handler", "b out", "a out"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	order = nil
	dispatch(t, h, route.Options{Interceptors: []route.Interceptor{step("a")}}, `{"type":"add"}`)
	if len(order) != 0 {
		t.Errorf("interceptors ran before the shape was right: %v", order)
	}
	if route.FromContext(t.Context()) != nil {
		t.Error("a call outside of a request")
	}
}

func TestInterceptor_Refuses(t *testing.T) {
	t.Parallel()
	h := &sums{add: func(context.Context, route.Caller, *route.Number) (*route.Number, error) {
		t.Error("handler was called")
		return &route.Number{}, nil
	}}
	no := func(context.Context, *route.Call, route.Next) error {
		return &route.Error{Code: "unauthorized", Text: "no"}
	}
	got := dispatch(t, h, route.Options{Interceptors: []route.Interceptor{no}}, `{"type":"add","n":1,"request_id":1}`)
	if !slices.Equal(got, []string{`{"type":"response","request_id":1,"data":{"error":"no","code":"unauthorized"}}`}) {
		t.Error(got)
	}
}

// TestDispatchInto: answers that fit are in room, one after the other, and never outside it. Frames
// that a handler may keep are not in room.
func TestDispatchInto(t *testing.T) {
	t.Parallel()
	const before = "before"
	var kept []byte
	h := &sums{add: func(ctx context.Context, _ route.Caller, m *route.Number) (*route.Number, error) {
		kept = route.FromContext(ctx).Response(m)
		return m, nil
	}}
	d := route.NewDispatcher(route.Handlers{Sum: h}, route.Options{})
	for _, tc := range []struct {
		frame string
		want  []string
	}{
		{`{"type":"add","request_id":1,"n":5}`, []string{`{"type":"response","request_id":1,"data":{"n":5}}`}},
		{`{"type":"find","request_id":1,"n":5}`, []string{`{"type":"response","request_id":1,"data":null}`}},
		{`{"type":"ping","n":5}`, []string{`{"type":"pong","n":5}`}},
		{`{"type":"ping","request_id":1,"n":5}`, []string{`{"type":"pong","n":5}`, `{"type":"response","request_id":1,"data":null}`}},
		{`{"type":"add","n":5}`, nil},
	} {
		for space := range 100 {
			memory := bytes.Repeat([]byte("#"), len(before)+space+len(before))
			copy(memory, before)
			room := memory[: len(before) : len(before)+space]
			frames := d.DispatchInto(t.Context(), &route.Caller{}, []byte(tc.frame), room)
			var got []string
			at := len(before)
			for _, f := range frames {
				got = append(got, string(f))
				if inside := at+len(f) <= cap(room); inside != (&f[0] == &memory[at]) {
					t.Errorf("%s with room for %d: %s lies in the room: %v", tc.frame, space, f, !inside)
				} else if inside {
					at += len(f)
				}
				_ = append(f, '!') // overwrites the next bytes unless the frame has no spare capacity
			}
			for i, f := range frames {
				if string(f) != got[i] {
					t.Errorf("%s with room for %d: frame %d lies in the way of another", tc.frame, space, i)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s with room for %d: %s", tc.frame, space, got)
			}
			if !bytes.HasPrefix(memory, []byte(before)) || strings.Trim(string(memory[cap(room):]), "#") != "" || cap(room) != len(before)+space {
				t.Errorf("%s with room for %d: written outside of it: %s", tc.frame, space, memory)
			}
			clear(memory)
			if kept != nil && string(kept) != tc.want[0] {
				t.Errorf("what the handler keeps lies in the room: %s", kept)
			}
			kept = nil
		}
	}
}

func TestMarkAnswered(t *testing.T) {
	t.Parallel()
	var sent []byte
	var fail error
	told := 0
	h := &sums{add: func(ctx context.Context, _ route.Caller, m *route.Number) (*route.Number, error) {
		call := route.FromContext(ctx)
		sent = call.Response(m)
		call.MarkAnswered()
		return m, fail
	}}
	o := route.Options{Fault: func(context.Context, *route.Call, error) string { told++; return "" }}
	if got := dispatch(t, h, o, `{"type":"add","n":5,"request_id":"r"}`); len(got) != 0 || string(sent) != `{"type":"response","request_id":"r","data":{"n":5}}` {
		t.Errorf("returned %s, handler built %s", got, sent)
	}
	if dispatch(t, h, o, `{"type":"add","n":5}`); sent != nil {
		t.Errorf("a response without a request_id: %s", sent)
	}
	if told != 0 {
		t.Error("a fault was told where there was none")
	}
	fail = &route.Error{Code: "late", Text: "late"}
	if got := dispatch(t, h, o, `{"type":"add","n":5,"request_id":"r"}`); len(got) != 0 || told != 1 {
		t.Errorf("an error behind the answer: frames %s, told %d times", got, told)
	}
}

// TestRequest: interceptors could only see requests as JSON, so they could not check fields before
// another interceptor had checked the credential. They get the handler's request without an
// allocation.
//
//nolint:paralleltest // allocations of other tests would be counted too
func TestRequest(t *testing.T) {
	var seen, got *route.Number
	h := &sums{add: func(_ context.Context, _ route.Caller, m *route.Number) (*route.Number, error) {
		got = m
		return m, nil
	}}
	look := func(ctx context.Context, call *route.Call, next route.Next) error {
		seen, _ = call.Request().(*route.Number)
		if allocs := testing.AllocsPerRun(10, func() { _ = call.Request() }); allocs != 0 {
			t.Errorf("it allocates %v times", allocs)
		}
		if seen != nil && seen.N < 0 {
			return &route.Error{Code: "negative", Text: "must not be negative"}
		}
		return next(ctx, call)
	}
	o := route.Options{Interceptors: []route.Interceptor{look}}
	if dispatch(t, h, o, `{"type":"add","n":5,"password":"x"}`); seen == nil || seen != got || got.N != 5 {
		t.Errorf("the interceptor saw %v, the handler %v", seen, got)
	}
	got = nil
	if frames := dispatch(t, h, o, `{"type":"add","n":-1,"request_id":1}`); got != nil || len(frames) != 1 || !strings.Contains(frames[0], `"negative"`) {
		t.Errorf("the handler got %v, the client %s", got, frames)
	}
}

// TestReplay: an interceptor may answer with a stored frame, instead of the handler or after it.
func TestReplay(t *testing.T) {
	t.Parallel()
	calls := 0
	h := &sums{add: func(_ context.Context, _ route.Caller, m *route.Number) (*route.Number, error) {
		calls++
		return m, nil
	}}
	const stored = `{"type":"response","request_id":1,"data":{"n":7}}`
	for _, ask := range []bool{false, true} {
		replay := func(ctx context.Context, call *route.Call, next route.Next) error {
			if got := string(call.Parameters()); got != `{"n":5}` {
				t.Errorf("parameters %s", got)
			}
			call.Replay([]byte(stored))
			if ask {
				return next(ctx, call)
			}
			return nil
		}
		got := dispatch(t, h, route.Options{Interceptors: []route.Interceptor{replay}}, `{"type":"add","request_id":1, "password":"x", "n": 5 }`)
		if !slices.Equal(got, []string{stored}) {
			t.Errorf("asking the handler %v: got %s", ask, got)
		}
	}
	if calls != 1 {
		t.Errorf("the handler was called %d times", calls)
	}
}

// TestRefusal: the frame that an interceptor gets for storing is the frame that is sent.
func TestRefusal(t *testing.T) {
	t.Parallel()
	var stored []byte
	refuse := func(_ context.Context, call *route.Call, _ route.Next) error {
		e := &route.Error{Code: "conflict", Text: "no"}
		stored = call.Refusal(e)
		return e
	}
	o := route.Options{Interceptors: []route.Interceptor{refuse}}
	if got := dispatch(t, &sums{}, o, `{"type":"add","n":5,"request_id":"r"}`); len(got) != 1 || got[0] != string(stored) {
		t.Errorf("sent %s, stored %s", got, stored)
	}
	if dispatch(t, &sums{}, o, `{"type":"add","n":5}`); stored != nil {
		t.Errorf("a response without a request_id: %s", stored)
	}
}

func TestNewDispatcher_MissingHandler(t *testing.T) {
	t.Parallel()
	defer func() {
		if got := fmt.Sprint(recover()); got != "route: no handler for Sum" {
			t.Errorf("panicked with %s", got)
		}
	}()
	route.NewDispatcher(route.Handlers{}, route.Options{})
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for want, got := range map[string][]byte{
		`{"type":"api-x","data":{"a":1},"seq":7,"session_id":"s\"","timestamp":1700000000000}`:                      route.BroadcastFrame("api-x", []byte(`{"a":1}`), route.Stamp{Seq: 7, SessionID: `s"`, Time: 1700000000000}),
		`{"type":"api-x","data":null,"seq":7,"session_id":"","timestamp":0,"prev_seq":3}`:                           route.BroadcastFrame("api-x", []byte(`null`), route.Stamp{Seq: 7, PrevSeq: 3}),
		"{\"type\":\"error\",\"message\":\"a\\u001f\ufffdé\",\"error\":\"a\\u001f\ufffdé\",\"code\":\"too_large\"}": route.ErrorFrame("too_large", "a\x1f\xffé"),
	} {
		if string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if cap(got) != len(got) {
			t.Errorf("%s: %d bytes in a slice of %d", got, len(got), cap(got))
		}
	}
}
