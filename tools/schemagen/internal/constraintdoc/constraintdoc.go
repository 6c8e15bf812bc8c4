// Package constraintdoc describes the constraints of a type in English, for comments and
// documentation in any language.
package constraintdoc

import (
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// Describe returns a sentence with the limits of t. It is empty if t has none, or if its type name
// already says them.
func Describe(t *ir.Type) string {
	var all []string
	switch t.Kind {
	case ir.Integer:
		all = integerLimits(t.Integer)
	case ir.Number:
		all = numberLimits(t.Number)
	case ir.String:
		all = stringLimits(t.String)
	case ir.Array:
		all = append(all, countRange(t.Array.MinItems, t.Array.MaxItems, "item"))
		if t.Array.Unique {
			all = append(all, "no two items equal")
		}
	case ir.Map:
		all = append(all, countRange(t.Map.MinProps, t.Map.MaxProps, "member"))
	case ir.Object:
		all = append(all, countRange(t.Object.MinProps, t.Object.MaxProps, "member"))
	case ir.Const:
		all = append(all, "always "+t.Const.JSON)
	case ir.Boolean, ir.Enum, ir.Union, ir.Raw, ir.Ref, ir.Null:
	}
	var parts []string
	for _, s := range all {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, "; ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func integerLimits(l *ir.IntegerLimits) []string {
	low, high := "", ""
	if l.Min != nil {
		low = strconv.FormatInt(*l.Min, 10)
	}
	if l.Max != nil {
		high = strconv.FormatInt(*l.Max, 10)
	}
	all := []string{valueRange(low, high)}
	if l.MultipleOf != nil {
		all = append(all, "a multiple of "+strconv.FormatInt(*l.MultipleOf, 10))
	}
	if l.Coerce {
		all = append(all, "a string of digits is read as the integer")
	}
	return all
}

func valueRange(low, high string) string {
	switch {
	case low != "" && high != "":
		return "from " + low + " to " + high
	case low != "":
		return "at least " + low
	case high != "":
		return "at most " + high
	}
	return ""
}

func numberLimits(l *ir.NumberLimits) []string {
	all := []string{valueRange(string(l.Min), string(l.Max))}
	if l.ExclusiveMin != "" {
		all = append(all, "greater than "+string(l.ExclusiveMin))
	}
	if l.ExclusiveMax != "" {
		all = append(all, "less than "+string(l.ExclusiveMax))
	}
	if l.MultipleOf != "" {
		all = append(all, "a multiple of "+string(l.MultipleOf))
	}
	return all
}

func stringLimits(l *ir.StringLimits) []string {
	all := []string{countRange(l.MinLength, l.MaxLength, "character")}
	if l.Pattern != nil {
		all = append(all, "matches "+l.Pattern.Source)
	}
	if name := FormatName(l.Format); name != "" {
		all = append(all, WithArticle(name))
	}
	return all
}

func countRange(low int, high *int, what string) string {
	switch {
	case high != nil && low == *high:
		return Count(strconv.Itoa(low), what)
	case high != nil && low > 0:
		return strconv.Itoa(low) + " to " + Count(strconv.Itoa(*high), what)
	case high != nil:
		return "at most " + Count(strconv.Itoa(*high), what)
	case low > 0:
		return "at least " + Count(strconv.Itoa(low), what)
	}
	return ""
}

// Count returns a count with its noun: "1 item", "2 items".
func Count(n, what string) string {
	if n == "1" {
		return n + " " + what
	}
	return n + " " + what + "s"
}

// WithArticle puts the indefinite article before a word: "an email", "a uri". It judges by the
// spelling.
func WithArticle(word string) string {
	small := strings.ToLower(word)
	for _, consonant := range []string{"eu", "one", "uni", "uri", "us", "ut", "uu"} {
		if strings.HasPrefix(small, consonant) {
			return "a " + word
		}
	}
	if small != "" && strings.Contains("aeiou", small[:1]) {
		return "an " + word
	}
	return "a " + word
}

// FormatName returns JSON Schema's name of f; empty for FormatNone.
func FormatName(f ir.Format) string {
	switch f {
	case ir.FormatDateTime:
		return "date-time"
	case ir.FormatUUID:
		return "uuid"
	case ir.FormatURI:
		return "uri"
	case ir.FormatEmail:
		return "email"
	case ir.FormatNone:
	}
	return ""
}
