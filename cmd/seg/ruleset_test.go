package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seg.example/internal/ruleset"
)

// seg runs the program and returns what it wrote, and its exit code.
func segRun(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	keepsSecrets(t, "seg "+args[0], out.String()+errs.String())
	return out.String(), errs.String(), code
}

func TestRuleset_showAndCheck(t *testing.T) {
	t.Parallel()
	for _, name := range ruleset.BuiltInNames() {
		document, stderr, code := segRun(t, "ruleset", "show", name)
		if code != exitOK {
			t.Fatalf("show %s: %d, %s", name, code, stderr)
		}
		file := filepath.Join(t.TempDir(), "mine.json")
		if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := segRun(t, "ruleset", "check", file)
		if code != exitOK || !strings.Contains(stdout, name+": 7×7 cells, 15 steps, 30 companies, 4 raw materials") {
			t.Errorf("check %s: %d, %s%s", name, code, stdout, stderr)
		}
	}
}

func TestRuleset_checkNamesEveryPlace(t *testing.T) {
	t.Parallel()
	document, err := ruleset.Source("classic")
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(document), `"resource_id": "stone"`, `"resource_id": "marble"`, 1)
	wrong = strings.Replace(wrong, `"from_reputation": 11,`, `"from_reputation": 0,`, 1)
	file := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := segRun(t, "ruleset", "check", file)
	for _, part := range []string{
		"/cells/pickable/mountain/resource_id: no raw resource is called marble",
		"/bank/credit/conditions/1/from_reputation: not higher than the condition before",
	} {
		if !strings.Contains(stderr, part) {
			t.Errorf("lacks %q: %s", part, stderr)
		}
	}
	if code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	// A server does not start with it, and says the same.
	_, stderr, code = segRun(t, "serve", "--ruleset", file, "--addr", "127.0.0.1:0", "--database-url", "sqlite://"+filepath.Join(t.TempDir(), "seg.db"))
	if code != exitFailed || !strings.Contains(stderr, "/cells/pickable/mountain/resource_id: no raw resource is called marble") {
		t.Errorf("serve: %d, %s", code, stderr)
	}
}

func TestRuleset_unknownName(t *testing.T) {
	t.Parallel()
	if _, stderr, code := segRun(t, "ruleset", "show", "marble"); code != exitFailed || !strings.Contains(stderr, "classic, industrial") {
		t.Errorf("%d, %s", code, stderr)
	}
}
