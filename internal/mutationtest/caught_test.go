//go:build failure

package mutationtest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// limit bounds each run of a guard. A guard that only hangs has noticed nothing: it must say itself
// what is wrong.
const limit = "30s"

// TestMutants_caught builds one mutant after the other, and wants the test that guards the broken
// guarantee to fail with the words of the right assertion. The same test must pass with the
// original source.
func TestMutants_caught(t *testing.T) {
	t.Parallel()
	originals := map[string]string{}
	for _, m := range mutants {
		if originals[m.pkg] == "" {
			originals[m.pkg] = buildTests(t, m.pkg, nil)
		}
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			out, passed := run(t, originals[m.pkg], m)
			if strings.Contains(out, "--- SKIP: "+m.guard+" ") {
				t.Skipf("%s does not run here:\n%s", m.guard, out)
			}
			if !passed || !strings.Contains(out, "--- PASS: "+m.guard+" ") {
				t.Fatalf("%s does not pass with the original source:\n%s", m.guard, out)
			}
			out, passed = run(t, buildTests(t, m.pkg, m.apply(t)), m)
			switch {
			case passed:
				t.Errorf("%s passes with the mutant %s", m.guard, m.name)
			case strings.Contains(out, "panic: test timed out"):
				t.Errorf("%s hangs with the mutant %s and was ended after %s, want a failure that says what is wrong:\n%s", m.guard, m.name, limit, out)
			case !strings.Contains(out, "--- FAIL: "+m.guard+" ") || !regexp.MustCompile(m.says).MatchString(out):
				t.Errorf("%s fails with the mutant %s, want its output to match %q, got:\n%s", m.guard, m.name, m.says, out)
			default:
				t.Logf("mutant %s: %s: %s", m.name, m.guard, matchingLine(out, m.says))
			}
		})
	}
}

// buildTests compiles the tests of a package, with the given texts in place of its files, and
// returns the path of the program.
func buildTests(t *testing.T, pkg string, changed map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for path, text := range changed {
		original, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(replace[original], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "guards.test")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-ldflags=-s -w", "-overlay", overlayFile, "-o", program, "./"+pkg)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the tests of %s: %v\n%s", pkg, err, out)
	}
	return program
}

// run runs the guard of m in the folder of its package.
func run(t *testing.T, program string, m mutant) (out string, passed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-test.v", "-test.timeout", limit, "-test.run", "^"+m.guard+"$")
	cmd.Dir = filepath.Join(root, m.pkg)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SEG_") })
	text, err := cmd.CombinedOutput()
	return string(text), err == nil
}

// matchingLine returns the first line of out that matches expr.
func matchingLine(out, expr string) string {
	for line := range strings.Lines(out) {
		if regexp.MustCompile(expr).MatchString(line) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
