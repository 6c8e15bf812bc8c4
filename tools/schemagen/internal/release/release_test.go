package release_test

import (
	"testing"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/release"
)

// TestCheckVersion: a version must be higher, and announce breaking changes, allowed or not.
func TestCheckVersion(t *testing.T) {
	t.Parallel()
	harmless := []breaking.Finding{{Rule: breaking.Rule{Severity: breaking.Warning}}}
	broken := []breaking.Finding{
		{Rule: breaking.Rule{Severity: breaking.Error}}, {Rule: breaking.Rule{Severity: breaking.Error}, Allowed: "Nobody minds."},
	}
	for _, test := range []struct {
		last, next string
		found      []breaking.Finding
		want       string
	}{
		{"0.1.0", "0.1.1", harmless, ""},
		{"0.9.9", "0.10.0", harmless, ""},
		{"0.1.0", "0.1.0", harmless, "version 0.1.0 is not higher than 0.1.0"},
		{"0.2.0", "0.1.9", harmless, "version 0.1.9 is not higher than 0.2.0"},
		{"1.0.0", "0.9.0", nil, "version 0.9.0 is not higher than 1.0.0"},
		{"0.1.0", "0.2.0", broken, ""},
		{"0.1.0", "1.0.0", broken, ""},
		{"0.1.0", "0.1.1", broken, "version 0.1.1 breaks clients of 0.1.0 (2 changes): it needs a higher minor number"},
		{"1.2.3", "2.0.0", broken, ""},
		{"1.2.3", "1.3.0", broken, "version 1.3.0 breaks clients of 1.2.3 (2 changes): it needs a higher major number"},
		{"0.1.0", "0.1.1", broken[1:], "version 0.1.1 breaks clients of 0.1.0 (1 change): it needs a higher minor number"},
		{"1.0", "1.0.1", nil, `"1.0" is not a version`},
		{"1.0.0", "1.0.x", nil, `"1.0.x" is not a version`},
	} {
		got := ""
		if err := release.CheckVersion(test.last, test.next, test.found); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s to %s: got %q, want %q", test.last, test.next, got, test.want)
		}
	}
}

// TestFirst counts served messages, but not planned ones.
func TestFirst(t *testing.T) {
	t.Parallel()
	c := &ir.Contract{
		Nouns:      []*ir.Noun{{Requests: []*ir.Request{{}, {Planned: true}}}, {Requests: []*ir.Request{{}}}},
		Broadcasts: []*ir.Broadcast{{}, {Planned: true}}, Frames: []*ir.Frame{{Planned: true}},
	}
	if got, want := string(release.First(c)), "The first release: 2 requests, 1 broadcast and 0 frames.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAddEntry: the new entry is the first one and contains the unreleased text.
func TestAddEntry(t *testing.T) {
	t.Parallel()
	entry := release.Entry{Version: "1.1.0", Date: "2026-01-02", Hash: "abc", Changes: []byte("### Added\n\n- it\n")}
	const added = "## 1.1.0 – 2026-01-02\n\n"
	const tail = "### Added\n\n- it\n\nHash of the protocol: `abc`\n"
	for name, test := range map[string]struct{ log, want string }{
		"empty":      {"", "# Changelog\n\n## Unreleased\n\n" + added + tail},
		"no entries": {"# Log\n\nFor you.\n", "# Log\n\nFor you.\n\n## Unreleased\n\n" + added + tail},
		"nothing pending": {
			"# Log\n\n## Unreleased\n\n## 1.0.0 – x\n\nOld.\n", "# Log\n\n## Unreleased\n\n" + added + tail + "\n## 1.0.0 – x\n\nOld.\n",
		},
		"pending": {
			"# Log\n\n## Unreleased\n\nNew.\n\n## 1.0.0 – x\n\nOld.\n",
			"# Log\n\n## Unreleased\n\n" + added + "New.\n\n" + tail + "\n## 1.0.0 – x\n\nOld.\n",
		},
		"pending, first": {"# Log\n\n## Unreleased\n\nNew.\n", "# Log\n\n## Unreleased\n\n" + added + "New.\n\n" + tail},
		"only entries": {
			"## 1.0.0 – x\n\nOld.\n", "## Unreleased\n\n" + added + tail + "\n## 1.0.0 – x\n\nOld.\n",
		},
	} {
		if got := string(release.AddEntry([]byte(test.log), entry)); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}
