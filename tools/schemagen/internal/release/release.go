// Package release knows what a release of a protocol is called and what the changelog says about it.
package release

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/constraintdoc"
)

// version is a semantic version without anything behind its three numbers.
type version [3]int

// parse reads a version; the schema of contracts has seen to its form.
func parse(text string) (version, error) {
	var v version
	parts := strings.Split(text, ".")
	if len(parts) != len(v) {
		return v, fmt.Errorf("%q is no version", text)
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return v, fmt.Errorf("%q is no version", text)
		}
		v[i] = n
	}
	return v, nil
}

// announces reports whether clients must expect to break when a version follows another: it has a new major number or, while that
// is 0, a new minor one.
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

// CheckVersion refuses a version that is not higher than the last one, or that does not announce that clients break although they
// do. Changes that were allowed break them too.
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
		return fmt.Errorf("version %s does not follow %s", next, last)
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
		return fmt.Errorf("clients of %s break (%s): a version that follows it needs a higher %s number than %s has",
			last, constraintdoc.Count(strconv.Itoa(broken), "change"), number, next)
	}
	return nil
}

// Entry is what a changelog says about a release.
type Entry struct {
	Version, Date, Hash string
	Changes             []byte // Markdown, its headings of the third level
}

// First says what there is in the first release of a protocol.
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

// AddEntry returns a changelog with one entry more, the newest first. What stands under the heading Unreleased belongs to it; the
// heading stays, with nothing below. A changelog that is empty gets its headings.
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

// cut takes a changelog apart: what stands before its entries, what is not released, and the entries.
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
