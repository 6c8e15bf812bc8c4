package lower_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// TestLower_damagedSchemas replaces and removes values of a protocol's documents, one at a time. It
// tries each kind of place once, whatever names the protocol chose. Lowering and linting continue
// after Load has found problems, so that one problem does not hide another. A mistake in x-contract
// once caused a panic.
func TestLower_damagedSchemas(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	const dir = "../../testdata/chat/schema"
	documents := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".json") {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(dir), name)
		documents[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := schema.Load(documents)
	if err != nil {
		t.Fatal(err)
	}
	tried, wrong := 0, 0
	seen := map[string]bool{}
	for _, doc := range set.All() {
		var root any
		if err := json.Unmarshal(documents[doc.Path].Data, &root); err != nil {
			t.Fatal(err)
		}
		damage(root, place{}, seen, func(what string) {
			data, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			changed := maps.Clone(documents)
			changed[doc.Path] = &fstest.MapFile{Data: data}
			tried++
			refused, problem := lowered(changed)
			if problem != "" {
				t.Errorf("%s, %s: %s", doc.Path, what, problem)
			}
			if refused {
				wrong++
			}
		})
		if t.Failed() {
			return
		}
	}
	if tried < 600 || wrong < 400 {
		t.Errorf("got %d damaged schemas, of which Load refuses %d, want at least 600 and 400", tried, wrong)
	}
}

// lowered loads, lowers and lints documents, as the commands do. It returns whether Load refused
// them, and the text of a panic or of an error without a place in the schema.
func lowered(documents fs.FS) (refused bool, problem string) {
	defer func() {
		if v := recover(); v != nil {
			problem = fmt.Sprintf("%v\n%s", v, debug.Stack())
		}
	}()
	set, err := schema.Load(documents)
	refused = err != nil
	if set == nil {
		if err == nil {
			return false, "neither documents nor an error"
		}
		return true, ""
	}
	_, err = lower.Lower(set)
	if found := (schema.Problems{}); err != nil && !errors.As(err, &found) && !strings.HasPrefix(err.Error(), "compile with santhosh-tekuri/jsonschema: ") {
		return refused, err.Error()
	}
	lower.Lint(set, lower.RefusePlanned)
	return refused, ""
}

// place is where a value is: the last two keys of its path.
type place struct{ parent, key string }

// under returns the place of a key's value. All names that a protocol chooses count as one.
func (p place) under(key string) place {
	if p.key == "properties" || p.key == "definitions" {
		key = "(a name)"
	}
	return place{p.key, key}
}

// damage changes each value inside v, calls try, and restores the value. It does not change values
// at places that were seen, but descends into them.
func damage(v any, at place, seen map[string]bool, try func(what string)) {
	others := []any{nil, 5.5, "x", []any{5.5}, map[string]any{}}
	fresh := func(at place, was any) bool {
		id := fmt.Sprintf("%s/%s: %T", at.parent, at.key, was)
		known := seen[id]
		seen[id] = true
		return !known
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			was, at := v[key], at.under(key)
			if fresh(at, was) {
				for _, other := range others {
					v[key] = other
					try(fmt.Sprintf("%s is %v", key, other))
				}
				delete(v, key)
				try(key + " is missing")
				v[key] = was
			}
			damage(was, at, seen, try)
		}
	case []any:
		for i, was := range v {
			if at := at.under("[]"); fresh(at, was) {
				for _, other := range others {
					v[i] = other
					try(fmt.Sprintf("item %d is %v", i, other))
				}
				v[i] = was
			}
			damage(was, at.under("[]"), seen, try)
		}
	}
}
