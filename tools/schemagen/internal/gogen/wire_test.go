package gogen_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
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

var updateWire = flag.Bool("update-wire", false, "rewrite the want parts of testdata/wire")

// index is the contract.json of a txtar with one document, doc.json.
const index = `{"$schema": "http://json-schema.org/draft-07/schema#", "title": "T", "description": "T.",
"x-contract": {"name": "t", "version": "1.0.0", "documents": ["doc.json"]}}`

// contractOf lowers a protocol.
func contractOf(t *testing.T, documents fs.FS) *ir.Contract {
	t.Helper()
	set, err := schema.Load(documents)
	if err != nil {
		t.Fatal(err)
	}
	c, err := lower.Lower(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWire has a file for each feature, with the expected generated files or the expected error.
func TestWire(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			documents := fstest.MapFS{"contract.json": {Data: []byte(index)}}
			made := &txtar.Archive{Comment: archive.Comment}
			for _, part := range archive.Files {
				if !strings.HasPrefix(part.Name, "want/") {
					documents[part.Name] = &fstest.MapFile{Data: part.Data}
					made.Files = append(made.Files, part)
				}
			}
			made.Files = append(made.Files, wirePrints(t, documents)...)
			got := txtar.Format(made)
			if *updateWire {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := txtar.Format(archive); !bytes.Equal(got, want) {
				t.Errorf("run with -update-wire if the new text is right:\n%s", diff.Diff("want", want, "got", got))
			}
		})
	}
}

// wirePrints returns the files that Wire generates from documents, without the runtime.
func wirePrints(t *testing.T, documents fs.FS) []txtar.File {
	t.Helper()
	files, err := gogen.Wire(contractOf(t, documents), gogen.Options{ImportPath: "example.test/gen"})
	if err != nil {
		return []txtar.File{{Name: "want/error", Data: []byte(err.Error() + "\n")}}
	}
	var kept []txtar.File
	for _, f := range files {
		if name := filepath.Base(f.Path); !strings.HasPrefix(name, "runtime_") && name != "contract.go" && !strings.HasPrefix(f.Path, "wiretest/") {
			kept = append(kept, txtar.File{Name: "want/" + f.Path, Data: f.Data})
		}
	}
	return kept
}

// TestChatIsCurrent: the generated packages of the chat protocol, which other tests use, are up to
// date.
func TestChatIsCurrent(t *testing.T) {
	t.Parallel()
	const root = "../../testdata/chat"
	c := contractOf(t, os.DirFS(root+"/schema"))
	options := gogen.Options{ImportPath: "seg.example/tools/schemagen/testdata/chat/gen"}
	for _, emitter := range []func(*ir.Contract, gogen.Options) ([]emit.File, error){gogen.Wire, gogen.Route} {
		files, err := emitter(c, options)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			present, err := os.ReadFile(filepath.Join(root, "gen", filepath.FromSlash(f.Path)))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			if !bytes.Equal(present, f.Data) {
				t.Errorf("%s is out of date: run go generate ./tools/schemagen/...\n%s", f.Path,
					diff.Diff("present", present, "made", f.Data))
			}
		}
	}
}

// TestWireIsDeterministic: the same contract gives the same bytes.
func TestWireIsDeterministic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	var first string
	for range 20 {
		files, err := gogen.Wire(contractOf(t, os.DirFS("../../testdata/chat/schema")), gogen.Options{ImportPath: "x"})
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, f := range files {
			fmt.Fprintf(&all, "%s\n%s\n", f.Path, f.Data)
		}
		if first == "" {
			first = all.String()
		}
		if all.String() != first {
			t.Fatal("two runs differ")
		}
	}
}

// TestNames: names on the wire are converted to Go names.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ wire, exported, local string }{
		{"session_id", "SessionID", "sessionID"},
		{"create-user", "CreateUser", "createUser"},
		{"api-company_set_position", "APICompanySetPosition", "apiCompanySetPosition"},
		{"id", "ID", "id"},
		{"user_ids", "UserIDs", "userIDs"},
		{"type", "Type", "type_"},
		{"2nd", "X2nd", "x2nd"},
		{"FreeUserConnect", "FreeUserConnect", "freeUserConnect"},
		{"xml_X", "XMLX", "xmlX"},
		{"имя", "Имя", "имя"},
		{"--", "X", "x"},
	} {
		if got := gogen.GoName(x.wire); got != x.exported {
			t.Errorf("GoName(%q) = %s, want %s", x.wire, got, x.exported)
		}
		if got := gogen.LocalName(x.wire); got != x.local {
			t.Errorf("LocalName(%q) = %s, want %s", x.wire, got, x.local)
		}
	}
}
