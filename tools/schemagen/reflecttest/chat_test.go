package reflecttest_test

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/tools/schemagen/reflecttest"
	"seg.example/tools/schemagen/testdata/chat/gen/wiretest"
)

var update = flag.Bool("update", false, "rewrite the list of what types cannot say")

// chat returns the types, documents and definitions of the chat protocol.
func chat(t *testing.T) (*reflecttest.Types, *reflecttest.Documents, []reflecttest.Definition) {
	t.Helper()
	var shapes []reflecttest.Shape
	for _, s := range wiretest.Shapes() {
		shapes = append(shapes, reflecttest.Shape(s))
	}
	var definitions []reflecttest.Definition
	for _, d := range wiretest.Types() {
		definitions = append(definitions, reflecttest.Definition{
			Document: d.Document, Name: d.Name, Type: reflect.TypeOf(d.New().Pointer()).Elem(),
		})
	}
	var paths []string
	for _, d := range definitions {
		if !slices.Contains(paths, d.Document) {
			paths = append(paths, d.Document)
		}
	}
	documents, err := reflecttest.NewDocuments(os.DirFS("../testdata/chat/schema"), paths...)
	if err != nil {
		t.Fatal(err)
	}
	return reflecttest.NewTypes(shapes), documents, definitions
}

// TestCompare: the types and documents of the chat protocol agree, and the list of what types
// cannot express is right.
func TestCompare(t *testing.T) {
	t.Parallel()
	types, documents, definitions := chat(t)
	result, err := reflecttest.Compare(types, documents, definitions)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Differences {
		t.Error(d)
	}
	got := strings.Join(result.Unsaid, "\n") + "\n\n" + strings.Join(result.Text, "\n") + "\n"
	if *update {
		if err := os.WriteFile("testdata/chat.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/chat.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("testdata/chat.txt differs (run go test -update if the new text is right):\n%s", diff)
	}
	t.Logf("%d facts compared", result.Compared)
}

// TestCompare_notices every change of a type.
func TestCompare_notices(t *testing.T) {
	t.Parallel()
	types, documents, definitions := chat(t)
	count := 0
	for _, spoilt := range types.Mutations(definitions) {
		result, err := reflecttest.Compare(spoilt.Types, documents, reflecttest.About(spoilt.Of, definitions))
		if err != nil {
			t.Fatalf("%s: %s: %v", spoilt.Of.Name(), spoilt.What, err)
		}
		if len(result.Differences) == 0 {
			t.Errorf("%s: %s: got no difference", spoilt.Of.Name(), spoilt.What)
		}
		count++
	}
	if count < 100 {
		t.Errorf("got only %d changed types", count)
	}
	t.Logf("%d types were spoilt", count)
}
