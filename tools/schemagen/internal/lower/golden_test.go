package lower_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

// wanted is the prefix of the parts of an archive that hold expected results; the other parts are
// documents.
const wanted = "want/"

// archive is one file of testdata: documents and the expected result.
type archive struct {
	path  string
	parts *txtar.Archive
}

func archives(t *testing.T, folder string) []archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in testdata/%s: %v", folder, err)
	}
	all := make([]archive, 0, len(paths))
	for _, path := range paths {
		parts, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, archive{path: path, parts: parts})
	}
	return all
}

func (a archive) name() string { return strings.TrimSuffix(filepath.Base(a.path), ".txtar") }

// documents returns the archive's documents. If there is no contract.json, it adds one that lists
// them in the archive's order.
func (a archive) documents() fstest.MapFS {
	fsys := fstest.MapFS{}
	var names []string
	for _, part := range a.parts.Files {
		if !strings.HasPrefix(part.Name, wanted) {
			fsys[part.Name] = &fstest.MapFile{Data: part.Data}
			names = append(names, `"`+part.Name+`"`)
		}
	}
	if fsys[schema.IndexFile] == nil {
		fsys[schema.IndexFile] = &fstest.MapFile{Data: []byte(`{"$schema": "http://json-schema.org/draft-07/schema#",
"description": "A protocol.", "x-contract": {"name": "test", "version": "1.0.0", "documents": [` + strings.Join(names, ", ") + `]}}`)}
	}
	return fsys
}

// compare compares a result with the archive's part of that name. With -update it writes the part.
func (a archive) compare(t *testing.T, part, got string) {
	t.Helper()
	if *update {
		a.rewrite(t, part, got)
		return
	}
	for _, p := range a.parts.Files {
		if p.Name == wanted+part {
			if diff := cmp.Diff(string(p.Data), got); diff != "" {
				t.Errorf("%s: %s differs (run go test -update if the new text is right):\n%s", a.path, p.Name, diff)
			}
			return
		}
	}
	t.Errorf("%s has no part %s%s; it would be:\n%s", a.path, wanted, part, got)
}

func (a archive) rewrite(t *testing.T, part, got string) {
	t.Helper()
	out := &txtar.Archive{Comment: a.parts.Comment}
	for _, p := range a.parts.Files {
		if !strings.HasPrefix(p.Name, wanted) {
			out.Files = append(out.Files, p)
		}
	}
	out.Files = append(out.Files, txtar.File{Name: wanted + part, Data: []byte(got)})
	if err := os.WriteFile(a.path, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLower shows the intermediate representation of schemas, one feature per archive.
func TestLower(t *testing.T) {
	t.Parallel()
	for _, a := range archives(t, "lower") {
		t.Run(a.name(), func(t *testing.T) {
			t.Parallel()
			set, err := schema.Load(a.documents())
			if err != nil {
				t.Fatalf("%s:\n%v", a.path, err)
			}
			contract, err := lower.Lower(set)
			if err != nil {
				t.Fatalf("%s:\n%v", a.path, err)
			}
			a.compare(t, "ir", dump(contract))
		})
	}
}

// TestRefuse shows which schemas are refused, and with which texts.
func TestRefuse(t *testing.T) {
	t.Parallel()
	for _, a := range archives(t, "refuse") {
		t.Run(a.name(), func(t *testing.T) {
			t.Parallel()
			set, err := schema.Load(a.documents())
			if err == nil {
				_, err = lower.Lower(set)
			}
			var problems schema.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("%s: not refused: %v", a.path, err)
			}
			a.compare(t, "error", problems.Error()+"\n")
		})
	}
}

// TestLint shows the lint findings for schemas that can be generated.
func TestLint(t *testing.T) {
	t.Parallel()
	for _, a := range archives(t, "lint") {
		t.Run(a.name(), func(t *testing.T) {
			t.Parallel()
			set, err := schema.Load(a.documents())
			if err != nil {
				t.Fatalf("%s:\n%v", a.path, err)
			}
			if _, err := lower.Lower(set); err != nil {
				t.Fatalf("%s:\n%v", a.path, err)
			}
			policy := lower.AllowPlanned
			if strings.HasPrefix(a.name(), "complete") {
				policy = lower.RefusePlanned
			}
			text := lower.Lint(set, policy).Error()
			a.compare(t, "lint", text+"\n")
		})
	}
}
