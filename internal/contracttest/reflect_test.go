package contracttest_test

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/gen/wiretest"
	"seg.example/schema"
	"seg.example/tools/schemagen/reflecttest"
)

var updateUnsaid = flag.Bool("update-unsaid", false, "rewrite the list of what types cannot express")

// reflection returns the protocol's types, documents and definitions.
func reflection(t *testing.T) (*reflecttest.Types, *reflecttest.Documents, []reflecttest.Definition) {
	t.Helper()
	var shapes []reflecttest.Shape
	for _, s := range wiretest.Shapes() {
		shapes = append(shapes, reflecttest.Shape(s))
	}
	var definitions []reflecttest.Definition
	var paths []string
	for _, d := range wiretest.Types() {
		definitions = append(definitions, reflecttest.Definition{
			Document: d.Document, Name: d.Name, Type: reflect.TypeOf(d.New().Pointer()).Elem(),
		})
		if !slices.Contains(paths, d.Document) {
			paths = append(paths, d.Document)
		}
	}
	documents, err := reflecttest.NewDocuments(schema.FS, paths...)
	if err != nil {
		t.Fatal(err)
	}
	return reflecttest.NewTypes(shapes), documents, definitions
}

// TestTypes_matchSchema: the types of gen/wire, converted back to schemas by reflection, match the
// documents. testdata/unsaid.txt lists what types cannot express, with the reasons.
func TestTypes_matchSchema(t *testing.T) {
	t.Parallel()
	types, documents, definitions := reflection(t)
	result, err := reflecttest.Compare(types, documents, definitions)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Differences {
		t.Error(d)
	}
	if result.Compared < len(definitions) {
		t.Errorf("got %d compared facts, want at least %d", result.Compared, len(definitions))
	}
	t.Logf("%d facts compared", result.Compared)
	const file = "testdata/unsaid.txt"
	got := strings.Join(result.Unsaid, "\n") + "\n\n" + strings.Join(result.Text, "\n") + "\n"
	if *updateUnsaid {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test -update-unsaid rewrites it):\n%s", file, diff)
	}
}

// TestTypes_mutationsAreNoticed: the comparison finds every single change of a type.
func TestTypes_mutationsAreNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	types, documents, definitions := reflection(t)
	mutated := types.Mutations(definitions)
	if len(mutated) < len(definitions) {
		t.Errorf("got %d mutated types, want at least %d", len(mutated), len(definitions))
	}
	for _, s := range mutated {
		result, err := reflecttest.Compare(s.Types, documents, reflecttest.About(s.Of, definitions))
		if err != nil {
			t.Fatalf("%s: %s: %v", s.Of.Name(), s.What, err)
		}
		if len(result.Differences) == 0 {
			t.Errorf("%s: %s: got no difference, want one", s.Of.Name(), s.What)
		}
	}
	t.Logf("%d types were mutated", len(mutated))
}
