package breaking

import (
	"cmp"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// Finding is one change. A change of a type that several messages use is one Finding with several
// paths.
type Finding struct {
	Rule Rule
	Text string
	// Paths are the places in messages that the change affects, such as
	// "create-user.request.username". The part after the message's type is "request", "answer",
	// "data" (of a broadcast) or "frame". Then ".name" is a field, "[]" an item of an array, ".*" a
	// field with any other name, "<tag>" a variant of a union. The paths are sorted, without
	// duplicates, never empty.
	Paths []string
	Old   ir.Pos // place of the changed schema, or of the one around it, in the old documents
	New   ir.Pos // the same in the new ones
	// Allowed is the reason of the allowance for the change; empty if there is none.
	Allowed string
}

// Breaks reports whether the change breaks clients and is not allowed.
func (f Finding) Breaks() bool { return f.Rule.Severity == Error && f.Allowed == "" }

// Breaking counts the findings that break clients.
func Breaking(all []Finding) int {
	n := 0
	for _, f := range all {
		if f.Breaks() {
			n++
		}
	}
	return n
}

// findingKey identifies findings that are the same change in different places.
type findingKey struct {
	rule, text, allowed string
	old, new            ir.Pos
}

// collector collects findings and merges those of the same change.
type collector struct {
	byKey map[findingKey]*Finding
	all   []*Finding
}

func (c *collector) add(f Finding) {
	if c.byKey == nil {
		c.byKey = map[findingKey]*Finding{}
	}
	key := findingKey{rule: f.Rule.ID, text: f.Text, allowed: f.Allowed, old: f.Old, new: f.New}
	known := c.byKey[key]
	if known == nil {
		known = &f
		c.byKey[key] = known
		c.all = append(c.all, known)
		return
	}
	known.Paths = append(known.Paths, f.Paths...)
}

// sorted returns the findings by severity, the most severe first, then by place, rule and text.
func (c *collector) sorted() []Finding {
	out := make([]Finding, len(c.all))
	for i, f := range c.all {
		slices.Sort(f.Paths)
		f.Paths = slices.Compact(f.Paths)
		out[i] = *f
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b.Rule.Severity, a.Rule.Severity), comparePos(a.New, b.New), comparePos(a.Old, b.Old),
			strings.Compare(a.Rule.ID, b.Rule.ID), strings.Compare(a.Text, b.Text), strings.Compare(a.Allowed, b.Allowed),
		)
	})
	return out
}

func comparePos(a, b ir.Pos) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
