package clikit

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Visible replaces what is not for terminals by escapes.
func Visible(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(strings.ReplaceAll(s, `"`, "\x00"))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\x00`, `"`)
}

// QuoteJSON returns s as JSON.
func QuoteJSON(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // no string fails
	}
	return string(text)
}
