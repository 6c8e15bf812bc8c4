package breaking

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"pgregory.net/rapid"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// ofPattern returns the strings that a pattern matches.
func ofPattern(source string) *stringSet {
	return newStringSet(&ir.StringLimits{Pattern: &ir.Pattern{Source: source}})
}

// includes reports whether outer certainly matches every string that inner matches.
func includes(outer, inner string) bool { return ofPattern(inner).allMatch(outer) }

// TestIncludes decides pairs of patterns.
func TestIncludes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		outer, inner string
		want         bool
	}{
		{"", "^a$", true},
		{"^a$", "", false},
		{"a", "^ba+$", true},
		{"^ba+$", "a", false},
		{"^[a-z]{1,10}$", "^[a-z]{2,5}$", true},
		{"^[a-z]{1,10}$", "^[a-z]{2,11}$", false},
		{"^(a|b)*$", "^(ab)+$", true},
		{"^(ab)+$", "^(a|b)*$", false},
		{"^[0-9a-f]+$", `^\d+$`, true},
		{`^\d+$`, "^[0-9]+$", true},
		{"^[^x]*$", "^[a-w]*$", true},
		{"^[^x]*$", "^[a-z]*$", false},
		{"^a|b$", "^ac", true},
		{"^a|b$", "c", false},
		{"^$", "^$", true},
		{"^$", "^a?$", false},
		{"^a?$", "^$", true},
		{"^[a-zà-ÿ]+$", "^[é]+$", true},
		{"^(a{1,20}){1,20}$", "^(a{1,20}){1,19}$", true}, // large, but still decided
		{"a$", "a$|b", false},
	} {
		if got := includes(test.outer, test.inner); got != test.want {
			t.Errorf("/%s/ in /%s/: got %v", test.inner, test.outer, got)
		}
	}
}

// TestIncludes_gives_up on patterns that would take too long: the result is then uncertain.
func TestIncludes_gives_up(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	wide := "^(a|b)*a" + strings.Repeat("(a|b)", 30) + "$" // the deterministic automaton has 2^30 states
	if includes(wide, "^(a|b)*"+strings.Repeat("a", 31)+"$") {
		t.Error("got a decision, want none: the patterns take too long")
	}
	lost, gained := comparePatterns(ofPattern(wide), ofPattern(wide+"|c"))
	if lost == "" || gained == "" {
		t.Error("an uncertain change must count as both stricter and looser")
	}
}

// drawPattern draws a pattern of few letters, so that patterns often overlap.
func drawPattern(t *rapid.T, name string) string {
	atom := rapid.SampledFrom([]string{"a", "b", "[ab]", "[^a]", "[b-d]", `\d`, "(a|bc)", "(?:ab)", "", "^", "$"})
	count := rapid.SampledFrom([]string{"", "", "*", "+", "?", "{2}", "{1,2}"})
	source := rapid.SampledFrom([]string{"^", "^", ""}).Draw(t, name+" begins")
	for range rapid.IntRange(0, 4).Draw(t, name+" length") {
		if one := atom.Draw(t, name); one == "" || one == "^" || one == "$" {
			source += one
		} else {
			source += one + count.Draw(t, name+" count")
		}
	}
	return source + rapid.SampledFrom([]string{"$", "$", ""}).Draw(t, name+" ends")
}

// TestIncludes_agrees_with_matching: no short string that only the inner pattern matches is
// overlooked.
func TestIncludes_agrees_with_matching(t *testing.T) {
	t.Parallel()
	var short []string // every string of at most 5 of these letters
	var grow func(s string)
	grow = func(s string) {
		short = append(short, s)
		if len(s) < 5 {
			for _, letter := range "abcd1" {
				grow(s + string(letter))
			}
		}
	}
	grow("")
	decided := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		outer, inner := drawPattern(t, "outer"), drawPattern(t, "inner")
		in, out := regexp.MustCompile(inner), regexp.MustCompile(outer)
		got := includes(outer, inner)
		decided[got]++
		for _, s := range short {
			if got && in.MatchString(s) && !out.MatchString(s) {
				t.Fatalf("/%s/ is said to include /%s/, but does not match %q", outer, inner, s)
			}
		}
	})
	if decided[true] == 0 || decided[false] == 0 {
		t.Errorf("decided: %v: the test tests nothing", decided)
	}
}

// TestFormatForms_hold_what_formats_accept: boundsOfFormats includes every string that a validator
// of the format accepts.
func TestFormatForms_hold_what_formats_accept(t *testing.T) {
	if testing.Short() {
		t.Skip("needs more random values than -short allows: make test runs it")
	}
	t.Parallel()
	for format, form := range boundsOfFormats() {
		accepted := jsonschema.Formats[constraintdoc.FormatName(format)]
		compiled := regexp.MustCompile(form.pattern)
		count := 0
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.SampledFrom([]string{
				"a:", "a+b-.9:x", "http://h/?q#f", "a@b", `"a@b"@c`, `"@"@c.d`, "x@[127.0.0.1]", "x@[IPv6:::1]", "2024-02-29T23:59:60Z", "1998-12-31t23:59:60.5z",
				"0000-01-01T00:00:00-23:59", "2EB8AA08-aa98-11ea-b4aa-73b441d16380", strings.Repeat("x", 64) + "@" + strings.Repeat("y", 63) + ".z", "", "@", ":",
			}).Draw(t, "string")
			if rapid.Bool().Draw(t, "matching") {
				s = rapid.StringMatching(form.pattern).Draw(t, "matching string")
			}
			// The library reads moments and addresses more loosely than RFC 3339 and RFC 5322, and
			// than generated code: with changes, it accepts "23:59:-0" as a time and an address
			// without a local part.
			changes := 3
			if format == ir.FormatDateTime || format == ir.FormatEmail {
				changes = 0
			}
			for range rapid.IntRange(0, changes).Draw(t, "changes") {
				at := rapid.IntRange(0, len(s)).Draw(t, "at")
				s = s[:at] + rapid.SampledFrom([]string{"", "a", "@", ":", "-", "0", ".", `"`}).Draw(t, "in") + s[min(len(s), at+rapid.IntRange(0, 2).Draw(t, "out")):]
			}
			length := utf8.RuneCountInString(s)
			fits := compiled.MatchString(s) && length >= form.minLen && (form.maxLen == 0 || length <= form.maxLen)
			if accepted(s) {
				count++
			}
			if accepted(s) && !fits || form.exact && fits && !accepted(s) {
				t.Fatalf("%s: accepted: %v, as known: %v: %q", constraintdoc.FormatName(format), accepted(s), fits, s)
			}
		})
		if count == 0 {
			t.Errorf("%s: no string was accepted, so the test tests nothing", constraintdoc.FormatName(format))
		}
	}
}
