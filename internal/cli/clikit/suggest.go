package clikit

import (
	"fmt"
	"strings"
)

// maxListed is how many are too many to list beside the one that was probably meant.
const maxListed = 12

// UnknownName is an error about a name that is none of the known ones; it tells which they are, and the nearest. Of many it tells only that.
func UnknownName(what, name string, known []string) error {
	if len(known) == 0 {
		return fmt.Errorf("unknown %s %q: there is none", what, name)
	}
	hint := ""
	if near := Suggest(name, known); near != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", near)
		if len(known) > maxListed {
			return fmt.Errorf("unknown %s %q%s", what, name, hint)
		}
	}
	return fmt.Errorf("unknown %s %q%s; known: %s", what, name, hint, strings.Join(known, ", "))
}

// Suggest returns the known name that differs least from name; empty if all differ in more than half of their letters.
func Suggest(name string, known []string) string {
	best, least := "", len(name)
	for _, k := range known {
		d := editDistance(strings.ToLower(name), strings.ToLower(k))
		if d < least && 2*d <= max(len(name), len(k)) {
			best, least = k, d
		}
	}
	return best
}

// editDistance is how many bytes must be put in, taken out or changed to make b of a (Levenshtein).
func editDistance(a, b string) int {
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
