package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/cli/clikit"
)

// TestCall calls a real server, one call after the other, as a user does.
func TestCall(t *testing.T) {
	t.Parallel()
	s := start(t)
	file := filepath.Join(t.TempDir(), "content.json")
	if err := os.WriteFile(file, []byte(" {\"from\": [\"a file\"]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name           string
		args           []string // after seg call
		code           int
		stdout, stderr string // stdout: the beginning; stderr: a part
	}{
		{"an empty list", []string{"get-sessions"}, clikit.ExitOK, "none\n", ""},
		{"an empty list as JSON", []string{"get-sessions", "--json"}, clikit.ExitOK, "[]\n", ""},
		{"create", []string{"create-session", "session_id=G1", "max_steps=15", "--password", password}, clikit.ExitOK, "session\n  session_id      G1\n", ""},
		{
			"as JSON, the password as a field",
			[]string{"create-user", "user_id=007", "username=1", "session_id=G1", "password=" + password, "--json"},
			clikit.ExitOK, `{"session_id":"G1","user":{"id":7,"username":"1","company_id":0,"session_id":"G1"}}` + "\n", "",
		},
		{
			"a string as JSON",
			[]string{"create-user", "user_id=8", `username:="@nn Ж"`, "session_id=G1", "--password", password},
			clikit.ExitOK, "session_id  G1\nuser\n  id          8\n  username    @nn Ж\n  company_id  0\n  session_id  G1\n", "",
		},
		{
			"a table",
			[]string{"get-users", "session_id=G1"},
			clikit.ExitOK, "id  username  company_id  session_id\n7   1         0           G1\n8   @nn Ж     0           G1\n", "",
		},
		{"null", []string{"get-user", "id=9"}, clikit.ExitOK, "none\n", ""},
		{"null as JSON", []string{"get-user", "id=9", "--json"}, clikit.ExitOK, "null\n", ""},
		{"nothing", []string{"delete-user", "user_id=8", "--password", password}, clikit.ExitOK, "done\n", ""},
		{"any JSON", []string{"ping", "timestamp=12", "content=[1]", "--json"}, clikit.ExitOK, `{"type":"pong","timestamp":12,`, ""},
		{"any text", []string{"ping", "timestamp=noon", "content=hello there"}, clikit.ExitOK, "type       pong\ntimestamp  noon\n", ""},
		{"a file", []string{"ping", "content=@" + file, "--client-id", "me"}, clikit.ExitOK, "type       pong\ntimestamp  \"\"\nclient_id  me\ncontent\n  from  [a file]\n", ""},

		{"refused", []string{"delete-user", "user_id=9", "--password", password}, clikit.ExitFailed, "", "seg: not_found: User not found\n"},
		{"wrong password", []string{"delete-user", "user_id=9", "--password", "wrong"}, clikit.ExitFailed, "", "seg: unauthorized: Password is incorrect\n"},
		{
			"refused with a place",
			[]string{"get-users", "session_id=a b"},
			clikit.ExitFailed, "",
			"seg: invalid_field: Invalid field: session_id: must match ^[A-Za-z0-9_-]{1,64}$\n  /session_id: must match",
		},
		{"nobody there", []string{"ping", "--url", "ws://127.0.0.1:1/"}, clikit.ExitFailed, "", "seg: connect to 127.0.0.1:1: "},
		{"another address", []string{"ping", "--url", "ws://" + s.addr + "/nowhere"}, clikit.ExitFailed, "", "HTTP status 404"},

		{"unknown message", []string{"creat-user"}, clikit.ExitUsage, "", `unknown message "creat-user" (did you mean create-user?)` + "\nTry "},
		{"no message of the protocol", []string{"factory-set-fire"}, clikit.ExitUsage, "", `unknown message "factory-set-fire"`},
		{"unknown field", []string{"get-user", "user_nam=x"}, clikit.ExitUsage, "", `unknown field "user_nam" (did you mean username?); known: id, username,`},
		{"no field", []string{"get-user", "7"}, clikit.ExitUsage, "", `"7" is not FIELD=VALUE; get-user takes [id] [username] [company_id] [session_id]`},
		{"missing", []string{"create-user", "user_id=1", "--password", "x"}, clikit.ExitUsage, "", "create-user needs username, session_id; it takes user_id username"},
		{"missing password", []string{"delete-user", "user_id=1"}, clikit.ExitUsage, "", "delete-user needs password (set SEG_PASSWORD"},
		{"twice", []string{"get-user", "id=1", "id:=2"}, clikit.ExitUsage, "", "field id is given twice"},
		{"wrong type", []string{"get-user", "id=Ann"}, clikit.ExitUsage, "", `field id must be an integer, not "Ann"`},
		{"wrong member", []string{"get-sessions", "stage=Lobby"}, clikit.ExitUsage, "", `field stage must be "FreeUserConnect" or "CellSelect" or`},
		{"wrong constant", []string{"delete-session", "session_id=G1", "really=yes"}, clikit.ExitUsage, "", `field really must be true, not "yes"`},
		{"not JSON", []string{"ping", "content:={"}, clikit.ExitUsage, "", `field content: not valid JSON: "{"`},
		{"no file", []string{"ping", "content=@" + file + "x"}, clikit.ExitUsage, "", "content.jsonx: no such file"},
		{"not UTF-8", []string{"get-user", "username=\xff"}, clikit.ExitUsage, "", `field username must be a string, not "\xff"`},
		{"no patience", []string{"ping", "--timeout", "0s"}, clikit.ExitUsage, "", "--timeout must be more than 0"},

		{"the other user is still there", []string{"get-user", "id=7", "--json"}, clikit.ExitOK, `{"id":7,`, ""},
		{"a constant", []string{"delete-session", "session_id=G1", "really=true", "--password", password}, clikit.ExitOK, "done\n", ""},
	} {
		args := append([]string{"call"}, row.args...)
		if !slices.Contains(args, "--url") {
			args = append(args, "--url", s.url())
		}
		code, stdout, stderr := runSeg(t, args...)
		if code != row.code || !strings.HasPrefix(stdout, row.stdout) || !strings.Contains(stderr, row.stderr) || code == clikit.ExitOK && stderr != "" {
			t.Errorf("%s: exit code %d\n%s%s\nwant %d\n%s%s", row.name, code, stdout, stderr, row.code, row.stdout, row.stderr)
		}
	}
}

// TestCall_environment: flags can be set by environment variables.
func TestCall_environment(t *testing.T) {
	s := start(t)
	t.Setenv("SEG_URL", s.url())
	t.Setenv("SEG_PASSWORD", password)
	t.Setenv("SEG_JSON", "true")
	if code, stdout, stderr := runSeg(t, "call", "create-session", "session_id=G1"); code != clikit.ExitOK || !strings.HasPrefix(stdout, `{"session":{"session_id":"G1"`) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	t.Setenv("SEG_TIMEOUT", "soon")
	if code, _, stderr := runSeg(t, "call", "ping"); code != clikit.ExitUsage || !strings.Contains(stderr, "SEG_TIMEOUT") {
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
			"password=  string, required unless --password or SEG_PASSWORD is set",
			"Answers: CreateUserAnswer\nRefused with: not_found, conflict, wrong_stage\nBroadcasts: api-create_user",
			"seg call create-user user_id=12345 username=JohnDoe session_id=GAME_001\n",
		}},
		{[]string{"help", "call", "get-sessions"}, []string{`stage=  "FreeUserConnect" | `}},
		{[]string{"watch", "--help"}, []string{"--session", "--type", "--json", "Ctrl-C"}},
	} {
		code, stdout, stderr := runSeg(t, row.args...)
		for _, want := range row.want {
			if code != clikit.ExitOK || !strings.Contains(stdout, want) {
				t.Errorf("seg %v: exit code %d, and no %q in\n%s%s", row.args, code, want, stdout, stderr)
			}
		}
	}
}
