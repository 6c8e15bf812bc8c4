package archtest_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "seg.example"

// allowed says which of our packages each place may import; README's layout table says the same in words. A place is a folder
// and everything below it; the longest place that holds a file counts. "*" allows everything.
var allowed = map[string][]string{
	"schema":                {},
	"migrations":            {},
	"gen/wire":              {},
	"gen/route":             {"gen/wire"},
	"gen/client":            {"gen/wire"},
	"gen/wiretest":          {"gen/wire"},
	"gen/docs":              {},
	"internal/auth":         {},
	"internal/game":         {},
	"internal/ruleset":      {"internal/game", "schema"},
	"internal/safeguard":    {},
	"internal/store":        {"internal/game", "internal/safeguard", "migrations"},
	"internal/handler":      {"gen", "internal/game", "internal/auth", "internal/safeguard"},
	"internal/bot":          {"gen/client", "gen/wire", "internal/game"},
	"internal/hub":          {"gen/wire", "internal/safeguard"},
	"internal/ws":           {"gen/route"},
	"internal/httpd":        {"internal/ws", "internal/hub", "internal/auth", "gen", "schema"},
	"internal/metrics":      {"gen", "internal/game", "internal/hub", "internal/ws"},
	"internal/contracttest": {"gen", "schema"},
	"internal/archtest":     {},
	"tools/node":            {"gen", "schema", "tools/schemagen"},
	"tools/schemagen":       {"tools/schemagen"},
	"cmd/seg":               {"*"},
}

// testMay lists what the tests of a place may import besides.
var testMay = map[string][]string{
	"gen/docs":              {"gen/client", "gen/wire"},
	"tools/schemagen":       {"schema"},
	"internal/contracttest": {"tools/schemagen"},
	"internal/handler":      {"internal/store", "internal/ruleset", "internal/contracttest", "schema"},
	"internal/game":         {"internal/ruleset"},
	"internal/store":        {"internal/ruleset"},
	"internal/ws":           {"gen"},
	"internal/httpd":        {"internal/contracttest"},
	"internal/hub":          {"gen"},
}

// Generated files carry this line, as https://go.dev/s/generatedcode asks.
var generated = []byte("// Code generated ")

// maxLines bounds a hand-written file; a longer one wants to be two.
const maxLines = 400

// maxTestLines is looser: a table of cases reads well at any length.
const maxTestLines = 700

func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range goFiles(t) {
		place := placeOf(file)
		if place == "" {
			t.Errorf("%s: its folder has no row in the table of allowed imports; add one here and in README", file)
			continue
		}
		seen[place] = true
		may := slices.Clone(allowed[place])
		if strings.HasSuffix(file, "_test.go") {
			may = append(may, testMay[place]...)
		}
		for _, imported := range importsOf(t, file) {
			if !permitted(may, place, imported) {
				t.Errorf("%s imports %s: %s may import only %v", file, imported, place, may)
			}
		}
	}
	for place := range allowed {
		if !seen[place] {
			t.Errorf("no Go file lies in %s: take its row out of the table", place)
		}
	}
}

func TestFileLength(t *testing.T) {
	t.Parallel()
	for _, file := range goFiles(t) {
		data := read(t, file)
		if bytes.HasPrefix(data, generated) {
			continue
		}
		limit := maxLines
		if strings.HasSuffix(file, "_test.go") {
			limit = maxTestLines
		}
		if n := bytes.Count(data, []byte("\n")); n > limit {
			t.Errorf("%s has %d lines, more than %d: one concept, one file", file, n, limit)
		}
	}
}

func TestNamesThatSayNothing(t *testing.T) {
	t.Parallel()
	for _, file := range goFiles(t) {
		for part := range strings.SplitSeq(path.Dir(file), "/") {
			switch part {
			case "util", "utils", "common", "helpers", "misc", "types", "base", "shared":
				t.Errorf("%s lies in a folder named %q, which says nothing about what is in it", file, part)
			}
		}
	}
}

// TestLayoutTable holds README's layout table against the tree: a folder without a row is one a newcomer does not find.
func TestLayoutTable(t *testing.T) {
	t.Parallel()
	readme := string(read(t, "README.md"))
	for place := range allowed {
		if !strings.Contains(readme, "`"+place+"/`") {
			t.Errorf("README's layout table has no row for `%s/`", place)
		}
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); e.IsDir() && name[0] != '.' && name != "bin" && !strings.Contains(readme, "`"+name+"/") {
			t.Errorf("README's layout table does not name the top-level folder %s", name)
		}
	}
}

const root = "../.."

// goFiles lists the Go files of the root module, relative to the root, with slashes. Folders that are modules of their own and
// test data are left out.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p == root {
				return nil
			}
			if name := d.Name(); name[0] == '.' || name == "testdata" || name == "node_modules" || isModule(p) {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(p, ".go") {
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("found only %d Go files: the walk is broken", len(files))
	}
	return files
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func placeOf(file string) string {
	best := ""
	for place := range allowed {
		if strings.HasPrefix(file, place+"/") && len(place) > len(best) {
			best = place
		}
	}
	return best
}

// permitted tells whether imported, a folder of ours, lies in place itself or in one that may lists.
func permitted(may []string, place, imported string) bool {
	for _, m := range append(may, place) {
		if m == "*" || imported == m || strings.HasPrefix(imported, m+"/") {
			return true
		}
	}
	return false
}

// importsOf parses the imports of a file and returns those of this module, as folders. It parses in-process: a test that calls
// the go command is cached by files that the command line does not name, and then passes wrongly.
func importsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, read(t, file), parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if rest, ours := strings.CutPrefix(imported, module+"/"); ours {
			folders = append(folders, rest)
		}
	}
	return folders
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
