package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"schemagen": main})
}

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

// TestScripts runs schemagen like its users: each script of testdata/script runs in a new folder, a
// module with the schema of testdata/tiny.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	modules := goEnv(t, "GOMODCACHE")
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			if err := os.CopyFS(env.WorkDir+"/schema", os.DirFS("testdata/tiny")); err != nil {
				return err
			}
			env.Setenv("GOMODCACHE", modules)
			return writeModule(env.WorkDir)
		},
	})
}

// writeModule makes dir a module with our requirements: generated code imports a WebSocket library.
func writeModule(dir string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile("../../" + name)
		if err != nil {
			return err
		}
		data = bytes.Replace(data, []byte("module seg.example\n"), []byte("module tiny.example\n"), 1)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// goEnv returns a setting of the go command.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
