package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// retired lists phrases that readers did not understand, and what to write instead. Comments, documents, log lines, error texts and
// schema descriptions must not use them.
var retired = []struct{ phrase, instead string }{
	{`\banew\b`, `"again", or "a new ..."`},
	{`\bbears\b`, `"accepts"`},
	{`\btak(e|es|ing) (its )?leave\b`, `"closes the connection"`},
	{`\b(is|are|be|been|was|were) told (of|about)\b`, `"receives", "is notified of"`},
	{`\btells? whether\b`, `"reports whether"`},
	{`\bh(eld|olds?) (it |them |\w+ )?to (it|what|the)\b`, `"compares ... with", "checks ... against"`},
	{`\bin vain\b`, `"without success"`},
	{`\bof late\b`, `"recently"`},
	{`\blook(s|ed|ing)? after\b`, `"maintains"`},
	{`\b(is|are) (no|not a) matter\b`, `"is allowed", "has no effect"`},
	{`\bwhoever\b`, `"a client that ...", "anyone who ..."`},
	{`\bnot any more\b`, `"no longer"`},
	{`\bfor ever\b`, `"forever", "without limit"`},
	{`(^|[.;] |// |\* )Who (has|is|takes|asks|reads|sends|wants|does|can|gives|sets|knows)\b`, `"A client that ..."`},
	{`\b(an)?other life\b|\bnew life\b`, `"new epoch"`},
	{`\bread on to\b`, `"caught up"`},
	{`\bis content\b`, `what happens instead`},
	{`\bthe way of a\b`, `"pipeline", "how ... works"`},
}

// wordingExtensions are the kinds of files whose words people read.
var wordingExtensions = map[string]bool{
	".go": true, ".md": true, ".json": true, ".ts": true, ".tsx": true, ".mjs": true, ".sql": true, ".sh": true, ".html": true, ".css": true, ".txtar": true,
}

// TestWording_retiredPhrases: the phrases that were replaced by plain words do not come back.
func TestWording_retiredPhrases(t *testing.T) {
	t.Parallel()
	var patterns []*regexp.Regexp
	for _, r := range retired {
		patterns = append(patterns, regexp.MustCompile(`(?i)`+r.phrase))
	}
	files := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && name[0] == '.' || name == "node_modules" || name == "dist" || name == "bin" || name == "released" {
				return filepath.SkipDir
			}
			return nil
		}
		if !wordingExtensions[filepath.Ext(name)] || name == "wording_test.go" || name == "package-lock.json" {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		files++
		for i, line := range strings.Split(string(text), "\n") {
			for k, pattern := range patterns {
				if found := pattern.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: write %s", p, i+1, found, retired[k].instead)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Errorf("read %d files, want at least 500: the search is broken", files)
	}
}
