package tsgen_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/output"
	"seg.example/tools/schemagen/internal/schema"
	"seg.example/tools/schemagen/internal/tsgen"
)

var update = flag.Bool("update", false, "rewrite the want parts of testdata")

// index prints index.ts, the main entry point.
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

// cases are the golden cases, by file.
func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	return files
}

// TestPackage checks the golden files, one feature each. The want parts are the files that depend
// on the documents, or the error. The Node tests compile them together with the part check.ts, in
// which expect-error lines mark what must not compile.
func TestPackage(t *testing.T) {
	t.Parallel()
	for _, file := range cases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			documents := fstest.MapFS{}
			made := &txtar.Archive{Comment: archive.Comment}
			for _, part := range archive.Files {
				if strings.HasPrefix(part.Name, "want/") {
					continue
				}
				made.Files = append(made.Files, part)
				if filepath.Ext(part.Name) == ".json" {
					documents[part.Name] = &fstest.MapFile{Data: part.Data}
				}
			}
			wanted := expectedFiles
			if _, own := documents["contract.json"]; !own {
				documents["contract.json"] = &fstest.MapFile{Data: []byte(index)}
				wanted = expectedFiles[:5]
			}
			contract := contractOf(t, documents)
			contract.Hash = strings.Repeat("0", 64) // the real hash changes with every change of the case
			if len(wanted) == 5 && len(contract.Requests()) == 0 {
				wanted = expectedFiles[:2]
			}
			made.Files = append(made.Files, expectedTexts(contract, wanted)...)
			got := txtar.Format(made)
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := txtar.Format(archive); !bytes.Equal(got, want) {
				t.Errorf("-update rewrites this:\n%s", diff.Diff("want", want, "got", got))
			}
		})
	}
}

// expectedFiles are the files that depend on the contract. A case with its own contract has all of
// them, other cases only those in src, and cases without requests only the first two.
var expectedFiles = []string{
	"src/types.ts", "src/validators.ts", "src/messages.ts", "src/client.ts", "src/index.ts", "package.json", "README.md",
}

// expectedTexts returns the wanted files of Package for a contract, or its error.
func expectedTexts(c *ir.Contract, wanted []string) []txtar.File {
	files, err := tsgen.Package(c, "")
	if err != nil {
		return []txtar.File{{Name: "want/error", Data: []byte(err.Error() + "\n")}}
	}
	var kept []txtar.File
	for _, f := range files {
		if slices.Contains(wanted, strings.TrimPrefix(f.Path, "ts/")) {
			kept = append(kept, txtar.File{Name: "want/" + f.Path, Data: f.Data})
		}
	}
	return kept
}

// TestPackage_runtime checks that the package has every file of the runtime after the marker,
// unchanged except for the name of the base error class, and does not have the placeholder file.
func TestPackage_runtime(t *testing.T) {
	t.Parallel()
	packed := map[string]string{}
	for _, f := range chat(t) {
		packed[f.Path] = string(f.Data)
	}
	sources, err := filepath.Glob("runtime/*.ts")
	if err != nil || len(sources) < 2 {
		t.Fatal(sources, err)
	}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(source)
		named := strings.ReplaceAll(string(text), "ClientError", "ChatError")
		copied := packed["ts/src/"+name] == "// "+output.Marker+"\n\n"+named
		if copied == (name == "messages.ts") {
			t.Errorf("%s: copied: got %v, want %v", name, copied, !copied)
		}
	}
}

// TestPackage_readme_reads checks a fixed fault: the README passed a request that changes state to
// useLive, which sends its request again and again.
func TestPackage_readme_reads(t *testing.T) {
	t.Parallel()
	const begin = `{"$schema": "http://json-schema.org/draft-07/schema#", "title": "T", "description": "T.", "definitions": {
"Close": {"description": "Ends it.", "type": "object", "x-request": "close", "x-mutates": true, "x-answer": {"$ref": "#/definitions/Board"}},
"Ring": {"description": "Answers nothing.", "type": "object", "x-request": "ring"},
"Board": {"description": "The board.", "type": "object", "properties": {"rows": {"description": "Rows.", "type": "integer"}}}`
	for _, test := range []struct{ more, call, live string }{
		{"", "console.log(await client.close_());", ""},
		{
			`, "Read": {"description": "Reads.", "type": "object", "x-request": "read-board", "x-answer": {"$ref": "#/definitions/Board"}}`,
			"console.log(await client.readBoard());", "useLive(client, (signal) => client.readBoard({}, { signal }), (data, event) => data);",
		},
	} {
		contract := contractOf(t, fstest.MapFS{"contract.json": {Data: []byte(index)}, "doc.json": {Data: []byte(begin + test.more + "}}")}})
		files, err := tsgen.Package(contract, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.Path != "ts/README.md" {
				continue
			}
			text := string(f.Data)
			if !strings.Contains(text, test.call) || !strings.Contains(text, test.live) || strings.Contains(text, "useLive(client") != (test.live != "") {
				t.Errorf("README with %q: want %q and %q, got\n%s", test.more, test.call, test.live, text)
			}
		}
	}
}

// TestPackage_errors checks that the base error class has the name of the protocol, unless another
// class has that name.
func TestPackage_errors(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"seg": "SegError", "two-words": "TwoWordsError", "timeout": "ClientError", "closed": "ClientError"} {
		contract := contractOf(t, os.DirFS("../../testdata/tiny"))
		contract.Name = name
		files, err := tsgen.Package(contract, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text := string(f.Data)
			if f.Path == "ts/src/errors.ts" && !strings.Contains(text, "export class "+want+" extends Error {") {
				t.Errorf("%s: errors.ts does not have the class %s", name, want)
			}
			if f.Path == "ts/src/index.ts" && !strings.Contains(text, want+",") {
				t.Errorf("%s: index.ts does not export %s", name, want)
			}
		}
	}
}

// chat returns the package of the second protocol.
func chat(t *testing.T) []emit.File {
	t.Helper()
	files, err := tsgen.Package(contractOf(t, os.DirFS("../../testdata/chat/schema")), "")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestChatIsCurrent checks that the package of the second protocol is up to date.
func TestChatIsCurrent(t *testing.T) {
	t.Parallel()
	for _, f := range chat(t) {
		present, err := os.ReadFile(filepath.Join("../../testdata/chat/gen", filepath.FromSlash(f.Path)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if !bytes.Equal(present, f.Data) {
			t.Errorf("%s is stale; run go generate ./tools/schemagen/...\n%s", f.Path, diff.Diff("got", present, "want", f.Data))
		}
	}
}

// TestPackage_is_deterministic checks that the same contract always gives the same bytes.
func TestPackage_is_deterministic(t *testing.T) {
	t.Parallel()
	var first string
	for range 20 {
		var all strings.Builder
		for _, f := range chat(t) {
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
