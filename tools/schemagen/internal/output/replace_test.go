package output_test

import (
	"os"
	"os/exec"
	"testing"

	"seg.example/tools/schemagen/internal/output"
)

// TestBuilds_for_windows: what replaces files whole elsewhere, the library renameio, does not exist there, so that the generator did
// not compile.
func TestBuilds_for_windows(t *testing.T) {
	t.Parallel()
	build := exec.CommandContext(t.Context(), "go", "build", ".")
	build.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestReplace: a file is made, and then takes the place of what was there.
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
