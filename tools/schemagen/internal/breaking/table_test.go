package breaking_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/tools/schemagen/internal/breaking"
)

// TestTable checks that the table of rules in BREAKING.md is up to date.
func TestTable(t *testing.T) {
	t.Parallel()
	const file, begin, end = "../../BREAKING.md", "<!-- rules -->\n", "<!-- /rules -->\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, foundBegin := strings.Cut(string(data), begin)
	table, tail, foundEnd := strings.Cut(rest, end)
	if !foundBegin || !foundEnd {
		t.Fatalf("%s lacks the marks <!-- rules -->", file)
	}
	want := string(breaking.Table())
	if *update {
		if err := os.WriteFile(file, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("%s is out of date (run go test -update):\n%s", file, diff)
	}
}

// TestDocument_allowances: the file of allowances in BREAKING.md is valid.
func TestDocument_allowances(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../BREAKING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```json\n")
	shown, _, found := strings.Cut(rest, "```")
	if all, err := breaking.ReadAllowances([]byte(shown)); !found || err != nil || len(all) != 1 {
		t.Errorf("BREAKING.md shows %q: %v %v", shown, all, err)
	}
}
