package gogen_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"seg.example/tools/schemagen/internal/gogen"
)

func TestClient_Golden(t *testing.T) {
	t.Parallel()
	const file = "testdata/client/nouns.txtar"
	archive, contract := routeCase(t, file)
	contract.Hash = strings.Repeat("0", 64) // changes with every change of the case
	files, err := gogen.Client(contract, gogen.Options{ImportPath: "shop.example/gen"})
	if err != nil {
		t.Fatal(err)
	}
	var made []txtar.File
	for _, f := range files {
		if !strings.HasPrefix(f.Path, "client/runtime_") {
			made = append(made, txtar.File{Name: "want/" + f.Path, Data: f.Data})
		}
	}
	holdAgainst(t, file, archive, made)
}

func TestClient_Refuses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/client/refuse_*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			archive, contract := routeCase(t, file)
			_, err := gogen.Client(contract, gogen.Options{ImportPath: "shop.example/gen"})
			if err == nil {
				t.Fatal("not refused")
			}
			holdAgainst(t, file, archive, []txtar.File{{Name: "want/error", Data: []byte(err.Error() + "\n")}})
		})
	}
}
