package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/ruleset"
)

func TestRuleset_showAndCheck(t *testing.T) {
	t.Parallel()
	for _, name := range ruleset.BuiltInNames() {
		code, document, stderr := runSeg(t, "ruleset", "show", name)
		if code != clikit.ExitOK {
			t.Fatalf("show %s: %d, %s", name, code, stderr)
		}
		file := filepath.Join(t.TempDir(), "mine.json")
		if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := runSeg(t, "ruleset", "check", file)
		if code != clikit.ExitOK || !strings.Contains(stdout, name+": 7×7 cells, 15 steps, 30 companies, 4 raw materials") {
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
	code, _, stderr := runSeg(t, "ruleset", "check", file)
	for _, part := range []string{
		"/cells/pickable/mountain/resource_id: there is no raw resource marble",
		"/bank/credit/conditions/1/from_reputation: must be higher than in the condition before",
	} {
		if !strings.Contains(stderr, part) {
			t.Errorf("lacks %q: %s", part, stderr)
		}
	}
	if code != clikit.ExitFailed {
		t.Errorf("exit code %d", code)
	}
	// The server does not start with this ruleset, and prints the same errors.
	code, _, stderr = runSeg(t, "serve", "--ruleset", file, "--addr", "127.0.0.1:0", "--database-url", "sqlite://"+filepath.Join(t.TempDir(), "seg.db"))
	if code != clikit.ExitFailed || !strings.Contains(stderr, "/cells/pickable/mountain/resource_id: there is no raw resource marble") {
		t.Errorf("serve: %d, %s", code, stderr)
	}
}

func TestRuleset_unknownName(t *testing.T) {
	t.Parallel()
	if code, _, stderr := runSeg(t, "ruleset", "show", "marble"); code != clikit.ExitFailed || !strings.Contains(stderr, "classic, industrial") {
		t.Errorf("%d, %s", code, stderr)
	}
}
