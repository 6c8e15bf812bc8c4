package archtest_test

import (
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

// allowed says which of our packages each folder may import; the layout table in internal/README.md says the same in words. An
// entry covers the folder and everything below it; the longest entry that contains a file counts. "*" allows everything.
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
	"internal/store":        {"internal/game", "migrations"},
	"internal/handler":      {"gen", "internal/game", "internal/auth"},
	"internal/bot":          {"gen/client", "gen/wire", "internal/game"},
	"internal/hub":          {"gen/wire"},
	"internal/ws":           {"gen/route"},
	"internal/httpd":        {"internal/ws", "internal/hub", "internal/auth", "gen", "schema"},
	"internal/metrics":      {"gen", "internal/game", "internal/hub", "internal/ws"},
	"internal/contracttest": {"gen", "schema"},
	"internal/leaktest":     {},
	"internal/mutationtest": {},
	"internal/archtest":     {},
	"tools/node":            {"gen", "schema", "tools/schemagen"},
	"tools/schemagen":       {"tools/schemagen"},
	"internal/random":       {},
	"internal/fdlimit":      {},
	"internal/gctune":       {},
	"internal/cli/clikit":   {"gen/client", "gen/wire"},
	"internal/cli/serve": {
		"gen", "internal/cli/clikit", "internal/store", "internal/handler", "internal/game", "internal/ruleset", "internal/auth", "internal/hub",
		"internal/ws", "internal/httpd", "internal/metrics", "internal/random", "internal/fdlimit", "internal/gctune",
	},
	"internal/cli": {
		"internal/cli", "gen", "schema", "internal/store", "internal/ruleset", "internal/game", "internal/bot", "internal/random", "internal/fdlimit",
	},
	"cmd/seg": {"internal/cli"},
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
	"internal/cli/clikit":   {"internal/cli"},
	"internal/cli/serve":    {"internal/cli/clitest"},
	"cmd/seg":               {"*"},
}

func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range goFiles(t) {
		place := placeOf(file)
		if place == "" {
			t.Errorf("%s: its folder has no row in the table of allowed imports; add one here and in internal/README.md", file)
			continue
		}
		seen[place] = true
		may := slices.Clone(allowed[place])
		if strings.HasSuffix(file, "_test.go") {
			may = append(may, testMay[place]...)
			if place != "tools/schemagen" { // which knows nothing of ours
				may = append(may, "internal/leaktest")
			}
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

// architecture has the layout table and the table of dependencies.
const architecture = "internal/README.md"

// TestLayoutTable compares the layout tables with the tree: a newcomer does not find a folder that has no row.
func TestLayoutTable(t *testing.T) {
	t.Parallel()
	layout := string(read(t, architecture))
	for place := range allowed {
		if !strings.Contains(layout, "`"+place+"/`") {
			t.Errorf("the layout table of %s has no row for `%s/`", architecture, place)
		}
	}
	readme := string(read(t, "README.md"))
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); e.IsDir() && name[0] != '.' && name != "bin" && !strings.Contains(readme, "`"+name+"/") {
			t.Errorf("the layout table of README.md has no row for the top-level folder %s", name)
		}
	}
}

// TestLayoutTable_imports compares the last column of the layout table with the table of allowed imports. The table once allowed
// less than the test, and a newcomer who believed it took an import for a mistake.
func TestLayoutTable_imports(t *testing.T) {
	t.Parallel()
	documented := layoutTable(t)
	for place, may := range allowed {
		words, ok := documented[place]
		if !ok {
			continue // TestLayoutTable reports it
		}
		want := []string{}
		for _, m := range may {
			switch m {
			case "*":
				m = "all"
			case place:
				m = "its own"
			default:
				m = strings.TrimPrefix(strings.TrimPrefix(m, "internal/"), "gen/")
			}
			want = append(want, m)
		}
		slices.Sort(want)
		slices.Sort(words)
		if !slices.Equal(words, want) {
			t.Errorf("%s says that %s may import %q, this test allows %q", architecture, place, words, want)
		}
	}
}

// layoutTable reads the layout table: which folders it has, and what each may import.
func layoutTable(t *testing.T) map[string][]string {
	t.Helper()
	_, table, ok := strings.Cut(string(read(t, architecture)), "| may import, of ours |")
	if !ok {
		t.Fatalf("%s has no layout table", architecture)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	documented := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		words := []string{}
		if last := strings.TrimSpace(cells[len(cells)-1]); last != "–" {
			words = strings.Split(last, ", ")
		}
		for place := range strings.SplitSeq(cells[0], ",") {
			documented[strings.Trim(strings.TrimSpace(place), "`/")] = words
		}
	}
	return documented
}

// TestDependencyTable: the table of dependencies says why each library is needed.
func TestDependencyTable(t *testing.T) {
	t.Parallel()
	_, table, ok := strings.Cut(string(read(t, architecture)), "## Dependencies")
	if !ok {
		t.Fatalf("%s has no table of dependencies", architecture)
	}
	modules, err := filepath.Glob(filepath.Join(root, "tools", "*", "go.mod"))
	if err != nil || len(modules) < 3 {
		t.Fatalf("found only the modules %v: %v", modules, err)
	}
	seen := 0
	for _, file := range append(modules, filepath.Join(root, "go.mod")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(strings.TrimPrefix(line, "require "))
			if len(words) != 2 || !strings.HasPrefix(words[1], "v") || words[0] == module {
				continue // no requirement, or an indirect one
			}
			seen++
			if name := strings.TrimPrefix(words[0], "github.com/"); !strings.Contains(table, name) && !strings.Contains(table, path.Base(name)) {
				t.Errorf("%s requires %s, which has no row in the table of dependencies in %s", file, words[0], architecture)
			}
		}
	}
	if seen < 20 {
		t.Errorf("found only %d requirements: the search is broken", seen)
	}
}

// TestMakeEndsWhatItStarts: a signal to make ends the server too, without an error. "go run" does not forward SIGTERM, so the server kept
// running on its port, and it exits with an error after SIGINT.
func TestMakeEndsWhatItStarts(t *testing.T) {
	t.Parallel()
	makefile := string(read(t, "Makefile"))
	for target, command := range map[string]string{"run": "bin/seg serve", "demo": "bin/seg demo"} {
		_, rest, ok := strings.Cut(makefile, "\n"+target+": build ")
		_, rest, _ = strings.Cut(rest, "\n\t")
		if !ok || !strings.HasPrefix(rest, command+" $(ARGS)\n") {
			t.Errorf("make %s does not build, and then run, %s: %.40s", target, command, rest)
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

// permitted reports whether imported, a folder of ours, is inside place or inside a folder that may lists.
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
