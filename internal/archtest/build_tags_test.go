package archtest_test

import (
	"go/build/constraint"
	"regexp"
	"strings"
	"testing"
)

var buildLine = regexp.MustCompile(`(?m)^//go:build .*$`)

// TestFailureTag: make test-failure finds each file that needs the build tag failure. It searches
// the test files of three folders for lines that begin with "//go:build failure". No file needs the
// absence of the tag: the linters and test-failure set it, and would not see such a file.
func TestFailureTag(t *testing.T) {
	t.Parallel()
	found := 0
	for _, file := range goFiles(t) {
		line := buildLine.FindString(string(read(t, file)))
		if line == "" {
			continue
		}
		expr, err := constraint.Parse(line)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		with := expr.Eval(func(tag string) bool { return tag == "failure" || tag == "linux" || tag == "unix" })
		without := expr.Eval(func(tag string) bool { return tag == "linux" || tag == "unix" })
		switch {
		case without && !with:
			t.Errorf("%s is left out if the build tag failure is set", file)
		case with && !without:
			found++
			searched := strings.HasPrefix(file, "cmd/") || strings.HasPrefix(file, "internal/") || strings.HasPrefix(file, "tools/schemagen/")
			if !strings.HasPrefix(line, "//go:build failure") || !strings.HasSuffix(file, "_test.go") || !searched {
				t.Errorf("%s: make test-failure does not find the tests of a file with the line %q", file, line)
			}
		}
	}
	if found < 4 {
		t.Errorf("found %d files with the build tag failure, want at least 4: the search is broken", found)
	}
}
