package gogen_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

var updateRoute = flag.Bool("update-route", false, "rewrite the want parts of testdata/route")

// routeCase reads a txtar with the documents of a protocol and the expected result.
func routeCase(t *testing.T, file string) (*txtar.Archive, *ir.Contract) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	documents := fstest.MapFS{}
	for _, part := range archive.Files {
		if filepath.Ext(part.Name) == ".json" {
			documents[part.Name] = &fstest.MapFile{Data: part.Data}
		}
	}
	set, err := schema.Load(documents)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := lower.Lower(set)
	if err != nil {
		t.Fatal(err)
	}
	return archive, contract
}

// holdAgainst compares the want parts of a txtar with the generated files, or rewrites them.
func holdAgainst(t *testing.T, file string, archive *txtar.Archive, made []txtar.File) {
	t.Helper()
	var kept, wanted []txtar.File
	for _, part := range archive.Files {
		if strings.HasPrefix(part.Name, "want/") {
			wanted = append(wanted, part)
		} else {
			kept = append(kept, part)
		}
	}
	if *updateRoute {
		archive.Files = append(kept, made...)
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, got := txtar.Format(&txtar.Archive{Files: wanted}), txtar.Format(&txtar.Archive{Files: made})
	if !bytes.Equal(want, got) {
		t.Errorf("%s: run with -update-route if the new text is right:\n%s", file, diff.Diff("want", want, "got", got))
	}
}

func TestRoute_Golden(t *testing.T) {
	t.Parallel()
	const file = "testdata/route/nouns.txtar"
	archive, contract := routeCase(t, file)
	contract.Hash = strings.Repeat("0", 64) // changes with every change of the case
	files, err := gogen.Route(contract, gogen.Options{ImportPath: "shop.example/gen"})
	if err != nil {
		t.Fatal(err)
	}
	var made []txtar.File
	for _, f := range files {
		if !strings.HasPrefix(f.Path, "route/runtime_") {
			made = append(made, txtar.File{Name: "want/" + f.Path, Data: f.Data})
		}
	}
	holdAgainst(t, file, archive, made)
}

func TestRoute_Refuses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/route/refuse_*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			archive, contract := routeCase(t, file)
			_, err := gogen.Route(contract, gogen.Options{ImportPath: "shop.example/gen"})
			if err == nil {
				t.Fatal("not refused")
			}
			holdAgainst(t, file, archive, []txtar.File{{Name: "want/error", Data: []byte(err.Error() + "\n")}})
		})
	}
}

// TestRoute_Runs generates the protocol of the golden case in a new module, builds it and runs the
// test in the case.
func TestRoute_Runs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	archive, contract := routeCase(t, "testdata/route/nouns.txtar")
	dir := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", []byte("module shop.example\n\ngo 1.26.0\n"))
	for _, part := range archive.Files {
		if filepath.Ext(part.Name) == ".go" && !strings.HasPrefix(part.Name, "want/") {
			write(part.Name, part.Data)
		}
	}
	for _, generate := range []func(*ir.Contract, gogen.Options) ([]emit.File, error){gogen.Wire, gogen.Route} {
		files, err := generate(contract, gogen.Options{ImportPath: "shop.example/gen"})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			write("gen/"+f.Path, f.Data)
		}
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=-buildvcs=false")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
