// Package phrase says in English what a schema holds values to, for the comments of any language.
package phrase

import (
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// Limits says in a sentence what values of t are held to; it is empty when there is nothing to say, or when a name says it.
func Limits(t *ir.Type) string {
	var all []string
	switch t.Kind {
	case ir.Integer:
		all = integerLimits(t.Integer)
	case ir.Number:
		all = numberLimits(t.Number)
	case ir.String:
		all = stringLimits(t.String)
	case ir.Array:
		all = append(all, counted(t.Array.MinItems, t.Array.MaxItems, "item"))
		if t.Array.Unique {
			all = append(all, "no two items equal")
		}
	case ir.Map:
		all = append(all, counted(t.Map.MinProps, t.Map.MaxProps, "member"))
	case ir.Object:
		all = append(all, counted(t.Object.MinProps, t.Object.MaxProps, "member"))
	case ir.Const:
		all = append(all, "always "+t.Const.JSON)
	case ir.Boolean, ir.Enum, ir.Union, ir.Raw, ir.Ref, ir.Null:
	}
	var said []string
	for _, s := range all {
		if s != "" {
			said = append(said, s)
		}
	}
	if len(said) == 0 {
		return ""
	}
	text := strings.Join(said, "; ")
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
	all := []string{between(low, high)}
	if l.MultipleOf != nil {
		all = append(all, "a multiple of "+strconv.FormatInt(*l.MultipleOf, 10))
	}
	if l.Coerce {
		all = append(all, "a string of digits is read as the integer")
	}
	return all
}

func between(low, high string) string {
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
	all := []string{between(string(l.Min), string(l.Max))}
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
	all := []string{counted(l.MinLength, l.MaxLength, "character")}
	if l.Pattern != nil {
		all = append(all, "matches "+l.Pattern.Source)
	}
	if name := FormatName(l.Format); name != "" {
		all = append(all, A(name))
	}
	return all
}

func counted(low int, high *int, what string) string {
	switch {
	case high != nil && low == *high:
		return Plural(strconv.Itoa(low), what)
	case high != nil && low > 0:
		return strconv.Itoa(low) + " to " + Plural(strconv.Itoa(*high), what)
	case high != nil:
		return "at most " + Plural(strconv.Itoa(*high), what)
	case low > 0:
		return "at least " + Plural(strconv.Itoa(low), what)
	}
	return ""
}

// Plural is a count of things: "1 item", "2 items".
func Plural(n, what string) string {
	if n == "1" {
		return n + " " + what
	}
	return n + " " + what + "s"
}

// A is a word behind its indefinite article, as far as letters tell how it is spoken: "an email", "a uri", "an Untold".
func A(word string) string {
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

// FormatName is how JSON Schema calls f; empty for none.
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
