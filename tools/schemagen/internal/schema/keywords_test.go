package schema_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/tools/schemagen/internal/schema"
)

var update = flag.Bool("update", false, "rewrite KEYWORDS.md")

// TestKeywordsDoc checks that KEYWORDS.md matches the meta-schema.
func TestKeywordsDoc(t *testing.T) {
	t.Parallel()
	const file, begin, end = "../../KEYWORDS.md", "<!-- keywords -->\n", "<!-- /keywords -->\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, foundBegin := strings.Cut(string(data), begin)
	table, tail, foundEnd := strings.Cut(rest, end)
	if !foundBegin || !foundEnd {
		t.Fatalf("%s lacks the marks <!-- keywords -->", file)
	}
	want, err := schema.KeywordsDoc()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, []byte(head+begin+string(want)+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), table); diff != "" {
		t.Errorf("%s is out of date (run go test -update):\n%s", file, diff)
	}
}
