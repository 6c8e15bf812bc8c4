package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
	"testing"
)

// checkedBy says, of packages that start goroutines and have no tests beside them, whose tests run their code and look for
// goroutines that are left.
var checkedBy = map[string]string{
	"gen/client": "cmd/seg", // and its runtime, from which it is copied, in tools/schemagen/internal/gogen/runtime/client
}

// TestGoroutinesAreLookedFor: the tests of a package that starts goroutines, itself or in its tests, end by looking whether any is
// left, which fails them.
func TestGoroutinesAreLookedFor(t *testing.T) {
	t.Parallel()
	started, checked := map[string]string{}, map[string]bool{}
	for _, file := range goFiles(t) {
		dir := path.Dir(file)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, read(t, file), parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		// A generated test needs no library that its package does not.
		writtenTest := strings.HasSuffix(file, "_test.go") && ast.IsGenerated(parsed)
		if startsGoroutines(parsed) && !writtenTest {
			started[dir] = file
		}
		if strings.HasSuffix(file, "_test.go") && (calls(parsed, "goleak", "VerifyTestMain") || calls(parsed, "leaktest", "Main")) {
			checked[dir] = true
		}
	}
	if len(started) < 8 {
		t.Errorf("only %v start goroutines: the search is broken", started)
	}
	for dir, file := range started {
		switch other, excused := checkedBy[dir]; {
		case checked[dir] && excused:
			t.Errorf("%s looks for goroutines itself: remove its row from the table", dir)
		case !checked[dir] && !excused:
			t.Errorf("%s starts goroutines, and no TestMain of %s calls leaktest.Main or goleak.VerifyTestMain", file, dir)
		case excused && !checked[other]:
			t.Errorf("%s is to be checked by %s, which does not check it", dir, other)
		}
	}
	for dir := range checkedBy {
		if started[dir] == "" {
			t.Errorf("%s starts no goroutines: remove its row from the table", dir)
		}
	}
}

// startsGoroutines reports whether a file has a go statement, or calls what runs a function in a goroutine.
func startsGoroutines(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Go" || s.Sel.Name == "AfterFunc") && len(n.Args) > 0 {
				found = true
			}
		}
		return !found
	})
	return found
}

// calls reports whether a file calls a function of a package.
func calls(file *ast.File, in, function string) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == function {
				id, ok := s.X.(*ast.Ident)
				found = found || ok && id.Name == in
			}
		}
		return !found
	})
	return found
}

func TestStartsGoroutines(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		"go f()": true, "for { go func() {}() }": true, "wg.Go(f)": true, "time.AfterFunc(1, f)": true, "defer context.AfterFunc(ctx, f)()": true,
		"f()": false, "x := y.Go": false, "// go f()": false, `s := "go f()"`: false,
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc x() {\n"+body+"\n}", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if startsGoroutines(parsed) != want {
			t.Errorf("%s: want %t", body, want)
		}
	}
}
