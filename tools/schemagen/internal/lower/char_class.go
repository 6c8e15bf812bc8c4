package lower

import "seg.example/tools/schemagen/internal/ir"

// charClass is a set of characters. It holds the ASCII members exactly and only records whether
// there may be others.
type charClass struct {
	low, high uint64 // ASCII characters below 64 and from 64
	ascii     bool   // has only ASCII characters and is not negated
	one       bool   // has the single character char
	char      rune
}

func charClassOf(char rune) charClass {
	set := charRange(char, char)
	set.one, set.char = true, char
	return set
}

func charRange(from, to rune) charClass {
	set := charClass{ascii: to < 0x80}
	for c := from; c <= to && c < 0x80; c++ {
		set.add(byte(c))
	}
	return set
}

func (s *charClass) add(c byte) {
	if c < 64 {
		s.low |= 1 << c
	} else {
		s.high |= 1 << (c - 64)
	}
}

func (s charClass) has(c byte) bool {
	if c < 64 {
		return s.low&(1<<c) != 0
	}
	return s.high&(1<<(c-64)) != 0
}

func (s charClass) union(other charClass) charClass {
	return charClass{low: s.low | other.low, high: s.high | other.high, ascii: s.ascii && other.ascii}
}

// classEscape returns the class \\d, \\D, \\w or \\W. The negated ones include characters beyond
// ASCII.
func classEscape(letter byte) charClass {
	digits := charRange('0', '9')
	words := digits.union(charRange('A', 'Z')).union(charRange('a', 'z')).union(charRange('_', '_'))
	switch letter {
	case 'd':
		return digits
	case 'w':
		return words
	}
	return charClass{}
}

// ranges returns the ASCII members as sorted ranges.
func (s charClass) ranges() []ir.Range {
	var all []ir.Range
	for c := range byte(0x80) {
		if !s.has(c) {
			continue
		}
		if n := len(all); n > 0 && all[n-1].High+1 == c {
			all[n-1].High = c
			continue
		}
		all = append(all, ir.Range{Low: c, High: c})
	}
	return all
}

// deterministic reports whether greedy matching without backtracking gives the right result.
// Wherever a repetition may either continue or end, the next character must decide. So the class of
// each step with a variable count must share no character with the steps that may follow it, up to
// the first that is mandatory.
func deterministic(steps []ir.Step) bool {
	for i, step := range steps {
		if step.Min == step.Max {
			continue
		}
		for _, next := range steps[i+1:] {
			if next.Max == 0 {
				continue
			}
			if overlap(step.Ranges, next.Ranges) {
				return false
			}
			if next.Min > 0 {
				break
			}
		}
	}
	return true
}

func overlap(a, b []ir.Range) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Low <= y.High && y.Low <= x.High {
				return true
			}
		}
	}
	return false
}
