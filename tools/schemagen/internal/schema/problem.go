package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// Problem is one mistake in a document.
type Problem struct {
	Pos  ir.Pos
	Text string
}

// String returns "file:line:column: text", or "file: text" if the problem has no line.
func (p Problem) String() string {
	if p.Pos.Line == 0 {
		return p.Pos.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.Pos.File, p.Pos.Line, p.Pos.Column, p.Text)
}

// Problems is a list of problems as one error.
type Problems []Problem

// Error returns the problems, one per line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Add adds a problem at a place.
func (ps *Problems) Add(pos ir.Pos, format string, args ...any) {
	*ps = append(*ps, Problem{Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// Err returns the sorted problems without duplicates as an error; nil if there are none.
func (ps *Problems) Err() error {
	if len(*ps) == 0 {
		return nil
	}
	return ps.Sorted()
}

// Sorted returns the problems by file, line, column and text, without duplicates.
func (ps *Problems) Sorted() Problems {
	sorted := slices.Clone(*ps)
	slices.SortFunc(sorted, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Text, b.Text),
		)
	})
	return slices.CompactFunc(sorted, func(a, b Problem) bool { return a.Text == b.Text && samePosition(a.Pos, b.Pos) })
}

func samePosition(a, b ir.Pos) bool {
	return a.File == b.File && a.Line == b.Line && a.Column == b.Column
}
