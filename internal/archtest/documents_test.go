package archtest_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents lists the Markdown files that people read, relative to the root. Test data and packages of others are left out.
func documents(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); p != root && (name[0] == '.' || name == "testdata" || name == "node_modules" || name == "dist") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(p, ".md") {
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 8 {
		t.Fatalf("found only the documents %v: the search is broken", files)
	}
	return files
}

// TestReadme_oneScreen: README.md is an overview. Details belong next to the code that they describe.
func TestReadme_oneScreen(t *testing.T) {
	t.Parallel()
	const limit = 130
	if got := strings.Count(string(read(t, "README.md")), "\n"); got > limit {
		t.Errorf("README.md has %d lines, want at most %d: move details to the README of a folder", got, limit)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	code    = regexp.MustCompile("(?s)```.*?```")
)

// TestLinks: every relative link between documents leads to a file, and to a heading if it names one.
func TestLinks(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, file := range documents(t) {
		if strings.HasPrefix(file, "gen/docs/") {
			continue // generated, with anchors of its own
		}
		text := code.ReplaceAllString(string(read(t, file)), "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target := match[1]
			if strings.Contains(target, "://") {
				continue
			}
			seen++
			name, fragment, _ := strings.Cut(target, "#")
			to := file
			if name != "" {
				to = path.Join(path.Dir(file), name)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s links to %s, which does not exist", file, target)
				continue
			}
			if fragment != "" && strings.HasSuffix(to, ".md") && !anchors(string(read(t, to)))[fragment] {
				t.Errorf("%s links to %s, but %s has no such heading", file, target, to)
			}
		}
	}
	if seen < 20 {
		t.Errorf("found only %d links: the search is broken", seen)
	}
}

// anchors returns the fragments of a document's headings, as GitHub makes them: lower case, punctuation removed, spaces to hyphens.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(match[1]) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				b.WriteRune(r)
			}
		}
		found[b.String()] = true
	}
	return found
}

// TestFindings_form: each script of findings says what was tried, what we expected and what happened, with versions; it needs nothing of this
// project, and the README lists it.
func TestFindings_form(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob(filepath.Join(root, "findings", "*.sh"))
	if err != nil || len(scripts) < 6 {
		t.Fatalf("found only %v: %v", scripts, err)
	}
	list := string(read(t, "findings/README.md"))
	for _, script := range scripts {
		name := filepath.Base(script)
		text := string(read(t, "findings/"+name))
		head, _, _ := strings.Cut(text, "\nset -eu\n")
		for _, part := range []string{`# Tried: .*[0-9]+\.[0-9]+`, `# Guess: .`, `# Seen:  .`, `# Here:  .`} {
			if !regexp.MustCompile(`(?m)^` + part).MatchString(head) {
				t.Errorf("the comment of findings/%s has no line %q", name, part)
			}
		}
		for _, part := range []string{"mktemp -d", "|| exit 2", "diff -u want got"} {
			if !strings.Contains(text, part) {
				t.Errorf("findings/%s has no %q", name, part)
			}
		}
		if strings.Contains(text, "../") || strings.Contains(text, "seg.example") {
			t.Errorf("findings/%s uses something of this project", name)
		}
		if !strings.Contains(list, "("+name+")") {
			t.Errorf("findings/README.md does not list %s", name)
		}
	}
}
