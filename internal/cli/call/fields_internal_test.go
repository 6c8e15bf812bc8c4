package call

import (
	"encoding/json"
	"io/fs"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/gen/route"
	"seg.example/schema"
)

// TestCall_examples: the example in the help of each message, parsed by a shell, gives the example
// of the schema.
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
		fields, err := ParseFields(m, args, PasswordField)
		if err != nil {
			t.Errorf("%s: %v", messageExample(m), err)
			continue
		}
		want := schemaExample(t, m.Type)
		for _, name := range []string{"type", "request_id", PasswordField} {
			delete(want, name)
		}
		var got map[string]any
		if err := json.Unmarshal(fields, &got); err != nil {
			t.Fatalf("%s: %v: %s", messageExample(m), err, fields)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", messageExample(m), diff)
		}
	}
}

// schemaExample returns the first valid example that the schema has of a request.
func schemaExample(t *testing.T, typ string) (example map[string]any) {
	t.Helper()
	names, err := fs.Glob(schema.FS, path.Join("examples", typ, "request-ok-*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no valid example of %s: %v", typ, err)
	}
	data, err := fs.ReadFile(schema.FS, names[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &example); err != nil {
		t.Fatalf("%s: %v", names[0], err)
	}
	return example
}

// TestPasswordField: exactly the messages that take the password have a field with the name
// PasswordField.
func TestPasswordField(t *testing.T) {
	t.Parallel()
	for _, m := range route.Messages() {
		has := slices.ContainsFunc(m.Args, func(a route.Arg) bool { return a.Name == PasswordField })
		if has != (m.Auth != route.AuthNone) {
			t.Errorf("%s: has a field %s: %v, auth %s", m.Type, PasswordField, has, m.Auth)
		}
	}
}

func TestParseValue(t *testing.T) {
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
		if got := string(parseValue(row.typ, row.text)); got != row.want {
			t.Errorf("%s as %s: got %s, want %s", row.text, row.typ, got, row.want)
		}
	}
}
