package lower

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/ir"
)

// Supported is the subset of regular expressions that RE2 and ECMA-262 (with its u flag) interpret
// the same way:
//
//	^ $            start and end of the string
//	a \. \/ \t     characters, escaped if they are special; escapes \t \n \r \f \v
//	\d \D \w \W    ASCII digits and word characters
//	[a-z_] [^"]    classes of characters, ranges and the four above; without [ inside
//	( ) (?: ) |    groups and alternatives
//	* + ? {n} {n,} {n,m}, n and m at most 1000
//
// Not supported: . (the two disagree on \r, U+2028 and U+2029), \s \S (on U+00A0 and others), \b,
// \p, \u and \x escapes, look-around, back references, named groups, flags, lazy repetition,
// [] and [^].

// errPattern is wrapped by every error about a pattern outside the subset.
var errPattern = errors.New("outside the subset that RE2 and ECMA-262 interpret the same way")

// patternOf checks a pattern and, if it is a simple sequence, splits it into steps.
func patternOf(source string) (*ir.Pattern, error) {
	r := &patternParser{rest: source, sequence: true}
	if err := r.alternatives(0); err != nil {
		return nil, err
	}
	if _, err := regexp.Compile(source); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	p := &ir.Pattern{Source: source}
	if r.sequence && r.begins && r.ends && deterministic(r.steps) {
		p.Steps = r.steps
	} else if inner, found := optionalGroup(source); found {
		p.Steps, p.OrEmpty = inner.Steps, inner.Steps != nil
	}
	return p, nil
}

// optionalGroup returns the pattern inside the group if source is a single optional group between ^
// and $.
func optionalGroup(source string) (*ir.Pattern, bool) {
	inner, found := strings.CutPrefix(source, "^(")
	inner, whole := strings.CutSuffix(inner, ")?$")
	if !found || !whole {
		return nil, false
	}
	// If inner contains groups, it has no steps; if it ends in an escaped parenthesis, it is
	// invalid.
	p, err := patternOf("^" + strings.TrimPrefix(inner, "?:") + "$")
	return p, err == nil
}

// patternParser parses a pattern from left to right.
type patternParser struct {
	rest string
	// sequence is true as long as the parsed part is a sequence of ASCII classes between ^ and $.
	sequence     bool
	begins, ends bool
	steps        []ir.Step
}

func unsupported(what string) error { return fmt.Errorf("pattern: %s is %w", what, errPattern) }

// maxGroups bounds the nesting of groups.
const maxGroups = 20

// alternatives parses up to the end or up to a closing parenthesis, which it does not consume.
func (r *patternParser) alternatives(depth int) error {
	if depth > maxGroups {
		return unsupported(fmt.Sprintf("a nesting of more than %d groups", maxGroups))
	}
	for r.rest != "" && r.rest[0] != ')' {
		if r.rest[0] == '|' {
			r.sequence = false
			r.rest = r.rest[1:]
			continue
		}
		if err := r.term(depth); err != nil {
			return err
		}
	}
	if depth == 0 && r.rest != "" {
		return unsupported("an unmatched )")
	}
	return nil
}

func (r *patternParser) term(depth int) error {
	switch r.rest[0] {
	case '^', '$':
		return r.anchor()
	case '(':
		r.sequence = false
		if err := r.group(depth); err != nil {
			return err
		}
		_, _, err := r.repetition()
		return err
	}
	set, err := r.atom()
	if err != nil {
		return err
	}
	low, high, err := r.repetition()
	if err != nil {
		return err
	}
	if !set.ascii || !r.begins || r.ends {
		r.sequence = false
	}
	if r.sequence {
		r.steps = append(r.steps, ir.Step{Ranges: set.ranges(), Min: low, Max: high})
	}
	return nil
}

func (r *patternParser) anchor() error {
	if r.rest[0] == '^' {
		if r.begins || len(r.steps) > 0 {
			r.sequence = false
		}
		r.begins = true
	} else {
		if r.ends {
			r.sequence = false
		}
		r.ends = true
	}
	r.rest = r.rest[1:]
	if r.rest != "" && strings.IndexByte("*+?{", r.rest[0]) >= 0 {
		return unsupported("a repeated ^ or $")
	}
	return nil
}

func (r *patternParser) group(depth int) error {
	r.rest = r.rest[1:]
	if strings.HasPrefix(r.rest, "?") {
		if !strings.HasPrefix(r.rest, "?:") {
			return unsupported("a group that begins with (?")
		}
		r.rest = r.rest[2:]
	}
	if err := r.alternatives(depth + 1); err != nil {
		return err
	}
	if r.rest == "" {
		return unsupported("an unclosed group")
	}
	r.rest = r.rest[1:]
	return nil
}

