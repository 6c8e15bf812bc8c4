package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"seg.example/gen/route"
	"seg.example/internal/contracttest"
	"seg.example/schema"
)

// members is a request frame, member by member as raw JSON, so that it can contain what no JSON
// library would write.
type members map[string]string

// String returns the frame: the type first, the rest sorted by name.
func (m members) String() string {
	parts := []string{`"type":` + m["type"]}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if name != "type" {
			parts = append(parts, strconv.Quote(name)+":"+m[name])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// with returns a copy with one member replaced.
func (m members) with(name, value string) members {
	changed := maps.Clone(m)
	changed[name] = value
	return changed
}

// without returns a copy without one member.
func (m members) without(name string) members {
	changed := maps.Clone(m)
	delete(changed, name)
	return changed
}

// wrongValues are tried in every field. The schema decides which of them are wrong there.
func wrongValues() []string {
	return []string{
		`null`, `true`, `false`, `0`, `-1`, `1.5`, `1e400`, `-1e400`, `1e-400`, `9007199254740992`, `9007199254740993`, `-9007199254740993`,
		`9223372036854775808`, `1e5000000`, `123456789012345678901234567890`, `""`, `" "`, `"\u0000"`, `"` + strings.Repeat("x", 257) + `"`, `"a b"`,
		`"../../etc/passwd"`, `"'; DROP TABLE users; --"`, `"-1"`, `"1.0"`, `"99999999999999999"`, `"FreeUserConnec"`, `[]`, `[1]`, `{}`, `{"a":1}`,
		strings.Repeat("[", 12) + strings.Repeat("]", 12),
	}
}

// TestBadInput_everyFieldEveryWrongValue sends each served request over a real socket with each
// field left out, null, twice, and with every wrong value. Each must be refused with the code and
// the field, the connection must stay open, and the database must not change. An independent
// validator and the schema decide what is wrong, not the code under test.
func TestBadInput_everyFieldEveryWrongValue(t *testing.T) {
	t.Parallel()
	judge, err := contracttest.NewJudge(schema.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "--message-rate", "0")
	setUp := s.connect(t, "setup", "")
	setUp.call(`{"type":"create-session","session_id":"GAME_001","password":"` + password + `","request_id":1}`)
	setUp.call(`{"type":"create-user","user_id":12345,"username":"JohnDoe","session_id":"GAME_001","password":"` + password + `","request_id":2}`)
	before := s.dump(t)
	tried := 0
	for _, m := range route.Messages() {
		base := goodRequest(t, m.Type)
		c := s.connect(t, "bad-"+m.Type, "")
		for _, field := range m.Args {
			tried += badField(t, c, judge, base, field)
		}
	}
	if tried < 500 {
		t.Errorf("only %d wrong requests were tried: the matrix is broken", tried)
	}
	t.Logf("%d wrong requests", tried)
	if after := s.dump(t); after != before {
		t.Errorf("the database has changed:\n%s\nwas\n%s", after, before)
	}
}

// badField tries all wrong values of one field and returns how many were wrong.
func badField(t *testing.T, c *client, judge *contracttest.Judge, base members, field route.Arg) int {
	t.Helper()
	tried := 0
	expect := func(frame, code string) {
		t.Helper()
		tried++
		got := c.call(frame)
		at := slices.ContainsFunc(got.Details, func(d detail) bool {
			return d.Path == "/"+field.Name || strings.HasPrefix(d.Path, "/"+field.Name+"/")
		})
		if got.Type != "response" || got.Code != code || !at {
			t.Errorf("%.300s\nwant a response with %s at /%s, got %s", frame, code, field.Name, got.Raw)
		}
	}
	if field.Required {
		expect(base.without(field.Name).String(), "missing_field")
		expect(base.with(field.Name, "null").String(), "missing_field")
	}
	twice := base.with(field.Name, `"x","`+field.Name+`":"x"`)
	if good, ok := base[field.Name]; ok {
		twice = base.with(field.Name, good+`,"`+field.Name+`":`+good)
	}
	if judge.Request([]byte(base.with(field.Name, `"x"`).String())) == nil || base[field.Name] != "" {
		expect(twice.String(), "invalid_field")
	}
	for _, value := range wrongValues() {
		if field.Required && value == "null" {
			continue
		}
		frame := base.with(field.Name, value).String()
		err := judge.Request([]byte(frame))
		if err == nil || errors.Is(err, contracttest.ErrExtremeNumber) && takesAnyNumber(field, value) {
			continue
		}
		expect(frame, "invalid_field")
	}
	return tried
}

// takesAnyNumber reports whether a field accepts a number that is too extreme for the validator: a
// field that accepts any JSON, or, for a very small number, a field that accepts fractions.
func takesAnyNumber(field route.Arg, value string) bool {
	return field.Name == "content" || field.Name == "timestamp" && value == "1e-400"
}

// goodRequest returns the first valid example of a request, with a request_id, so that there is an
// answer.
func goodRequest(t *testing.T, typ string) members {
	t.Helper()
	m := okRequests(t, typ)[0]
	m["request_id"] = `"bad"`
	return m
}

// TestBadInput_frames sends frames that are not requests.
func TestBadInput_frames(t *testing.T) {
	t.Parallel()
	s := start(t)
	before := s.dump(t)
	c := s.connect(t, "frames", "")
	for _, row := range []struct {
		name, frame, code string
		types             bool // the error has available_types
	}{
		{"not JSON", `hello`, "invalid_json", true},
		{"nothing", ``, "invalid_json", true},
		{"half an object", `{"type":"ping"`, "invalid_json", true},
		{"two objects", `{"type":"ping"}{"type":"ping"}`, "invalid_json", true},
		{"single quotes", `{'type':'ping'}`, "invalid_json", true},
		{"trailing comma", `{"type":"ping",}`, "invalid_json", true},
		{"a lone surrogate", `{"type":"ping","content":"\ud800"}`, "invalid_json", true},
		{"a control character", "{\"type\":\"ping\",\"content\":\"\x01\"}", "invalid_json", true},
		{"an array", `[{"type":"ping"}]`, "invalid_json", true},
		{"a string", `"ping"`, "invalid_json", true},
		{"null", `null`, "invalid_json", true},
		{"a number", `1e400`, "invalid_json", true},
		{"no type", `{}`, "missing_field", true},
		{"type null", `{"type":null}`, "missing_field", true},
		{"type of the wrong type", `{"type":7}`, "invalid_field", true},
		{"type twice", `{"type":"ping","type":"ping"}`, "invalid_field", true},
		{"unknown type", `{"type":"pong"}`, "unknown_type", true},
		{"type in capitals", `{"type":"PING"}`, "unknown_type", true},
		{"a request_id that is an object", `{"type":"ping","request_id":{}}`, "invalid_field", false},
		{"a request_id that is empty", `{"type":"ping","request_id":""}`, "invalid_field", false},
		{"a request_id that is too long", `{"type":"ping","request_id":"` + strings.Repeat("x", 129) + `"}`, "invalid_field", false},
		{"a request_id that is a fraction", `{"type":"ping","request_id":1.5}`, "invalid_field", false},
		{"request_id twice", `{"type":"ping","request_id":1,"request_id":1}`, "invalid_field", false},
		{"too deep", `{"type":"ping","content":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "too_large", false},
		{"much too deep", `{"type":"ping","x":` + strings.Repeat(`{"a":`, 8000) + `1` + strings.Repeat("}", 8000) + `}`, "too_large", false},
		{"unknown key twice", `{"type":"ping","x":1,"x":1}`, "invalid_field", false},
	} {
		got := c.call(row.frame)
		if got.Type != "error" || got.Code != row.code || got.Text == "" || got.Message != got.Text {
			t.Errorf("%s: want an error frame with %s, got %s", row.name, row.code, got.Raw)
		}
		if got := slices.Contains(got.Types, "create-user"); got != row.types {
			t.Errorf("%s: available_types there: %v, want %v", row.name, got, row.types)
		}
	}
	if got := c.call(`{"request_id":"after-all","type":"ping","content":{"a":[1]}}`); got.Type != "pong" {
		t.Errorf("the connection does not serve any more: %s", got.Raw)
	}
	if got := c.receive(); got.Type != "response" || string(got.Data) != "null" || string(got.RequestID) != `"after-all"` {
		t.Errorf("want the response null behind the pong, got %s", got.Raw)
	}
	if after := s.dump(t); after != before {
		t.Errorf("the database has changed:\n%s\nwas\n%s", after, before)
	}
}

// TestBadInput_closes sends input that closes the connection, each with its close code.
func TestBadInput_closes(t *testing.T) {
	t.Parallel()
	s := start(t)
	binary := s.connect(t, "binary", "")
	binary.write(ws.OpBinary, `{"type":"ping"}`)
	if code := binary.closed(); code != ws.StatusUnsupportedData {
		t.Errorf("a binary frame closes with %d, want 1003", code)
	}
	large := s.connect(t, "large", "")
	large.send(`{"type":"ping","content":"` + strings.Repeat("x", 1<<20) + `"}`)
	if got := large.receive(); got.Type != "error" || got.Code != "too_large" {
		t.Errorf("1 MiB is answered with %s", got.Raw)
	}
	if code := large.closed(); code != ws.StatusMessageTooBig {
		t.Errorf("1 MiB closes with %d, want 1009", code)
	}
	broken := s.connect(t, "broken", "")
	broken.send("{\"type\":\"ping\",\"content\":\"\xff\"}")
	if code := broken.closed(); code != ws.StatusInvalidFramePayloadData {
		t.Errorf("bad UTF-8 closes with %d, want 1007", code)
	}
}

// TestBadInput_password sends a wrong password in every request that takes one. The database must
// not change, and no protected data may be sent.
func TestBadInput_password(t *testing.T) {
	t.Parallel()
	s := start(t, "--wrong-passwords", "0", "--message-rate", "0")
	c := s.connect(t, "guess", "")
	before := s.dump(t)
	asked := 0
	for _, m := range route.Messages() {
		if m.Auth != route.AuthRequired {
			continue
		}
		asked++
		for _, guess := range []string{`""`, `"wrong"`, `"` + password + ` "`, fmt.Sprintf("%q", strings.ToUpper(password))} {
			got := c.call(goodRequest(t, m.Type).with("password", guess).String())
			if got.Code != "unauthorized" || got.Text != "Password is incorrect" {
				t.Errorf("%s with the password %s: %s", m.Type, guess, got.Raw)
			}
			if strings.Contains(got.Raw, password) {
				t.Errorf("%s tells the password: %s", m.Type, got.Raw)
			}
		}
	}
	if asked < 5 {
		t.Errorf("only %d requests ask for a password", asked)
	}
	if after := s.dump(t); after != before {
		t.Errorf("the database has changed:\n%s\nwas\n%s", after, before)
	}
}
