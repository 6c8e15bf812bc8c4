package breaking

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seg.example/tools/schemagen/internal/ir"
)

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

// TestIncludes_gives_up on patterns that would take too long: it is not certain then.
func TestIncludes_gives_up(t *testing.T) {
	t.Parallel()
	wide := "^(a|b)*a" + strings.Repeat("(a|b)", 30) + "$" // the states are all sets of 30 places
	if includes(wide, "^(a|b)*"+strings.Repeat("a", 31)+"$") {
		t.Error("it has been decided, or guessed")
	}
	lost, gained := comparePatterns(&ir.StringLimits{Pattern: &ir.Pattern{Source: wide}}, &ir.StringLimits{Pattern: &ir.Pattern{Source: wide + "|c"}})
	if lost == "" || gained == "" {
		t.Error("what is not certain must be told in both directions")
	}
}

// drawPattern draws a pattern out of few letters, so that patterns often have much in common.
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

// TestIncludes_agrees_with_matching: among all short strings, one that the inner pattern matches and the outer does not is never
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
		t.Errorf("decided: %v: the test does not test", decided)
	}
}
