package docgen_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"seg.example/tools/schemagen/internal/docgen"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/output"
	"seg.example/tools/schemagen/internal/schema"
)

var update = flag.Bool("update", false, "rewrite the want parts of testdata")

// Folders of protocols.
const (
	ours = "../../../../schema"
	tiny = "../../testdata/tiny"
	chat = "../../testdata/chat"
)

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

// docsOf generates the documentation of a protocol. It returns the files by name.
func docsOf(t *testing.T, documents fs.FS, importPath string) map[string][]byte {
	t.Helper()
	files, err := docgen.Docs(contractOf(t, documents), gogen.Options{ImportPath: importPath, Schema: documents})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		name, ok := strings.CutPrefix(f.Path, "docs/")
		if !ok || all[name] != nil {
			t.Errorf("file %s: it is not in docs/, or occurs twice", f.Path)
		}
		all[name] = f.Data
	}
	return all
}

// odd is the protocol of testdata/odd.txtar.
func odd(t *testing.T) (*txtar.Archive, fstest.MapFS) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/odd.txtar")
	if err != nil {
		t.Fatal(err)
	}
	documents := fstest.MapFS{}
	for _, part := range archive.Files {
		if !strings.HasPrefix(part.Name, "want/") {
			documents[part.Name] = &fstest.MapFile{Data: part.Data}
		}
	}
	return archive, documents
}

// body is a page without its style and script.
func body(page []byte) []byte {
	_, rest, _ := bytes.Cut(page, []byte("<body>\n"))
	text, _, _ := bytes.Cut(rest, []byte("<script>"))
	return text
}

// TestDocs checks the documentation of the protocol in odd.txtar.
func TestDocs(t *testing.T) {
	t.Parallel()
	archive, documents := odd(t)
	made := &txtar.Archive{Comment: archive.Comment}
	for _, part := range archive.Files {
		if documents[part.Name] != nil {
			made.Files = append(made.Files, part)
		}
	}
	files := docsOf(t, documents, "odd.example/gen")
	for _, name := range []string{"asyncapi.json", "reference.md", "reference.html", "docs.go", "calls_test.go"} {
		data := files[name]
		if name == "reference.html" {
			data = body(data)
		}
		if name == "calls_test.go" {
			_, calls, _ := bytes.Cut(data, []byte("// calls are"))
			data = append([]byte("// calls are"), calls...)
		}
		made.Files = append(made.Files, txtar.File{Name: "want/" + name, Data: data})
	}
	got := txtar.Format(made)
	if *update {
		if err := os.WriteFile("testdata/odd.txtar", got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := txtar.Format(archive); !bytes.Equal(got, want) {
		t.Errorf("-update rewrites this:\n%s", diff.Diff("want", want, "got", got))
	}
}

// TestChatIsCurrent checks that the documentation of the second protocol is up to date.
func TestChatIsCurrent(t *testing.T) {
	t.Parallel()
	for name, data := range docsOf(t, os.DirFS(chat+"/schema"), "seg.example/tools/schemagen/testdata/chat/gen") {
		present, err := os.ReadFile(filepath.Join(chat, "gen/docs", name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if made := formatted(t, name, data); !bytes.Equal(present, made) {
			t.Errorf("docs/%s is stale; run go generate ./tools/schemagen/...\n%s", name, diff.Diff("got", present, "want", made))
		}
	}
}

// TestMarkers checks that package output recognizes every file as generated.
func TestMarkers(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{ours, tiny} {
		var files []emit.File
		for name, data := range docsOf(t, os.DirFS(dir), "x.example/gen") {
			files = append(files, emit.File{Path: name, Data: data})
		}
		if plan, err := output.Compare(output.Folder{Dir: filepath.Join(t.TempDir(), "docs"), Files: files}); err != nil || len(plan.Changes) != len(files) {
			t.Errorf("%s: got %d changed files and error %v, want %d and none", dir, len(plan.Changes), err, len(files))
		}
	}
}

// TestDocs_is_deterministic checks that the same contract always gives the same bytes.
func TestDocs_is_deterministic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	first := docsOf(t, os.DirFS(chat+"/schema"), "x.example/gen")
	for range 5 {
		for name, data := range docsOf(t, os.DirFS(chat+"/schema"), "x.example/gen") {
			if !bytes.Equal(first[name], data) {
				t.Fatalf("two runs differ in %s", name)
			}
		}
	}
}

// TestDocs_refuses checks the errors for invalid examples and for examples of unknown messages.
func TestDocs_refuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"examples/shout/request-ok-a.json", `{}`, "document odd: examples: there are examples of shout, but no such message or definition"},
		{"examples/say/request-ok-a.json", `{"a"}`, "examples/say/request-ok-a.json:1:"},
		{"examples/say/nice-a.json", `{}`, "examples/say/nice-a.json:1:1: the file name of an example must start with"},
	} {
		_, documents := odd(t)
		documents[row.name] = &fstest.MapFile{Data: []byte(row.text)}
		_, err := docgen.Docs(contractOf(t, documents), gogen.Options{ImportPath: "x", Schema: documents})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.name, err, row.want)
		}
	}
}
