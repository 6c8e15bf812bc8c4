package breaking_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

// ruleCase is one archive of testdata/rules with two changes of a protocol. The rule with the
// archive's name fires from old to new, but not from old to fine. A witness is a value of
// definition V that proves that the rule is an error: the writing side accepts it and the reading
// side refuses it.
type ruleCase struct {
	path  string
	parts *txtar.Archive
}

func readCase(t *testing.T, path string) ruleCase {
	t.Helper()
	parts, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return ruleCase{path, parts}
}

// part returns the text of a part of the archive.
func (c ruleCase) part(name string) (text string, ok bool) {
	for _, f := range c.parts.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

// documents returns the documents in a folder of the archive. If there is no contract.json, it adds
// one that lists them.
func (c ruleCase) documents(folder string) fstest.MapFS {
	fsys := fstest.MapFS{}
	var names []string
	for _, part := range c.parts.Files {
		if name, ok := strings.CutPrefix(part.Name, folder+"/"); ok {
			fsys[name] = &fstest.MapFile{Data: part.Data}
			names = append(names, `"`+name+`"`)
		}
	}
	if fsys[schema.IndexFile] == nil {
		fsys[schema.IndexFile] = &fstest.MapFile{Data: []byte(`{"$schema": "` + schema.Draft + `",
"x-contract": {"name": "test", "version": "1.0.0", "documents": [` + strings.Join(names, ", ") + `]}}`)}
	}
	return fsys
}

// contract lowers the documents of a folder.
func (c ruleCase) contract(t *testing.T, folder string) *ir.Contract {
	t.Helper()
	return contractOf(t, c.documents(folder))
}

func contractOf(t helper, fsys fstest.MapFS) *ir.Contract {
	t.Helper()
	set, err := schema.Load(fsys)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	contract, err := lower.Lower(set)
	if err != nil {
		t.Fatalf("lower: %v", err)
	}
	return contract
}

// text prints findings like the command, without the summary.
func text(before, after *ir.Contract, all []breaking.Finding) string {
	out := string(breaking.Report{Old: breaking.SideOf(before, nil), New: breaking.SideOf(after, nil), Findings: all}.Text())
	lines := strings.SplitAfter(out, "\n")
	return strings.Join(lines[:len(lines)-2], "")
}

// compare compares a result with the archive's part of that name. With -update it writes the part.
func (c ruleCase) compare(t *testing.T, part, got string) {
	t.Helper()
	if *update {
		c.parts.Files = slices.DeleteFunc(c.parts.Files, func(f txtar.File) bool { return f.Name == part })
		c.parts.Files = append(c.parts.Files, txtar.File{Name: part, Data: []byte(got)})
		if err := os.WriteFile(c.path, txtar.Format(c.parts), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, _ := c.part(part)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s differs (run go test -update if the new text is right):\n%s", c.path, part, diff)
	}
}

func fires(all []breaking.Finding, id string) bool {
	return slices.ContainsFunc(all, func(f breaking.Finding) bool { return f.Rule.ID == id })
}

// TestRules runs the case of each rule: all findings are as expected, and the rule fires for the
// first change but not for the second.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, rule := range breaking.Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			t.Parallel()
			c := readCase(t, filepath.Join("testdata", "rules", rule.ID+".txtar"))
			before := c.contract(t, "old")
			for _, side := range []struct {
				folder, want string
				fires        bool
			}{{"new", "want", true}, {"fine", "want-fine", false}} {
				after := c.contract(t, side.folder)
				found := breaking.Compare(before, after)
				if fires(found, rule.ID) != side.fires {
					t.Errorf("%s: from old to %s the rule fires: %v, want %v", c.path, side.folder, !side.fires, side.fires)
				}
				c.compare(t, side.want, text(before, after, found))
			}
			c.witness(t, rule)
		})
	}
}

// witness checks the value that proves that a rule is an error.
func (c ruleCase) witness(t *testing.T, rule breaking.Rule) {
	t.Helper()
	value, ok := c.part("witness")
	if !ok {
		if rule.Severity == breaking.Error && strings.Contains(rule.ID, rule.Direction.String()+"-") {
			t.Errorf("%s has no witness", c.path)
		}
		return
	}
	writer, reader := "old", "new" // for requests
	if rule.Direction == breaking.Received {
		writer, reader = reader, writer
	}
	if err := judge(t, c.documents(writer), "V", value); err != nil {
		t.Errorf("%s: the writing side refuses the witness: %v", c.path, err)
	}
	if err := judge(t, c.documents(reader), "V", value); err == nil {
		t.Errorf("%s: the reading side accepts the witness", c.path)
	}
}

// TestRules_have_cases: every archive belongs to a rule, and every rule is complete.
func TestRules_have_cases(t *testing.T) {
	t.Parallel()
	rules := breaking.Rules()
	if len(rules) < 40 {
		t.Errorf("there are %d rules", len(rules))
	}
	byID := map[string]bool{}
	sentence := regexp.MustCompile("^[A-Z`].*[.]$")
	for _, r := range rules {
		if byID[r.ID] {
			t.Errorf("two rules are called %s", r.ID)
		}
		byID[r.ID] = true
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`).MatchString(r.ID) || !sentence.MatchString(r.What) {
			t.Errorf("%s: the rule is incomplete: %q", r.ID, r.What)
		}
	}
	archives, err := filepath.Glob(filepath.Join("testdata", "rules", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range archives {
		if id := strings.TrimSuffix(filepath.Base(path), ".txtar"); !byID[id] {
			t.Errorf("%s belongs to no rule", path)
		}
	}
}
