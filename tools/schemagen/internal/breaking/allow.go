package breaking

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Allowance is a breaking or dangerous change that is made deliberately.
type Allowance struct {
	Rule   string `json:"rule"`   // ID of the rule
	Path   string `json:"path"`   // as in Finding.Paths; a * at its end matches any rest
	Reason string `json:"reason"` // shown in the changelog
}

// allowFile is the format of a file of allowances.
type allowFile struct {
	Comment string      `json:"$comment,omitempty"` // ignored
	Allow   []Allowance `json:"allow"`
}

// ReadAllowances reads a file of allowances: {"allow": [{"rule", "path", "reason"}, …]}. It refuses
// unknown keys, unknown rules, rules whose findings are harmless, empty paths and reasons, and
// duplicates.
func ReadAllowances(data []byte) ([]Allowance, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var file allowFile
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("read allowances: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read allowances: unexpected text after the object")
	}
	seen := map[[2]string]bool{}
	for i, a := range file.Allow {
		at := slices.IndexFunc(Rules(), func(r Rule) bool { return r.ID == a.Rule })
		key := [2]string{a.Rule, a.Path}
		switch {
		case at < 0:
			return nil, fmt.Errorf("allowance %d: there is no rule %q", i+1, a.Rule)
		case Rules()[at].Severity == Info:
			return nil, fmt.Errorf("allowance %d: %s breaks nothing, so it needs no allowance", i+1, a.Rule)
		case a.Path == "":
			return nil, fmt.Errorf("allowance %d: the path is missing", i+1)
		case strings.TrimSpace(a.Reason) == "":
			return nil, fmt.Errorf("allowance %d: the reason is missing", i+1)
		case seen[key]:
			return nil, fmt.Errorf("allowance %d: it is a duplicate", i+1)
		}
		seen[key] = true
	}
	return file.Allow, nil
}

// EmptyAllowances returns a file of allowances without entries, with a comment that explains the
// file.
func EmptyAllowances() []byte {
	return []byte(`{
  "$comment": "Deliberate changes since the last release that break clients or may break them: {rule, path, reason}. make release empties this list.",
  "allow": []
}
`)
}

// Allow marks the allowed findings and returns them with the unused allowances. If only some paths
// of a finding are allowed, it splits the finding.
func Allow(all []Finding, allowances []Allowance) (marked []Finding, unused []Allowance) {
	used := make([]bool, len(allowances))
	var out collector
	for _, f := range all {
		for _, path := range f.Paths {
			one := f
			one.Paths = []string{path}
			if i := findAllowance(allowances, f.Rule, path); i >= 0 {
				used[i] = true
				one.Allowed = allowances[i].Reason
			}
			out.add(one)
		}
	}
	for i, a := range allowances {
		if !used[i] {
			unused = append(unused, a)
		}
	}
	return out.sorted(), unused
}

// findAllowance returns the index of the first allowance for a change, or -1.
func findAllowance(all []Allowance, r Rule, path string) int {
	if r.Severity == Info {
		return -1
	}
	return slices.IndexFunc(all, func(a Allowance) bool {
		if a.Rule != r.ID {
			return false
		}
		if start, ok := strings.CutSuffix(a.Path, "*"); ok && strings.HasPrefix(path, start) {
			return true
		}
		return a.Path == path
	})
}
