package schema

import "strings"

// nearest returns the word of a list that is most similar to a misspelt one, or that starts with
// it; empty if there is none.
func nearest(word string, list []string) string {
	for _, candidate := range list {
		if len(word) > 2 && strings.HasPrefix(candidate, word) {
			return candidate
		}
	}
	best, nearest := "", max(1, len(word)/3)+1
	for _, candidate := range list {
		if d := editDistance(word, candidate); d < nearest {
			best, nearest = candidate, d
		}
	}
	return best
}

// didYouMean returns a suggestion as the end of an error text; empty if no word of the list is
// similar.
func didYouMean(word string, list []string) string {
	if near := nearest(word, list); near != "" {
		return `; did you mean "` + near + `"?`
	}
	return ""
}

// editDistance is the Levenshtein distance of two words, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