// atom parses one character or class.
func (r *patternParser) atom() (charClass, error) {
	switch c := r.rest[0]; c {
	case '\\':
		return r.escape(`^$\.*+?()[]{}|/`)
	case '[':
		return r.bracket()
	case '.', '*', '+', '?', '{', '}', ']':
		return charClass{}, unsupported(strconv.Quote(string(c)) + " here")
	}
	char, size := utf8.DecodeRuneInString(r.rest)
	r.rest = r.rest[size:]
	return charClassOf(char), nil
}

// escape parses a backslash and the next character. literal lists the characters that stand for
// themselves.
func (r *patternParser) escape(literal string) (charClass, error) {
	if len(r.rest) < 2 {
		return charClass{}, unsupported("a backslash at the end")
	}
	c := r.rest[1]
	r.rest = r.rest[2:]
	switch c {
	case 'd', 'D', 'w', 'W':
		return classEscape(c), nil
	case 't', 'n', 'r', 'f', 'v':
		return charClassOf(map[byte]rune{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f', 'v': '\v'}[c]), nil
	}
	if strings.IndexByte(literal, c) < 0 {
		return charClass{}, unsupported(`\` + string(rune(c)))
	}
	return charClassOf(rune(c)), nil
}

// bracket parses a class in brackets.
func (r *patternParser) bracket() (charClass, error) {
	r.rest = r.rest[1:]
	negated := strings.HasPrefix(r.rest, "^")
	if negated {
		r.rest = r.rest[1:]
	}
	set := charClass{ascii: true}
	for first := true; ; first = false {
		switch {
		case r.rest == "":
			return charClass{}, unsupported("an unclosed class")
		case r.rest[0] == ']' && first:
			return charClass{}, unsupported("an empty class")
		case r.rest[0] == ']':
			r.rest = r.rest[1:]
			if negated {
				set.ascii = false
			}
			return set, nil
		}
		member, err := r.member()
		if err != nil {
			return charClass{}, err
		}
		set = set.union(member)
	}
}

// member parses one member of a class: a character, a range, or one of \\d \\D \\w \\W.
func (r *patternParser) member() (charClass, error) {
	low, err := r.classAtom()
	if err != nil {
		return charClass{}, err
	}
	if len(r.rest) < 2 || r.rest[0] != '-' || r.rest[1] == ']' {
		return low, nil
	}
	r.rest = r.rest[1:]
	high, err := r.classAtom()
	if err != nil {
		return charClass{}, err
	}
	if !low.one || !high.one {
		return charClass{}, unsupported("a range of classes")
	}
	if high.char < low.char {
		return charClass{}, unsupported("a range in reverse order")
	}
	return charRange(low.char, high.char), nil
}

func (r *patternParser) classAtom() (charClass, error) {
	switch r.rest[0] {
	case '\\':
		return r.escape(`^$\.*+?()[]{}|/-`)
	case '[':
		return charClass{}, unsupported("[ inside a class")
	}
	char, size := utf8.DecodeRuneInString(r.rest)
	r.rest = r.rest[size:]
	return charClassOf(char), nil
}

// maxRepeat is RE2's limit of a repetition count.
const maxRepeat = 1000

// repetition parses the quantifier after an atom; exactly once if there is none. A high of -1 means
// unbounded.
func (r *patternParser) repetition() (low, high int, err error) {
	if r.rest == "" {
		return 1, 1, nil
	}
	switch r.rest[0] {
	case '*':
		low, high = 0, -1
	case '+':
		low, high = 1, -1
	case '?':
		low, high = 0, 1
	case '{':
		if low, high, err = r.counts(); err != nil {
			return 0, 0, err
		}
	default:
		return 1, 1, nil
	}
	r.rest = r.rest[1:]
	if r.rest != "" && strings.IndexByte("*+?{", r.rest[0]) >= 0 {
		return 0, 0, unsupported("a repetition of a repetition, or a lazy one,")
	}
	return low, high, nil
}

// counts parses {n}, {n,} or {n,m} except for the closing brace.
func (r *patternParser) counts() (low, high int, err error) {
	inside, rest, found := strings.Cut(r.rest[1:], "}")
	from, to, open := strings.Cut(inside, ",")
	low, err = count(from)
	high = low
	if open {
		high = -1
		if err == nil && to != "" {
			high, err = count(to)
		}
	}
	if err != nil || !found || (high >= 0 && high < low) {
		return 0, 0, unsupported("the repetition {" + inside + "}")
	}
	r.rest = "}" + rest
	return low, high, nil
}

func count(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > maxRepeat {
		return 0, errPattern
	}
	return int(n), nil
}
