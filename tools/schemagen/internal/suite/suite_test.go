package suite_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

var update = flag.Bool("update", false, "rewrite testdata/refused.txt and the table in the README")

// TestSuite runs the official suite.
func TestSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	all := groups(t)
	refused := map[*group]string{}
	var accepted []*group
	for i, g := range all {
		g.id = fmt.Sprintf("G%03d", i+1)
		if text := refusal(t, g); text != "" {
			refused[g] = text
			continue
		}
		accepted = append(accepted, g)
	}
	compareRefused(t, all, refused)
	compareTable(t, all, refused)
	judge(t, accepted)
}

// judge checks the verdict of every case of the groups.
func judge(t *testing.T, accepted []*group) {
	t.Helper()
	verdicts := run(t, accepted)
	at := 0
	for _, g := range accepted {
		for _, c := range g.Tests {
			if got := verdicts[at]; (got == "") != c.Valid {
				t.Errorf("%s: %s\nschema %s\nvalue  %s\nvalid: want %v, got %v %s",
					g.name(), c.Description, g.Schema, c.Data, c.Valid, !c.Valid, got)
			}
			at++
		}
	}
}

// contractOf lowers groups into one contract.
func contractOf(t *testing.T, all []*group) (*ir.Contract, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	var names []string
	for _, g := range all {
		name := "groups/" + strings.ToLower(g.id) + ".json"
		names = append(names, `"`+name+`"`)
		fsys[name] = &fstest.MapFile{Data: g.asDocument(t)}
	}
	fsys[schema.IndexFile] = &fstest.MapFile{Data: []byte(`{"$schema": "http://json-schema.org/draft-07/schema#",
"x-contract": {"name": "suite", "version": "0.0.0", "documents": [` + strings.Join(names, ", ") + `]}}`)}
	set, err := schema.Load(fsys)
	if err != nil {
		return nil, err
	}
	return lower.Lower(set)
}

// refusal returns the reasons why a group is refused; empty if it is accepted.
func refusal(t *testing.T, g *group) string {
	t.Helper()
	contract, err := contractOf(t, []*group{g})
	if err == nil {
		_, err = gogen.Wire(contract, gogen.Options{ImportPath: "suite.example/gen"})
		if err != nil {
			t.Errorf("%s: lower accepts what gogen refuses: %v", g.name(), err)
		}
	}
	var problems schema.Problems
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &problems):
		t.Errorf("%s: refused without a place: %v", g.name(), err)
		return err.Error()
	}
	var texts []string
	seen := map[string]bool{}
	for _, p := range problems {
		if !seen[p.Text] {
			seen[p.Text] = true
			texts = append(texts, p.Text)
		}
	}
	return strings.ReplaceAll(strings.Join(texts, "; "), g.id, "G")
}

// compareRefused compares the refused groups with testdata/refused.txt.
func compareRefused(t *testing.T, all []*group, refused map[*group]string) {
	t.Helper()
	var got bytes.Buffer
	got.WriteString("# Groups of the official suite that are refused, and why. Written by go test -update; every other group passes.\n")
	for _, g := range all {
		if text, ok := refused[g]; ok {
			fmt.Fprintf(&got, "\n%s\n\t%s\n", g.name(), text)
		}
	}
	golden(t, filepath.Join("testdata", "refused.txt"), got.Bytes())
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is out of date (run go test -update):\n%s", path, diff)
	}
}

// compareTable compares the table in the README with the result.
func compareTable(t *testing.T, all []*group, refused map[*group]string) {
	t.Helper()
	path := filepath.Join("..", "..", "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	marked := regexp.MustCompile(`(?s)(<!-- suite -->\n).*?(<!-- /suite -->)`)
	if !marked.Match(readme) {
		t.Fatal("the README lacks the marks <!-- suite -->")
	}
	table := marked.ReplaceAllLiteral(readme, []byte("<!-- suite -->\n"+table(all, refused)+"<!-- /suite -->"))
	golden(t, path, table)
}

// table prints the keywords of draft-07 with the number of their groups in the suite.
func table(all []*group, refused map[*group]string) string {
	// Files of the suite that are not named after their keyword.
	filesOf := map[string][]string{
		"$ref": {"ref", "infinite-loop-detection"}, "format": {"format", "optional/format/date-time", "optional/format/email", "optional/format/uri"},
		"boolean schemas": {"boolean_schema"},
	}
	var out strings.Builder
	out.WriteString("| keyword | groups passed | groups refused |\n|---|---|---|\n")
	passedAll, refusedAll := 0, 0
	for _, keyword := range append(schema.DraftKeywords(schema.Supported), "boolean schemas") {
		files := filesOf[keyword]
		if files == nil {
			files = []string{keyword}
		}
		passed, failed := 0, 0
		for _, g := range all {
			if !slices.Contains(files, g.file) {
				continue
			}
			if _, is := refused[g]; is {
				failed++
			} else {
				passed++
			}
		}
		passedAll, refusedAll = passedAll+passed, refusedAll+failed
		count := fmt.Sprintf("%d | %d", passed, failed)
		if passed+failed == 0 {
			count = "– | –"
		}
		fmt.Fprintf(&out, "| `%s` | %s |\n", keyword, count)
	}
	fmt.Fprintf(&out, "| **all** | **%d** | **%d** |\n\n", passedAll, refusedAll)
	out.WriteString("Refused by name: `" + strings.Join(schema.DraftKeywords(schema.Unsupported), "`, `") + "`, and `items` as an array.\n")
	return out.String()
}
