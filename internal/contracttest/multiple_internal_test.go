package contracttest

import (
	"io/fs"
	"math"
	"strings"
	"testing"

	"seg.example/schema"
)

// TestMultipleOf_integersOnly: multipleOf must be an integer. Ajv and others divide binary floats, so for
// them 0.09 is not a multiple of 0.0001 (899.9999999999999). (Once tax_rate had such a multipleOf, and
// they refused 2663 of 10001 valid rates.)
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
			t.Errorf("%s: got a fractional multipleOf, want an integer", where)
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

// fractionalMultiples returns the places in v of the keyword multipleOf with a fractional number.
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
