package mutationtest_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// TestMutants_apply: each mutant still fits the source code, and the result compiles. Otherwise a
// change of the source would disable a mutant until somebody runs make test-failure.
func TestMutants_apply(t *testing.T) {
	t.Parallel()
	lookup := exportData(t)
	names := map[string]bool{}
	for _, m := range mutants {
		if names[m.name] {
			t.Errorf("two mutants are called %s", m.name)
		}
		names[m.name] = true
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if err := typeCheck(m.pkg, m.apply(t), lookup); err != nil {
				t.Errorf("the mutant does not compile: %v", err)
			}
		})
	}
}

func TestReplaceOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ source, old, want, err string }{
		{"a b c", "b", "a x c", ""},
		{"a b c", "d", "", `"d" occurs 0 times, want once`},
		{"a b b", "b", "", `"b" occurs 2 times, want once`},
		{"a b c", "x", "", `"x" occurs 0 times, want once`},
	} {
		got, err := replaceOnce(tt.source, tt.old, "x")
		message := ""
		if err != nil {
			message = err.Error()
		}
		if got != tt.want || message != tt.err {
			t.Errorf("replaceOnce(%q, %q): got %q and error %q, want %q and error %q", tt.source, tt.old, got, message, tt.want, tt.err)
		}
	}
}

// apply returns the changed files of the mutant: path to text. The paths begin with root.
func (m mutant) apply(t *testing.T) map[string]string {
	t.Helper()
	changed := map[string]string{}
	for _, e := range m.edits {
		path := filepath.Join(root, m.pkg, e.file)
		if _, ok := changed[path]; !ok {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed[path] = string(text)
		}
		text, err := replaceOnce(changed[path], e.old, e.new)
		if err != nil {
			t.Fatalf("mutant %s no longer fits %s/%s: %v. Change the mutant along with the code", m.name, m.pkg, e.file, err)
		}
		changed[path] = text
	}
	return changed
}

// replaceOnce replaces old in source by replacement. It is an error if old does not occur exactly
// once.
func replaceOnce(source, old, replacement string) (string, error) {
	if n := strings.Count(source, old); n != 1 {
		return "", fmt.Errorf("%q occurs %d times, want once", old, n)
	}
	return strings.Replace(source, old, replacement, 1), nil
}

// exportData compiles what the changed packages import, as far as the build cache does not have it,
// and returns where to find the result. The go command caches the result of this test by the files
// that the test reads itself: all files of the changed packages. That is enough, since a change of
// another package that stops a mutant from compiling changes those packages too.
func exportData(t *testing.T) importer.Lookup {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	listed := map[string]bool{}
	for _, m := range mutants {
		if !listed[m.pkg] {
			listed[m.pkg] = true
			args = append(args, "./"+m.pkg)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[name] = file
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
}

// typeCheck checks the package in a folder of the module, with the given texts in place of the
// files.
func typeCheck(pkg string, changed map[string]string, lookup importer.Lookup) error {
	dir := filepath.Join(root, pkg)
	found, err := build.ImportDir(dir, 0)
	if err != nil {
		return err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range found.GoFiles {
		path := filepath.Join(dir, name)
		var source any
		if text, ok := changed[path]; ok {
			source = text
			delete(changed, path)
		}
		file, err := parser.ParseFile(fset, path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	for path := range changed {
		return fmt.Errorf("%s is not part of the package on this system", path)
	}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", lookup)}
	_, err = config.Check("seg.example/"+pkg, fset, files, nil)
	return err
}
