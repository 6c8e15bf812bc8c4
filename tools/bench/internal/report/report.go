// Package report formats results as Markdown.
package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is a Markdown table. The first Text columns are left-aligned, the others right-aligned.
type Table struct {
	Title   string
	Text    int
	Columns []string
	Rows    [][]string
}

// Add appends a row. It must have a cell for each column.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Write writes t with padded columns, so that it is readable without rendering.
func (t *Table) Write(w io.Writer) error {
	widths := make([]int, len(t.Columns))
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), len("--:"))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", t.Title)
	t.line(&b, t.Columns, widths)
	for i, width := range widths {
		rule := strings.Repeat("-", width+2)
		if i >= t.Text {
			rule = rule[1:] + ":"
		}
		b.WriteString("|" + rule)
	}
	b.WriteString("|\n")
	for _, row := range t.Rows {
		t.line(&b, row, widths)
	}
	b.WriteByte('\n')
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

func (t *Table) line(b *strings.Builder, cells []string, widths []int) {
	for i, cell := range cells {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i < t.Text {
			fmt.Fprintf(b, "| %s%s ", cell, pad)
		} else {
			fmt.Fprintf(b, "| %s%s ", pad, cell)
		}
	}
	b.WriteString("|\n")
}

// none is the text for a figure that was not measured.
const none = "–"

// Number formats v with about three significant digits and a comma between thousands.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return none
	case a >= 1e9: // no figure here is that large
		return fmt.Sprintf("%.3g", v)
	case a >= 100:
		return thousands(int64(math.Round(v)))
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// Ratio formats v with two decimals.
func Ratio(v float64) string {
	if math.IsNaN(v) {
		return none
	}
	return fmt.Sprintf("%.2f", v)
}

// Spread formats the smallest and the largest value.
func Spread(low, high float64) string {
	if math.IsNaN(low) {
		return none
	}
	return Number(low) + " to " + Number(high)
}

func thousands(v int64) string {
	if v < 0 {
		return "-" + thousands(-v)
	}
	if v < 1000 {
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprintf("%s,%03d", thousands(v/1000), v%1000)
}
