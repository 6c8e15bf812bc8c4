package breaking

import (
	"encoding/binary"
	"fmt"
	"regexp/syntax"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// comparePatterns decides exactly whether all strings that one type accepts match the pattern of
// the other. If that would take too long, the change counts as both stricter and looser.
func comparePatterns(a, b *stringSet) (lost, gained string) {
	if patternOf(a.StringLimits) == patternOf(b.StringLimits) {
		return "", ""
	}
	text := fmt.Sprintf("pattern was %s and is %s", patternText(a.StringLimits), patternText(b.StringLimits))
	if !a.allMatch(patternOf(b.StringLimits)) {
		lost = text
	}
	if !b.allMatch(patternOf(a.StringLimits)) {
		gained = text
	}
	return lost, gained
}

// patternOf returns the pattern as a regular expression; empty if there is none.
func patternOf(l *ir.StringLimits) string {
	if l.Pattern == nil {
		return ""
	}
	return l.Pattern.Source
}

func patternText(l *ir.StringLimits) string {
	if l.Pattern == nil {
		return "none"
	}
	return truncate(l.Pattern.Source)
}

// automaton is a regular expression as a nondeterministic automaton. It accepts all strings that
// contain a match.
type automaton struct{ prog *syntax.Prog }

// newAutomaton compiles an expression that may match anywhere in a string.
func newAutomaton(source string) (automaton, error) {
	parsed, err := syntax.Parse(`(?s:.*)(?:`+source+`)(?s:.*)`, syntax.Perl)
	if err != nil {
		return automaton{}, fmt.Errorf("parse pattern: %w", err)
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return automaton{}, fmt.Errorf("compile pattern: %w", err)
	}
	return automaton{prog}, nil
}

// position says whether a place in a string is its start or its end.
type position struct{ begin, end bool }

func (a automaton) start() []uint32 { return []uint32{uint32(a.prog.Start)} }

// matches reports whether a string that ends in one of these states is accepted.
func (a automaton) matches(states []uint32, begin bool) bool {
	return slices.ContainsFunc(a.closure(states, position{begin: begin, end: true}), func(pc uint32) bool {
		return a.prog.Inst[pc].Op == syntax.InstMatch
	})
}

// closure returns the states that are reachable without reading a character and that either read
// one or accept; sorted.
func (a automaton) closure(states []uint32, at position) []uint32 {
	var out []uint32
	seen := make([]bool, len(a.prog.Inst))
	todo := slices.Clone(states)
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := &a.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, inst.Out)
		case syntax.InstEmptyWidth:
			if at.satisfies(syntax.EmptyOp(inst.Arg)) {
				todo = append(todo, inst.Out)
			}
		case syntax.InstMatch, syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			out = append(out, pc)
		case syntax.InstFail:
		}
	}
	slices.Sort(out)
	return out
}

// satisfies reports whether an anchor holds. Package lower accepts no anchors but ^ and $.
func (c position) satisfies(op syntax.EmptyOp) bool {
	const anchors = syntax.EmptyBeginText | syntax.EmptyEndText
	return op&^anchors == 0 && (op&syntax.EmptyBeginText == 0 || c.begin) && (op&syntax.EmptyEndText == 0 || c.end)
}

// step returns the states after a character; sorted.
func (a automaton) step(open []uint32, r rune) []uint32 {
	var out []uint32
	for _, pc := range open {
		inst := &a.prog.Inst[pc]
		if inst.Op != syntax.InstMatch && inst.MatchRune(r) && !slices.Contains(out, inst.Out) {
			out = append(out, inst.Out)
		}
	}
	slices.Sort(out)
	return out
}

// stateKey returns a map key for a set of states.
func stateKey(states []uint32) string {
	var out []byte
	for _, s := range states {
		out = binary.AppendUvarint(out, uint64(s))
	}
	return string(out)
}

// runeRange is a range of characters that the automata do not distinguish.
type runeRange struct {
	first rune
	count int
}

// runeRanges splits all characters into such ranges.
func runeRanges(programs ...*syntax.Prog) []runeRange {
	const surrogates, afterSurrogates, end = 0xD800, 0xE000, 0x10FFFF + 1
	edges := []rune{0, surrogates, afterSurrogates, end}
	for _, p := range programs {
		for i := range p.Inst {
			inst := &p.Inst[i]
			switch inst.Op {
			case syntax.InstRune, syntax.InstRune1:
				for j := 0; j < len(inst.Rune); j += 2 {
					low, high := inst.Rune[j], inst.Rune[min(j+1, len(inst.Rune)-1)]
					edges = append(edges, low, high+1)
				}
			case syntax.InstRuneAnyNotNL:
				edges = append(edges, '\n', '\n'+1)
			case syntax.InstAlt, syntax.InstAltMatch, syntax.InstCapture, syntax.InstEmptyWidth, syntax.InstMatch,
				syntax.InstFail, syntax.InstNop, syntax.InstRuneAny:
			}
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var all []runeRange
	for i, edge := range edges[:len(edges)-1] {
		if edge < surrogates || edge >= afterSurrogates { // surrogates are not characters
			all = append(all, runeRange{edge, int(edges[i+1] - edge)})
		}
	}
	return all
}
