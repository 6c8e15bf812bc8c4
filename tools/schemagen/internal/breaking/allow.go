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

// Allowance is a change that is made although it breaks clients or may.
type Allowance struct {
	Rule   string `json:"rule"`   // ID of the rule
	Path   string `json:"path"`   // as in Finding.Paths; a * at its end stands for anything
	Reason string `json:"reason"` // for those who read the changelog
}

// allowFile is what a file of allowances looks like.
type allowFile struct {
	Comment string      `json:"$comment,omitempty"` // anything
	Allow   []Allowance `json:"allow"`
}

// ReadAllowances reads a file of allowances: {"allow": [{"rule", "path", "reason"}, …]}. It refuses other keys, rules that do not
// exist or report nothing that needs allowing, empty paths and reasons, and an entry that stands there twice.
func ReadAllowances(data []byte) ([]Allowance, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var file allowFile
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("read allowances: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read allowances: something follows the object")
	}
	seen := map[[2]string]bool{}
	for i, a := range file.Allow {
		at := slices.IndexFunc(Rules(), func(r Rule) bool { return r.ID == a.Rule })
		key := [2]string{a.Rule, a.Path}
		switch {
		case at < 0:
			return nil, fmt.Errorf("allowance %d: no rule is called %q", i+1, a.Rule)
		case Rules()[at].Severity == Info:
			return nil, fmt.Errorf("allowance %d: %s breaks nothing and need not be allowed", i+1, a.Rule)
		case a.Path == "":
			return nil, fmt.Errorf("allowance %d: it has no path", i+1)
		case strings.TrimSpace(a.Reason) == "":
			return nil, fmt.Errorf("allowance %d: it has no reason", i+1)
		case seen[key]:
			return nil, fmt.Errorf("allowance %d: another allows the same", i+1)
		}
		seen[key] = true
	}
	return file.Allow, nil
}

// NoAllowances is a file of allowances without any, with a comment that says what it is for.
func NoAllowances() []byte {
	return []byte(`{
  "$comment": "Changes since the release that break clients, or may, and are made all the same: {rule, path, reason}. make release empties this.",
  "allow": []
}
`)
}

// Allow marks the findings that are allowed and returns them with the allowances that allow nothing. A finding of which only some
// paths are allowed becomes several.
func Allow(all []Finding, allowances []Allowance) (marked []Finding, unused []Allowance) {
	used := make([]bool, len(allowances))
	var out collector
	for _, f := range all {
		for _, path := range f.Paths {
			one := f
			one.Paths = []string{path}
			if i := allowing(allowances, f.Rule, path); i >= 0 {
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

// allowing returns the first allowance for a change, or -1.
func allowing(all []Allowance, r Rule, path string) int {
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
