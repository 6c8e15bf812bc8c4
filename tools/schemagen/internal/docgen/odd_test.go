package docgen_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"seg.example/tools/schemagen/internal/docgen"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
)

// TestCalls_odd checks that the Go code of the reference compiles and sends the JSON of the
// reference, even if the schema has odd names. It runs the generated test in a separate module.
func TestCalls_odd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	_, documents := odd(t)
	c := contractOf(t, documents)
	dir := t.TempDir()
	write := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("../../../..", name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, bytes.Replace(data, []byte("module seg.example\n"), []byte("module odd.example\n"), 1))
	}
	for _, emitter := range []func(*ir.Contract, gogen.Options) ([]emit.File, error){gogen.Wire, gogen.Client, docgen.Docs} {
		files, err := emitter(c, gogen.Options{ImportPath: "odd.example", Schema: documents})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			write(f.Path, f.Data)
		}
	}
	run := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-v", "./docs")
	run.Dir = dir
	run.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	output, err := run.CombinedOutput()
	if err != nil || !bytes.Contains(output, []byte("--- PASS: TestCalls/say")) || !bytes.Contains(output, []byte("--- PASS: TestCalls/hush")) {
		t.Errorf("go test: got %v, want TestCalls/say and TestCalls/hush to pass\n%s", err, output)
	}
}
