package docgen

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/ir"
)

// samplePatternMatch is a string that matches a pattern and its length limits; dots if none is
// found.
func samplePatternMatch(l *ir.StringLimits) string {
	dots := strings.Repeat(".", max(1, l.MinLength))
	parsed, err := syntax.Parse(l.Pattern.Source, syntax.Perl)
	if err != nil {
		return dots
	}
	compiled, err := regexp.Compile(l.Pattern.Source)
	if err != nil {
		return dots
	}
	for more := range min(l.MinLength, maxExtraRepeats) + 1 {
		for branch := range maxBranches {
			text := shortestMatch(parsed, more, branch)
			fit := text + strings.Repeat(".", max(0, l.MinLength-utf8.RuneCountInString(text))) // if the pattern has no end anchor
			size := utf8.RuneCountInString(fit)
			if size > 0 && (l.MaxLength == nil || size <= *l.MaxLength) && compiled.MatchString(fit) {
				return fit
			}
		}
	}
	return dots
}

// The limits of the search in samplePatternMatch.
const (
	maxExtraRepeats = 40 // repetitions beyond the minimum
	maxBranches     = 8  // branches of alternatives
)

// shortestMatch is a string that matches a part of a pattern. Every repetition has its minimum,
// plus more if its maximum allows. Every alternation uses the given branch.
func shortestMatch(re *syntax.Regexp, more, branch int) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		return string(readableRune(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "."
	case syntax.OpConcat:
		var out strings.Builder
		for _, sub := range re.Sub {
			out.WriteString(shortestMatch(sub, more, branch))
		}
		return out.String()
	case syntax.OpAlternate:
		return shortestMatch(re.Sub[branch%len(re.Sub)], more, branch)
	case syntax.OpCapture:
		return shortestMatch(re.Sub[0], more, branch)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		low, high := bounds(re)
		if high >= 0 {
			more = min(more, high-low)
		}
		return strings.Repeat(shortestMatch(re.Sub[0], 0, branch), low+more)
	case syntax.OpNoMatch, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
	}
	return ""
}

// bounds is the range of a repetition; a high of -1 means no limit.
func bounds(re *syntax.Regexp) (low, high int) {
	switch re.Op { //nolint:exhaustive // the others are not repetitions
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		return 1, -1
	case syntax.OpQuest:
		return 0, 1
	}
	return re.Min, re.Max
}

// readableRune is a letter or digit of a character class, or else its first character. The class is
// a list of pairs of first and last.
func readableRune(ranges []rune) rune {
	for _, wanted := range "a0A" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= wanted && wanted <= ranges[i+1] {
				return wanted
			}
		}
	}
	return ranges[0]
}
