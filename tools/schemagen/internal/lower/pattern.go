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

// The subset of regular expressions that RE2 and ECMA-262 (with its u flag) read alike:
//
//	^ $            begin and end of the whole string
//	a \. \/ \t     characters, escaped where they mean something; escapes \t \n \r \f \v
//	\d \D \w \W    ASCII digits and word characters
//	[a-z_] [^"]    classes of characters, ranges and the four above; without [ inside
//	( ) (?: ) |    groups and alternatives
//	* + ? {n} {n,} {n,m}, n and m at most 1000
//
// Left out on purpose: . (the two disagree on \r, U+2028 and U+2029), \s \S (on U+00A0 and others), \b inside and outside
// classes, \p, \u and \x escapes, look-around, back references, named groups, flags, lazy repetition, [] and [^].

// errPattern is what a pattern outside the subset is refused with, wrapped.
var errPattern = errors.New("outside the subset that RE2 and ECMA-262 read alike")

// patternOf checks a pattern and takes it apart where it is simple.
func patternOf(source string) (*ir.Pattern, error) {
	r := &reader{rest: source, sequence: true}
	if err := r.alternatives(0); err != nil {
		return nil, err
	}
	if _, err := regexp.Compile(source); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	p := &ir.Pattern{Source: source}
	if r.sequence && r.begins && r.ends && deterministic(r.steps) {
		p.Steps = r.steps
	} else if inner, found := optional(source); found {
		p.Steps, p.OrEmpty = inner.Steps, inner.Steps != nil
	}
	return p, nil
}

// optional returns the pattern that source, if it is one group between ^ and $, allows to be left out.
func optional(source string) (*ir.Pattern, bool) {
	inner, found := strings.CutPrefix(source, "^(")
	inner, whole := strings.CutSuffix(inner, ")?$")
	if !found || !whole {
		return nil, false
	}
	// An inner part that has groups of its own, or ends in an escaped parenthesis, is no sequence or no pattern.
	p, err := patternOf("^" + strings.TrimPrefix(inner, "?:") + "$")
	return p, err == nil
}

// reader reads a pattern from left to right.
type reader struct {
	rest string
	// sequence stays true while what has been read is a sequence of ASCII classes between ^ and $.
	sequence     bool
	begins, ends bool
	steps        []ir.Step
}

func refuse(what string) error { return fmt.Errorf("pattern: %s is %w", what, errPattern) }

// maxGroups bounds the nesting of groups.
const maxGroups = 20

// alternatives reads up to the end or the closing parenthesis, which it leaves.
func (r *reader) alternatives(depth int) error {
	if depth > maxGroups {
		return refuse("so deep a nesting of groups")
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
		return refuse("a parenthesis that nothing opens")
	}
	return nil
}

func (r *reader) term(depth int) error {
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

func (r *reader) anchor() error {
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
		return refuse("a repeated ^ or $")
	}
	return nil
}

func (r *reader) group(depth int) error {
	r.rest = r.rest[1:]
	if strings.HasPrefix(r.rest, "?") {
		if !strings.HasPrefix(r.rest, "?:") {
			return refuse("a group that begins with (?")
		}
		r.rest = r.rest[2:]
	}
	if err := r.alternatives(depth + 1); err != nil {
		return err
	}
	if r.rest == "" {
		return refuse("a group without an end")
	}
	r.rest = r.rest[1:]
	return nil
}

// atom reads one character or class.
func (r *reader) atom() (class, error) {
	switch c := r.rest[0]; c {
	case '\\':
		return r.escape(`^$\.*+?()[]{}|/`)
	case '[':
		return r.bracket()
	case '.', '*', '+', '?', '{', '}', ']':
		return class{}, refuse(strconv.Quote(string(c)) + " here")
	}
	char, size := utf8.DecodeRuneInString(r.rest)
	r.rest = r.rest[size:]
	return single(char), nil
}

// escape reads a backslash and what follows; literal are the characters that may be escaped for their own sake.
func (r *reader) escape(literal string) (class, error) {
	if len(r.rest) < 2 {
		return class{}, refuse("a backslash at the end")
	}
	c := r.rest[1]
	r.rest = r.rest[2:]
	switch c {
	case 'd', 'D', 'w', 'W':
		return shorthand(c), nil
	case 't', 'n', 'r', 'f', 'v':
		return single(map[byte]rune{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f', 'v': '\v'}[c]), nil
	}
	if strings.IndexByte(literal, c) < 0 {
		return class{}, refuse(`\` + string(rune(c)))
	}
	return single(rune(c)), nil
}

// bracket reads a class in brackets.
func (r *reader) bracket() (class, error) {
	r.rest = r.rest[1:]
	negated := strings.HasPrefix(r.rest, "^")
	if negated {
		r.rest = r.rest[1:]
	}
	set := class{ascii: true}
	for first := true; ; first = false {
		switch {
		case r.rest == "":
			return class{}, refuse("a class without an end")
		case r.rest[0] == ']' && first:
			return class{}, refuse("an empty class")
		case r.rest[0] == ']':
			r.rest = r.rest[1:]
			if negated {
				set.ascii = false
			}
			return set, nil
		}
		member, err := r.member()
		if err != nil {
			return class{}, err
		}
		set = set.union(member)
	}
}

// member reads one member of a class: a character, a range, or one of \d \D \w \W.
func (r *reader) member() (class, error) {
	low, err := r.classAtom()
	if err != nil {
		return class{}, err
	}
	if len(r.rest) < 2 || r.rest[0] != '-' || r.rest[1] == ']' {
		return low, nil
	}
	r.rest = r.rest[1:]
	high, err := r.classAtom()
	if err != nil {
		return class{}, err
	}
	if !low.one || !high.one {
		return class{}, refuse("a range of classes")
	}
	if high.char < low.char {
		return class{}, refuse("a range whose end comes before its beginning")
	}
	return span(low.char, high.char), nil
}

func (r *reader) classAtom() (class, error) {
	switch r.rest[0] {
	case '\\':
		return r.escape(`^$\.*+?()[]{}|/-`)
	case '[':
		return class{}, refuse("[ inside a class")
	}
	char, size := utf8.DecodeRuneInString(r.rest)
	r.rest = r.rest[size:]
	return single(char), nil
}

// maxRepeat is RE2's limit.
const maxRepeat = 1000

// repetition reads what may stand behind an atom; without anything it is exactly once. A high of -1 is no limit.
func (r *reader) repetition() (low, high int, err error) {
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
		return 0, 0, refuse("a repetition of a repetition, or a lazy one,")
	}
	return low, high, nil
}

// counts reads {n}, {n,} or {n,m} and leaves the closing brace.
func (r *reader) counts() (low, high int, err error) {
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
		return 0, 0, refuse("the repetition {" + inside + "}")
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
