package archtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestMakeFuzz_targetsExist: go test -fuzz passes without fuzzing anything if the folder has no such test. make fuzz once named a folder that
// FuzzLower was not in.
func TestMakeFuzz_targetsExist(t *testing.T) {
	t.Parallel()
	targets := regexp.MustCompile(`-fuzz (Fuzz\w+) .* (\./\S+)`).FindAllStringSubmatch(string(read(t, "Makefile")), -1)
	if len(targets) < 5 {
		t.Errorf("found %d fuzz tests in the Makefile, want at least 5", len(targets))
	}
	for _, target := range targets {
		name, folder := target[1], target[2]
		files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || regexp.MustCompile(`(?m)^func `+name+`\(`).Match(text)
		}
		if !found {
			t.Errorf("%s has no %s", folder, name)
		}
	}
}
