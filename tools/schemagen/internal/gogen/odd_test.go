package gogen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
)

// TestOddProtocolCompiles: generated code compiles and passes vet, whatever names and descriptions
// the schema has.
func TestOddProtocolCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/odd.txtar")
	if err != nil {
		t.Fatal(err)
	}
	documents := fstest.MapFS{}
	for _, part := range archive.Files {
		text := strings.ReplaceAll(string(part.Data), `"ten thousand digits"`, "0."+strings.Repeat("3", 10000)) // compilers refuse so many digits
		documents[part.Name] = &fstest.MapFile{Data: []byte(text)}
	}
	c := contractOf(t, documents)
	dir := t.TempDir()
	put := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("go.mod", []byte("module odd.test\n\ngo 1.26.0\n"))
	for _, emitter := range []func(*ir.Contract, gogen.Options) ([]emit.File, error){gogen.Wire, gogen.Route} {
		files, err := emitter(c, gogen.Options{ImportPath: "odd.test"})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			put(file.Path, file.Data)
		}
	}
	vet := exec.CommandContext(t.Context(), "go", "vet", "./...")
	vet.Dir = dir
	vet.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if said, err := vet.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
