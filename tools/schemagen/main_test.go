package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"schemagen": main})
}

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

// TestScripts runs schemagen as its users do: each script of testdata/script has a folder of its own, a module with the schema
// of testdata/tiny in it.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			if err := os.CopyFS(env.WorkDir+"/schema", os.DirFS("testdata/tiny")); err != nil {
				return err
			}
			return os.WriteFile(env.WorkDir+"/go.mod", []byte("module tiny.example\n\ngo 1.26.0\n"), 0o600)
		},
	})
}
