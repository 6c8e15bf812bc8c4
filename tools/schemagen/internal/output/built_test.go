package output_test

import (
	"path/filepath"
	"testing"

	"seg.example/tools/schemagen/internal/output"
)

// TestCompare_leaves_builds_alone: a compiler copies the marker to its output. Such a file is not
// stale.
func TestCompare_leaves_builds_alone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dist") // the root folder itself may have that name
	write(t, dir, tree{
		"ts/dist/index.js": marker + "built", "ts/node_modules/x/index.js": marker + "x", "ts/src/index.ts": marker + "source",
		"ts/README.md": "<!-- " + output.Marker + " -->\nold", "ts/src/gone.ts": marker + "gone",
	})
	plan := compare(t, folder(dir, tree{"ts/src/index.ts": marker + "source", "ts/README.md": "<!-- " + output.Marker + " -->\nnew"}))
	var got []string
	for _, change := range plan.Changes {
		name, err := filepath.Rel(dir, change.Path)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.ToSlash(name))
	}
	if len(got) != 2 || got[0] != "ts/README.md" || got[1] != "ts/src/gone.ts" {
		t.Errorf("changes %v, want ts/README.md and ts/src/gone.ts", got)
	}
}
