// Package release checks the version of a release and writes its changelog entry.
package release

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// version is a semantic version of three numbers.
type version [3]int

// parse parses a version.
func parse(text string) (version, error) {
	var v version
	parts := strings.Split(text, ".")
	if len(parts) != len(v) {
		return v, fmt.Errorf("%q is not a version", text)
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return v, fmt.Errorf("%q is not a version", text)
		}
		v[i] = n
	}
	return v, nil
}

// announces reports whether next tells clients of v that they may break: it has a new major number
// or, while that is 0, a new minor number.
func (v version) announces(next version) bool {
	if v[0] == 0 && next[0] == 0 {
		return next[1] > v[1]
	}
	return next[0] > v[0]
}

func (v version) less(other version) bool {
	for i := range v {
		if v[i] != other[i] {
			return v[i] < other[i]
		}
	}
	return false
}

// CheckVersion refuses a version that is not higher than the last one, or that does not announce
// breaking changes. Allowed changes count too.
func CheckVersion(last, next string, found []breaking.Finding) error {
	before, err := parse(last)
	if err != nil {
		return err
	}
	after, err := parse(next)
	if err != nil {
		return err
	}
	if !before.less(after) {
		return fmt.Errorf("version %s is not higher than %s", next, last)
	}
	broken := 0
	for _, f := range found {
		if f.Rule.Severity == breaking.Error {
			broken++
		}
	}
	if broken > 0 && !before.announces(after) {
		number := "major"
		if before[0] == 0 {
			number = "minor"
		}
		return fmt.Errorf("version %s breaks clients of %s (%s): it needs a higher %s number",
			next, last, constraintdoc.Count(strconv.Itoa(broken), "change"), number)
	}
	return nil
}

// Entry is the changelog entry of a release.
type Entry struct {
	Version, Date, Hash string
	Changes             []byte // Markdown with headings of level 3
}

// First summarizes the first release of a protocol.
func First(c *ir.Contract) []byte {
	requests, broadcasts, frames := 0, 0, 0
	for _, r := range c.Requests() {
		if !r.Planned {
			requests++
		}
	}
	for _, b := range c.Broadcasts {
		if !b.Planned {
			broadcasts++
		}
	}
	for _, f := range c.Frames {
		if !f.Planned {
			frames++
		}
	}
	count := func(n int, what string) string { return constraintdoc.Count(strconv.Itoa(n), what) }
	return fmt.Appendf(nil, "The first release: %s, %s and %s.\n", count(requests, "request"), count(broadcasts, "broadcast"),
		count(frames, "frame"))
}

const (
	heading    = "# Changelog\n"
	unreleased = "## Unreleased\n"
)

// AddEntry returns a changelog with another entry at the top. The text under the heading Unreleased
// becomes part of the entry; the heading stays, empty. An empty changelog gets its headings.
func AddEntry(log []byte, e Entry) []byte {
	if len(bytes.TrimSpace(log)) == 0 {
		log = []byte(heading + "\n" + unreleased)
	}
	before, pending, after := cut(log)
	var out bytes.Buffer
	if before = bytes.TrimRight(before, "\n"); len(before) > 0 {
		fmt.Fprintf(&out, "%s\n\n", before)
	}
	fmt.Fprintf(&out, "%s\n## %s – %s\n", unreleased, e.Version, e.Date)
	for _, part := range [][]byte{pending, e.Changes, fmt.Appendf(nil, "Hash of the protocol: `%s`\n", e.Hash)} {
		if text := bytes.Trim(part, "\n"); len(text) > 0 {
			fmt.Fprintf(&out, "\n%s\n", text)
		}
	}
	if after = bytes.Trim(after, "\n"); len(after) > 0 {
		fmt.Fprintf(&out, "\n%s\n", after)
	}
	return out.Bytes()
}

// cut splits a changelog into the text before its entries, the unreleased text, and the entries.
func cut(log []byte) (before, pending, entries []byte) {
	rest := append([]byte("\n"), log...)
	first := bytes.Index(rest, []byte("\n## "))
	if first < 0 {
		return log, nil, nil
	}
	before, rest = rest[1:max(first, 1)], rest[first+1:]
	rest, found := bytes.CutPrefix(rest, []byte(unreleased))
	if !found {
		return before, nil, rest
	}
	next := bytes.Index(append([]byte("\n"), rest...), []byte("\n## "))
	if next < 0 {
		return before, rest, nil
	}
	return before, rest[:next], rest[next:]
}
