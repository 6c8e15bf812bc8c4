package output_test

import (
	"os"
	"os/exec"
	"testing"

	"seg.example/tools/schemagen/internal/output"
)

// TestBuilds_for_windows: renameio does not support Windows, so the generator did not compile there.
func TestBuilds_for_windows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	build := exec.CommandContext(t.Context(), "go", "build", ".")
	build.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestReplace creates a file and then replaces it.
func TestReplace(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/a.txt"
	for _, want := range []string{"first", "second"} {
		if err := output.Replace(file, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
}
