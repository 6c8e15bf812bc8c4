package clikit

import (
	"fmt"
	"strings"
)

// maxListed is the number of known names up to which UnknownName lists all of them.
const maxListed = 12

// UnknownName returns an error about a name that is not one of the known ones. The error suggests
// the most similar name. It also lists all known names, unless there are many and one is similar.
// what says what kind of name it is.
func UnknownName(what, name string, known []string) error {
	if len(known) == 0 {
		return fmt.Errorf("unknown %s %q: there are none", what, name)
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

// Suggest returns the known name that is most similar to name, or "" if more than half of the
// letters differ in all of them. Case does not matter.
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

// editDistance returns the Levenshtein distance between a and b, in bytes.
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
