package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/gen/route"
)

// seg runs the program and returns its exit code and what it printed.
func seg(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errs strings.Builder
	code = run(ctx, args, &out, &errs)
	keepsSecrets(t, "seg "+args[0], out.String()+errs.String())
	return code, out.String(), errs.String()
}

// url is where clients find the server.
func (s *server) url() string { return "ws://" + s.addr + "/ws/connect" }

// TestCall goes through what a user does, one call after the other, against the real server.
func TestCall(t *testing.T) {
	t.Parallel()
	s := start(t)
	file := filepath.Join(t.TempDir(), "content.json")
	if err := os.WriteFile(file, []byte(" {\"from\": [\"a file\"]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name           string
		args           []string // behind seg call
		code           int
		stdout, stderr string // stdout wholly, stderr in part
	}{
		{"an empty list", []string{"get-sessions"}, exitOK, "none\n", ""},
		{"an empty list as JSON", []string{"get-sessions", "--json"}, exitOK, "[]\n", ""},
		{"create", []string{"create-session", "session_id=G1", "max_steps=15", "--password", password}, exitOK, "session\n  session_id      G1\n", ""},
		{
			"as JSON, the password as a field",
			[]string{"create-user", "user_id=007", "username=1", "session_id=G1", "password=" + password, "--json"},
			exitOK, `{"session_id":"G1","user":{"id":7,"username":"1","company_id":0,"session_id":"G1"}}` + "\n", "",
		},
		{
			"a string as JSON",
			[]string{"create-user", "user_id=8", `username:="@nn Ж"`, "session_id=G1", "--password", password},
			exitOK, "session_id  G1\nuser\n  id          8\n  username    @nn Ж\n  company_id  0\n  session_id  G1\n", "",
		},
		{
			"a table",
			[]string{"get-users", "session_id=G1"},
			exitOK, "id  username  company_id  session_id\n7   1         0           G1\n8   @nn Ж     0           G1\n", "",
		},
		{"null", []string{"get-user", "id=9"}, exitOK, "none\n", ""},
		{"null as JSON", []string{"get-user", "id=9", "--json"}, exitOK, "null\n", ""},
		{"nothing", []string{"delete-user", "user_id=8", "--password", password}, exitOK, "done\n", ""},
		{"any JSON", []string{"ping", "timestamp=12", "content=[1]", "--json"}, exitOK, `{"type":"pong","timestamp":12,`, ""},
		{"any text", []string{"ping", "timestamp=noon", "content=hello there"}, exitOK, "type       pong\ntimestamp  noon\n", ""},
		{"a file", []string{"ping", "content=@" + file, "--client-id", "me"}, exitOK, "type       pong\ntimestamp  \"\"\nclient_id  me\ncontent\n  from  [a file]\n", ""},

		{"refused", []string{"delete-user", "user_id=9", "--password", password}, exitFailed, "", "seg: not_found: User not found\n"},
		{"wrong password", []string{"delete-user", "user_id=9", "--password", "wrong"}, exitFailed, "", "seg: unauthorized: Password is incorrect\n"},
		{
			"refused with a place",
			[]string{"get-users", "session_id=a b"},
			exitFailed, "",
			"seg: invalid_field: Invalid field: session_id: must match ^[A-Za-z0-9_-]{1,64}$\n  /session_id: must match",
		},
		{"nobody there", []string{"ping", "--url", "ws://127.0.0.1:1/"}, exitFailed, "", "seg: connect to 127.0.0.1:1: "},
		{"another address", []string{"ping", "--url", "ws://" + s.addr + "/nowhere"}, exitFailed, "", "HTTP status 404"},

		{"unknown message", []string{"creat-user"}, exitUsage, "", `unknown message "creat-user" (did you mean create-user?)` + "\nTry "},
		{"no message of the protocol", []string{"factory-set-fire"}, exitUsage, "", `unknown message "factory-set-fire"`},
		{"unknown field", []string{"get-user", "user_nam=x"}, exitUsage, "", `unknown field "user_nam" (did you mean username?); known: id, username,`},
		{"no field", []string{"get-user", "7"}, exitUsage, "", `"7" is not FIELD=VALUE; get-user takes [id] [username] [company_id] [session_id]`},
		{"missing", []string{"create-user", "user_id=1", "--password", "x"}, exitUsage, "", "create-user needs username, session_id; it takes user_id username"},
		{"missing password", []string{"delete-user", "user_id=1"}, exitUsage, "", "delete-user needs password (SEG_PASSWORD gives"},
		{"twice", []string{"get-user", "id=1", "id:=2"}, exitUsage, "", "field id is given twice"},
		{"wrong type", []string{"get-user", "id=Ann"}, exitUsage, "", `field id must be an integer, not "Ann"`},
		{"wrong member", []string{"get-sessions", "stage=Lobby"}, exitUsage, "", `field stage must be "FreeUserConnect" or "CellSelect" or`},
		{"wrong constant", []string{"delete-session", "session_id=G1", "really=yes"}, exitUsage, "", `field really must be true, not "yes"`},
		{"not JSON", []string{"ping", "content:={"}, exitUsage, "", `field content: this is not JSON: "{"`},
		{"no file", []string{"ping", "content=@" + file + "x"}, exitUsage, "", "content.jsonx: no such file"},
		{"not UTF-8", []string{"get-user", "username=\xff"}, exitUsage, "", `field username must be a string, not "\xff"`},
		{"no patience", []string{"ping", "--timeout", "0s"}, exitUsage, "", "--timeout must be more than 0"},

		{"the other user is still there", []string{"get-user", "id=7", "--json"}, exitOK, `{"id":7,`, ""},
		{"a constant", []string{"delete-session", "session_id=G1", "really=true", "--password", password}, exitOK, "done\n", ""},
	} {
		args := append([]string{"call"}, row.args...)
		if !slices.Contains(args, "--url") {
			args = append(args, "--url", s.url())
		}
		code, stdout, stderr := seg(t, args...)
		if code != row.code || !strings.HasPrefix(stdout, row.stdout) || !strings.Contains(stderr, row.stderr) || code == exitOK && stderr != "" {
			t.Errorf("%s: exit code %d\n%s%s\nwant %d\n%s%s", row.name, code, stdout, stderr, row.code, row.stdout, row.stderr)
		}
	}
}

// TestCall_environment: flags can be given in the environment.
func TestCall_environment(t *testing.T) {
	s := start(t)
	t.Setenv("SEG_URL", s.url())
	t.Setenv("SEG_PASSWORD", password)
	t.Setenv("SEG_JSON", "true")
	if code, stdout, stderr := seg(t, "call", "create-session", "session_id=G1"); code != exitOK || !strings.HasPrefix(stdout, `{"session":{"session_id":"G1"`) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	t.Setenv("SEG_TIMEOUT", "soon")
	if code, _, stderr := seg(t, "call", "ping"); code != exitUsage || !strings.Contains(stderr, "SEG_TIMEOUT") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

func TestCall_help(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args []string
		want []string
	}{
		{[]string{"call"}, []string{"Messages about user:", "create-user ", "FIELD=@FILE", "SEG_PASSWORD", "--json"}},
		{[]string{"call", "--help"}, []string{"Messages about session:", "delete-session "}},
		{[]string{"call", "create-user", "--help"}, []string{
			"Registers a user in a session",
			"user_id=  integer, required\n      The new user's id.\n      From 1 to 9007199254740991",
			"password=  string, required unless --password or SEG_PASSWORD gives it",
			"Answers: CreateUserAnswer\nRefused with: not_found, conflict, wrong_stage\nBroadcasts: api-create_user",
			"seg call create-user user_id=12345 username=JohnDoe session_id=GAME_001\n",
		}},
		{[]string{"help", "call", "get-sessions"}, []string{`stage=  "FreeUserConnect" | `}},
		{[]string{"watch", "--help"}, []string{"--session", "--type", "--json", "Ctrl-C"}},
	} {
		code, stdout, stderr := seg(t, row.args...)
		for _, want := range row.want {
			if code != exitOK || !strings.Contains(stdout, want) {
				t.Errorf("seg %v: exit code %d, and no %q in\n%s%s", row.args, code, want, stdout, stderr)
			}
		}
	}
}

// TestCall_examples: what a shell makes of the example that a message's help shows is the example of the schema.
func TestCall_examples(t *testing.T) {
	t.Parallel()
	for _, m := range route.Messages() {
		words := exec.CommandContext(t.Context(), "sh", "-c", `seg() { shift 2; for word; do printf '%s\0' "$word"; done; }`+"\n"+messageExample(m))
		out, err := words.Output()
		if err != nil {
			t.Fatalf("%s: %v", messageExample(m), err)
		}
		args := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if len(out) == 0 {
			args = nil
		}
		fields, err := readFields(m, args, passwordField)
		if err != nil {
			t.Errorf("%s: %v", messageExample(m), err)
			continue
		}
		want := goodRequest(t, m.Type).without("request_id").without("type").without(passwordField)
		if diff := cmp.Diff(parsed(t, want.with("type", "null").String()), parsed(t, `{"type":null,`+strings.TrimPrefix(string(fields), "{"))); diff != "" && len(want) > 0 {
			t.Errorf("%s:\n%s", messageExample(m), diff)
		}
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(strings.Replace(text, ",}", "}", 1)), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// TestPasswordField: every message that needs the password takes it in the field that seg fills.
func TestPasswordField(t *testing.T) {
	t.Parallel()
	for _, m := range route.Messages() {
		has := slices.ContainsFunc(m.Args, func(a route.Arg) bool { return a.Name == passwordField })
		if has != (m.Auth != route.AuthNone) {
			t.Errorf("%s: has a field %s: %v, auth %s", m.Type, passwordField, has, m.Auth)
		}
	}
}

func TestMeant(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ typ, text, want string }{
		{"string", "", `""`},
		{"string", "null", `"null"`},
		{"string", `a"b`, `"a\"b"`},
		{"string or null", "null", `"null"`},
		{"integer", "-5", "-5"},
		{"integer", "1.0", ""},
		{"integer", "", ""},
		{"integer or null", "null", "null"},
		{"integer or null", "5", "5"},
		{"number", "1.5e3", "1.5e3"},
		{"number", "1.", ""},
		{"number", "true", ""},
		{"boolean", "true", "true"},
		{"boolean", "yes", ""},
		{"boolean or null", "null", "null"},
		{`"a" | "b"`, "b", `"b"`},
		{`"a" | "b"`, `"b"`, `"b"`},
		{`"a" | "b"`, "c", ""},
		{`"a" | "b" or null`, "null", "null"},
		{`1 | "1"`, "1", "1"},
		{"true", "true", "true"},
		{"true", "false", ""},
		{"any", "5", "5"},
		{"any", "five", `"five"`},
		{"string or number", "5", "5"},
		{"string or number", "5a", `"5a"`},
		{"string or number", "true", `"true"`},
		{"number or boolean", "5a", ""},
		{"array of User", "[]", "[]"},
		{"array of User", "{}", ""},
		{"Position", `{"x":1}`, `{"x":1}`},
		{"map of integer", `[1]`, ""},
		{"object", "5", ""},
	} {
		if got := string(meant(row.typ, row.text)); got != row.want {
			t.Errorf("%s as %s: got %s, want %s", row.text, row.typ, got, row.want)
		}
	}
}

func TestPrintAnswer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ answer, want string }{
		{`null`, "none\n"},
		{`[]`, "none\n"},
		{`{}`, ""},
		{`true`, "true\n"},
		{`{"b":1,"a":[],"ж":{},"long":[1,"x"]}`, "b     1\na     []\nж     {}\nlong  [1, x]\n"},
		{`{"n":12345678901234567890.50}`, "n  12345678901234567890.50\n"},
		{`[{"a":1,"b":"x y"},{"a":22,"b":null}]`, "a   b\n1   x y\n22  null\n"},
		{`[{"a":1},{"b":2}]`, "- a  1\n- b  2\n"},
		{`[{"a":1,"b":{"c":[{"d":1,"e":2},{"d":3,"e":4}]}},5]`, "- a  1\n  b\n    c\n      d  e\n      1  2\n      3  4\n- 5\n"},
		{`[[1,2],[[]]]`, "- [1, 2]\n- - []\n"},
		{`{"evil":"\u001b[31m\u009b\u202e","empty":"","\u0007":1}`, "evil   \"\\x1b[31m\\u009b\\u202e\"\nempty  \"\"\n\"\\a\"   1\n"},
	} {
		var out strings.Builder
		if err := printAnswer(&out, json.RawMessage(row.answer)); err != nil || out.String() != row.want {
			t.Errorf("%s: %v\n%q\nwant\n%q", row.answer, err, out.String(), row.want)
		}
	}
	if err := printAnswer(&strings.Builder{}, json.RawMessage(`{"a":`)); err == nil {
		t.Error("half an answer is printed")
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``: ``, `{"a":"б"}`: `{"a":"б"}`, "a\x1b\"\u202e\"b": `a\x1b"\u202e"b`, "\\\n": `\\\n`,
	} {
		if got := visible(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
