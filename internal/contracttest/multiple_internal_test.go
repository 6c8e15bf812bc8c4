package contracttest

import (
	"io/fs"
	"math"
	"strings"
	"testing"

	"seg.example/schema"
)

// TestMultipleOf_integersOnly: Ajv and other validators divide binary floats to judge multipleOf, and find that 0.09 is no multiple of 0.0001, as the
// quotient is 899.9999999999999. tax_rate had this keyword, and they refused 2663 of the 10001 rates that a ruleset may have.
func TestMultipleOf_integersOnly(t *testing.T) {
	t.Parallel()
	documents := 0
	err := fs.WalkDir(schema.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".json") || strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "meta/") {
			return err
		}
		var document any
		if err := readJSON(schema.FS, name, &document); err != nil {
			return err
		}
		documents++
		for _, where := range fractionalMultiples(document, name+"#") {
			t.Errorf("%s: multipleOf is no integer, and validators disagree about it", where)
		}
		return nil
	})
	if err != nil || documents < 20 {
		t.Fatalf("got %d documents, %v", documents, err)
	}
	wrong := map[string]any{"a": []any{map[string]any{"multipleOf": 0.0001}, map[string]any{"multipleOf": 5.0}}}
	if got := fractionalMultiples(wrong, "#"); len(got) != 1 || got[0] != "#/a/*" {
		t.Errorf("got %v, want the first", got)
	}
}

// fractionalMultiples returns where a value inside v has the keyword multipleOf with a number that is no integer.
func fractionalMultiples(v any, at string) (found []string) {
	switch v := v.(type) {
	case map[string]any:
		if n, ok := v["multipleOf"].(float64); ok && n != math.Trunc(n) {
			found = append(found, at)
		}
		for key, member := range v {
			found = append(found, fractionalMultiples(member, at+"/"+key)...)
		}
	case []any:
		for _, item := range v {
			found = append(found, fractionalMultiples(item, at+"/*")...)
		}
	}
	return found
}
