package docgen

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/ir"
)

// sampleMatch is a string that matches a pattern and has a length within the limits; dots if none is found.
func sampleMatch(l *ir.StringLimits) string {
	dots := strings.Repeat(".", max(1, l.MinLength))
	parsed, err := syntax.Parse(l.Pattern.Source, syntax.Perl)
	if err != nil {
		return dots
	}
	compiled, err := regexp.Compile(l.Pattern.Source)
	if err != nil {
		return dots
	}
	for more := range min(l.MinLength, maxMore) + 1 {
		for branch := range maxBranches {
			text := matching(parsed, more, branch)
			fit := text + strings.Repeat(".", max(0, l.MinLength-utf8.RuneCountInString(text))) // where the pattern leaves the end open
			size := utf8.RuneCountInString(fit)
			if size > 0 && (l.MaxLength == nil || size <= *l.MaxLength) && compiled.MatchString(fit) {
				return fit
			}
		}
	}
	return dots
}

// How much sampleMatch tries.
const (
	maxMore     = 40 // repetitions beyond the least
	maxBranches = 8  // branches of alternatives
)

// matching is a string that matches a part of a pattern: whatever can be repeated stands there as seldom as can be, and then more times if it
// may; of alternatives the branch of a number is taken.
func matching(re *syntax.Regexp, more, branch int) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		return string(readable(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "."
	case syntax.OpConcat:
		var out strings.Builder
		for _, sub := range re.Sub {
			out.WriteString(matching(sub, more, branch))
		}
		return out.String()
	case syntax.OpAlternate:
		return matching(re.Sub[branch%len(re.Sub)], more, branch)
	case syntax.OpCapture:
		return matching(re.Sub[0], more, branch)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		low, high := bounds(re)
		if high >= 0 {
			more = min(more, high-low)
		}
		return strings.Repeat(matching(re.Sub[0], 0, branch), low+more)
	case syntax.OpNoMatch, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
	}
	return ""
}

// bounds is how often a repetition repeats; a high of -1 is no limit.
func bounds(re *syntax.Regexp) (low, high int) {
	switch re.Op { //nolint:exhaustive // the others repeat nothing
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		return 1, -1
	case syntax.OpQuest:
		return 0, 1
	}
	return re.Min, re.Max
}

// readable is a letter or a digit of a class of characters, given as pairs of first and last, or else its first character.
func readable(ranges []rune) rune {
	for _, wanted := range "a0A" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= wanted && wanted <= ranges[i+1] {
				return wanted
			}
		}
	}
	return ranges[0]
}
