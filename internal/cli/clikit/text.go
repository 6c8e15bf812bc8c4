package clikit

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Visible escapes the characters that are not printable, such as control characters that a terminal
// would interpret.
func Visible(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(strings.ReplaceAll(s, `"`, "\x00"))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\x00`, `"`)
}

// QuoteJSON returns s as a JSON string.
func QuoteJSON(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // encoding a string cannot fail
	}
	return string(text)
}
