package report

import (
	"fmt"
	"math"
)

// Goal is a figure and its target.
type Goal struct {
	Text  string  // what is to be reached, with its unit
	Limit float64 // how much
	Most  bool    // Limit is the most; otherwise it is the least
	Got   float64 // NaN: was not measured
}

// Reached reports whether g is reached. A figure that was not measured is not.
func (g Goal) Reached() bool {
	if g.Most {
		return g.Got <= g.Limit
	}
	return g.Got >= g.Limit
}

// Goals returns a table of goals.
func Goals(title string, goals []Goal) *Table {
	t := &Table{Title: title, Text: 1, Columns: []string{"goal", "limit", "measured", "reached"}}
	for _, g := range goals {
		sign, reached := "≥", "no"
		if g.Most {
			sign = "≤"
		}
		switch {
		case math.IsNaN(g.Got):
			reached = none
		case g.Reached():
			reached = "yes"
		}
		t.Add(g.Text, fmt.Sprintf("%s %v", sign, g.Limit), Number(g.Got), reached)
	}
	return t
}
