package game_test

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRefuse_covered: the tests of a package execute every refusal in its code. It runs the tests
// again with a coverage profile. TestFailure_refuseCovered checks the packages whose tests take longer.
func TestRefuse_covered(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	testRefuseCovered(t, map[string]int{"game": 70})
}

// testRefuseCovered checks the given packages. The number is how many refusals the code of a
// package has at least.
func testRefuseCovered(t *testing.T, packages map[string]int) {
	t.Helper()
	refusing := refusingFunctions(t)
	for name, least := range packages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sites := refusals(t, filepath.Join("..", name), refusing)
			if len(sites) < least {
				t.Fatalf("found only %d refusals in the code", len(sites))
			}
			run := profile(t, "../"+name)
			for _, at := range sites {
				if !run.covers(at) {
					t.Errorf("%s: no test of package %s is refused here", at, name)
				}
			}
		})
	}
}

// TestRefuse_coveredCanFail: code that was not executed is found, and so is code that the profile
// does not contain.
func TestRefuse_coveredCanFail(t *testing.T) {
	t.Parallel()
	run := parseProfile(t, "mode: set\nseg.example/internal/game/bank.go:10.2,12.30 1 1\nseg.example/internal/game/bank.go:13.2,14.3 2 0\n")
	for position, want := range map[token.Position]bool{
		{Filename: "../game/bank.go", Line: 11, Column: 1}:  true,
		{Filename: "../game/bank.go", Line: 10, Column: 2}:  true,
		{Filename: "../game/bank.go", Line: 12, Column: 30}: false, // its end is not part of it
		{Filename: "../game/bank.go", Line: 10, Column: 1}:  false,
		{Filename: "../game/bank.go", Line: 13, Column: 5}:  false,
		{Filename: "../game/tax.go", Line: 11, Column: 1}:   false,
	} {
		if got := run.covers(position); got != want {
			t.Errorf("%s: %t", position, got)
		}
	}
}

// sources parses the Go files of a folder, but for tests.
func sources(t *testing.T, folder string, each func(*token.FileSet, *ast.File)) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no Go files (%v)", folder, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		each(set, file)
	}
}

// refusingFunctions are the functions and methods of package game that return a *Refusal.
func refusingFunctions(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	sources(t, ".", func(_ *token.FileSet, file *ast.File) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Type.Results == nil || len(f.Type.Results.List) != 1 {
				continue
			}
			if star, ok := f.Type.Results.List[0].Type.(*ast.StarExpr); ok {
				if result, ok := star.X.(*ast.Ident); ok && result.Name == "Refusal" {
					names[f.Name.Name] = true
				}
			}
		}
	})
	if !names["Refuse"] || !names["UserNotFound"] || !names["pastEnd"] {
		t.Fatalf("got only the refusing functions %v", names)
	}
	return names
}

// refusals returns the calls of functions in a folder.
func refusals(t *testing.T, folder string, functions map[string]bool) (sites []token.Position) {
	t.Helper()
	sources(t, folder, func(set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if functions[name] {
				sites = append(sites, set.Position(call.Pos()))
			}
			return true
		})
	})
	return sites
}

// blocks are the code blocks of a coverage profile, by file.
type blocks map[string][]block

type block struct{ fromLine, fromColumn, toLine, toColumn, statements, runs int }

// profile runs the tests of a package, except this one, and returns the coverage profile.
func profile(t *testing.T, folder string) blocks {
	t.Helper()
	out := filepath.Join(t.TempDir(), "cover.out")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-skip", "^TestRefuse_covered$", "-coverprofile", out, folder)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return parseProfile(t, string(text))
}

func parseProfile(t *testing.T, text string) blocks {
	t.Helper()
	all := blocks{}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		file, rest, ok := strings.Cut(lines.Text(), ".go:")
		if !ok {
			continue // the first line
		}
		var b block
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.fromLine, &b.fromColumn, &b.toLine, &b.toColumn, &b.statements, &b.runs); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		name := file[strings.LastIndex(file, "/")+1:] + ".go"
		all[name] = append(all[name], b)
	}
	return all
}

// covers reports whether the code at a position was executed.
func (b blocks) covers(at token.Position) bool {
	for _, x := range b[filepath.Base(at.Filename)] {
		begun := at.Line > x.fromLine || at.Line == x.fromLine && at.Column >= x.fromColumn
		over := at.Line > x.toLine || at.Line == x.toLine && at.Column >= x.toColumn
		if begun && !over {
			return x.runs > 0
		}
	}
	return false
}
