package lower

import "seg.example/tools/schemagen/internal/ir"

// class is a set of characters. Of characters beyond ASCII it only knows that there are some.
type class struct {
	low, high uint64 // ASCII characters below 64 and from 64
	ascii     bool   // has no characters beyond ASCII, and is not negated
	one       bool   // is the single character char
	char      rune
}

func single(char rune) class {
	set := span(char, char)
	set.one, set.char = true, char
	return set
}

func span(from, to rune) class {
	set := class{ascii: to < 0x80}
	for c := from; c <= to && c < 0x80; c++ {
		set.add(byte(c))
	}
	return set
}

func (s *class) add(c byte) {
	if c < 64 {
		s.low |= 1 << c
	} else {
		s.high |= 1 << (c - 64)
	}
}

func (s class) has(c byte) bool {
	if c < 64 {
		return s.low&(1<<c) != 0
	}
	return s.high&(1<<(c-64)) != 0
}

func (s class) union(other class) class {
	return class{low: s.low | other.low, high: s.high | other.high, ascii: s.ascii && other.ascii}
}

// shorthand is one of \d \D \w \W; the capital ones reach beyond ASCII.
func shorthand(letter byte) class {
	digits := span('0', '9')
	words := digits.union(span('A', 'Z')).union(span('a', 'z')).union(span('_', '_'))
	switch letter {
	case 'd':
		return digits
	case 'w':
		return words
	}
	return class{}
}

// ranges writes the set as sorted ranges.
func (s class) ranges() []ir.Range {
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

// deterministic reports whether greedy matching without backtracking decides the sequence rightly: wherever a repetition may
// either go on or end, the next character must say which. That is so when the class of each step whose count is not fixed shares
// no character with what may come next: the following steps up to the first that must occur.
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
