package main

import (
	"fmt"
	"strings"
)

// manyNames is how many are too many to list beside the one that was probably meant.
const manyNames = 12

// unknown is an error about a name that is none of the known ones; it tells which they are, and the nearest. Of many it tells only that.
func unknown(what, name string, known []string) error {
	if len(known) == 0 {
		return fmt.Errorf("unknown %s %q: there is none", what, name)
	}
	hint := ""
	if near := nearest(name, known); near != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", near)
		if len(known) > manyNames {
			return fmt.Errorf("unknown %s %q%s", what, name, hint)
		}
	}
	return fmt.Errorf("unknown %s %q%s; known: %s", what, name, hint, strings.Join(known, ", "))
}

// nearest returns the known name that differs least from name; empty if all differ in more than half of their letters.
func nearest(name string, known []string) string {
	best, least := "", len(name)
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if d < least && 2*d <= max(len(name), len(k)) {
			best, least = k, d
		}
	}
	return best
}

// distance is how many bytes must be put in, taken out or changed to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
