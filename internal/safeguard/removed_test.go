//go:build failure

package safeguard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// limit bounds each run of a guard. One that hangs without its safeguard has noticed nothing: it must say what is wrong itself.
const limit = "30s"

const root = "../.."

// TestRemoved leaves out one safeguard after the other, and wants the test that guards it to fail, with the words of the assertion
// that guards it. The same test passes with all safeguards.
func TestRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	programs := map[string]string{}
	for _, g := range guards {
		if programs[g.place] == "" {
			programs[g.place] = build(t, dir, g.place)
		}
	}
	for _, g := range guards {
		t.Run(string(g.off), func(t *testing.T) {
			t.Parallel()
			out, passed := run(t, programs[g.place], g, "")
			if strings.Contains(out, "--- SKIP: "+g.test+" ") {
				t.Skipf("%s does not run here:\n%s", g.test, out)
			}
			if !passed || !strings.Contains(out, "--- PASS: "+g.test+" ") {
				t.Fatalf("%s does not pass with every safeguard:\n%s", g.test, out)
			}
			out, passed = run(t, programs[g.place], g, string(g.off))
			switch {
			case passed:
				t.Errorf("%s has not noticed that %s is left out", g.test, g.off)
			case strings.Contains(out, "panic: test timed out"):
				t.Errorf("%s hangs without %s, and was ended after %s; it must say what is wrong:\n%s", g.test, g.off, limit, out)
			case !strings.Contains(out, "--- FAIL: "+g.test+" ") || !regexp.MustCompile(g.says).MatchString(out):
				t.Errorf("%s fails without %s, but not by saying %q:\n%s", g.test, g.off, g.says, out)
			default:
				t.Logf("without %s, %s: %s", g.off, g.test, line(out, g.says))
			}
		})
	}
}

// build compiles the tests of a package so that safeguards can be left out of them.
func build(t *testing.T, dir, place string) string {
	t.Helper()
	program := filepath.Join(dir, strings.ReplaceAll(place, "/", "-")+".test")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "unsafe", "-o", program, "./"+place)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return program
}

// run runs the test of g in its package's folder, with a safeguard left out unless off is empty.
func run(t *testing.T, program string, g guard, off string) (out string, passed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-test.v", "-test.timeout", limit, "-test.run", "^"+g.test+"$")
	cmd.Dir = filepath.Join(root, g.place)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SEG_") }), "SEG_SAFEGUARD_OFF="+off)
	text, err := cmd.CombinedOutput()
	return string(text), err == nil
}

// line returns the line of out that matches expr.
func line(out, expr string) string {
	for l := range strings.Lines(out) {
		if regexp.MustCompile(expr).MatchString(l) {
			return strings.TrimSpace(l)
		}
	}
	return ""
}
