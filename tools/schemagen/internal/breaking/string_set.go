package breaking

import (
	"regexp/syntax"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// stringSet is the set of strings that a type accepts.
type stringSet struct {
	*ir.StringLimits

	// automata are the patterns that every accepted string matches: the type's pattern and that of
	// its format.
	automata []automaton
	// minLen and maxLen bound the length of the accepted strings in characters. They may be too
	// wide, but never too narrow. A maxLen of nil means unbounded.
	minLen int
	maxLen *int
	// empty: certainly no string is accepted.
	empty bool
}

// formatBounds says what is known about the strings of a format.
type formatBounds struct {
	pattern        string // matches every string of the format
	exact          bool   // every match is a string of the format
	minLen, maxLen int    // lengths in characters; maxLen 0: unbounded
}

// boundsOfFormats describes the formats approximately. The tests compare it with the validators of
// the formats.
func boundsOfFormats() map[ir.Format]formatBounds {
	const hex = "[0-9A-Fa-f]"
	return map[ir.Format]formatBounds{
		ir.FormatUUID: {pattern: "^" + hex + "{8}-" + hex + "{4}-" + hex + "{4}-" + hex + "{4}-" + hex + "{12}$", exact: true, minLen: 36, maxLen: 36},
		ir.FormatDateTime: {
			pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$`, minLen: 20,
		},
		ir.FormatURI:   {pattern: "^[A-Za-z][A-Za-z0-9+.-]*:", minLen: 2},
		ir.FormatEmail: {pattern: "(?s).@.", minLen: 3, maxLen: 254},
	}
}

// newStringSet computes the set that all limits allow together.
func newStringSet(l *ir.StringLimits) *stringSet {
	t := &stringSet{StringLimits: l, minLen: l.MinLength, maxLen: l.MaxLength}
	form := boundsOfFormats()[l.Format]
	t.minLen = max(t.minLen, form.minLen)
	if form.maxLen > 0 {
		t.maxLen = smallerMax(t.maxLen, &form.maxLen)
	}
	for _, source := range []string{patternOf(l), form.pattern} {
		if source == "" {
			continue
		}
		if a, err := newAutomaton(source); err == nil { // without it the set is only too large
			t.automata = append(t.automata, a)
		}
	}
	t.empty = t.maxLen != nil && *t.maxLen < t.minLen
	if len(t.automata) > 0 && !t.empty {
		t.findLengths()
	}
	return t
}

// smallerMax returns the smaller of two upper limits; nil means unbounded.
func smallerMax(a, b *int) *int {
	if a == nil || (b != nil && *b < *a) {
		return b
	}
	return a
}

// findLengths narrows minLen and maxLen to the lengths of matching strings.
func (t *stringSet) findLengths() {
	g, ok := buildProduct(t.automata, nil)
	if !ok {
		return
	}
	lengths := g.lengths(func(n node) bool { return n.acceptsInner }, t.minLen, t.maxLen)
	if !lengths.any {
		t.empty = true
		return
	}
	t.minLen, t.maxLen = lengths.min, lengths.max
}

// allMatch reports whether every accepted string certainly matches a pattern.
func (t *stringSet) allMatch(pattern string) bool {
	if pattern == "" || t.empty {
		return true
	}
	outer, err := newAutomaton(pattern)
	if err != nil {
		return false
	}
	g, ok := buildProduct(t.automata, &outer)
	if !ok {
		return false
	}
	return !g.lengths(func(n node) bool { return n.acceptsInner && !n.acceptsOuter }, t.minLen, t.maxLen).any
}

// allOfFormat reports whether every accepted string certainly has a format.
func (t *stringSet) allOfFormat(f ir.Format) bool {
	if f == ir.FormatNone || t.Format == f || t.empty {
		return true
	}
	if form := boundsOfFormats()[f]; form.exact {
		return t.allMatch(form.pattern)
	}
	all, ok := t.enumerate()
	return ok && !slices.ContainsFunc(all, func(s string) bool { return !acceptsString(&ir.StringLimits{Format: f}, s) })
}

// subsetOf reports whether outer certainly accepts every string of t.
func (t *stringSet) subsetOf(outer *stringSet) bool {
	return t.empty || t.minLen >= outer.MinLength && !exceeds(t.maxLen, outer.MaxLength) && t.allMatch(patternOf(outer.StringLimits)) && t.allOfFormat(outer.Format)
}

// exceeds reports whether upper limit a is higher than b; nil means unbounded.
func exceeds(a, b *int) bool { return b != nil && (a == nil || *a > *b) }

// enumerate returns all accepted strings. ok is false unless there are certainly at most maxValues.
func (t *stringSet) enumerate() (all []string, ok bool) {
	if t.empty || t.maxLen == nil {
		return nil, t.empty
	}
	if *t.maxLen == 0 {
		return t.filterAccepted([]string{""}), true
	}
	g, ok := buildProduct(t.automata, nil)
	if !ok {
		return nil, false
	}
	distances := g.distances(func(n node) bool { return n.acceptsInner })
	level := []prefix{{"", 0}}
	for length := 0; len(level) > 0 && length <= *t.maxLen; length++ {
		if length >= t.minLen {
			all = append(all, g.accepted(level)...)
		}
		level, ok = g.extend(level, func(at int) bool {
			left, ends := distances[at]
			return ends && length+1+left <= *t.maxLen
		})
		if !ok || len(all) > maxValues {
			return nil, false
		}
	}
	return t.filterAccepted(all), true
}

// prefix is the start of a string and the node that it leads to.
type prefix struct {
	text string
	at   int
}

// accepted returns the prefixes that are complete strings.
func (g *product) accepted(level []prefix) []string {
	var out []string
	for _, p := range level {
		if g.nodes[p.at].acceptsInner {
			out = append(out, p.text)
		}
	}
	return out
}

// extend returns the prefixes with one more character that lead to wanted nodes. ok is false if
// there are more than maxValues.
func (g *product) extend(level []prefix, wanted func(at int) bool) (next []prefix, ok bool) {
	for _, p := range level {
		for i, to := range g.nodes[p.at].next {
			if !wanted(to) {
				continue
			}
			if len(next)+g.ranges[i].count > maxValues {
				return nil, false
			}
			for r := range g.ranges[i].count {
				next = append(next, prefix{p.text + string(g.ranges[i].first+rune(r)), to})
			}
		}
	}
	return next, true
}

// filterAccepted returns the strings that are accepted.
func (t *stringSet) filterAccepted(all []string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return !acceptsString(t.StringLimits, s) })
}

// node is a state of the product automaton: the states of all automata after the same characters.
type node struct {
	acceptsInner bool  // a string that ends here matches all patterns of the inner type
	acceptsOuter bool  // a string that ends here matches the pattern of the outer type
	next         []int // the next node for each range; -1: the inner patterns can no longer match
}

// product is the product automaton of an inner type's patterns and an outer pattern. The first node
// is the start.
type product struct {
	nodes  []node
	ranges []runeRange
}

// maxWork bounds the number of visited states, so that an analysis takes some tenths of a second at
// most.
const maxWork = 2_000_000

// productBuilder builds a product automaton. The last automaton is the outer one, if there is one.
type productBuilder struct {
	automata []automaton
	inner    int // number of inner automata
	graph    *product
	queue    [][][]uint32 // the states of each automaton at each node
	known    map[string]int
	work     int
}

// buildProduct returns the product of the automata of an inner type and, if not nil, of an outer
// pattern. It reports false if that would take too long.
func buildProduct(inner []automaton, outer *automaton) (*product, bool) {
	e := productBuilder{automata: slices.Clone(inner), inner: len(inner), known: map[string]int{}}
	if outer != nil {
		e.automata = append(e.automata, *outer)
	}
	e.graph = &product{ranges: runeRanges(programs(e.automata)...)}
	start := make([][]uint32, len(e.automata))
	for i, a := range e.automata {
		start[i] = a.start()
	}
	e.queue = append(e.queue, start)
	for len(e.graph.nodes) < len(e.queue) {
		if e.work > maxWork {
			return nil, false
		}
		e.visit(len(e.graph.nodes))
	}
	return e.graph, true
}

// visit adds the next node of the queue to the product, and its successors to the queue.
func (e *productBuilder) visit(at int) {
	first := at == 0
	n := node{acceptsInner: true, acceptsOuter: true, next: make([]int, len(e.graph.ranges))}
	open := make([][]uint32, len(e.automata))
	for i, a := range e.automata {
		open[i] = a.closure(e.queue[at][i], position{begin: first})
		matches := a.matches(e.queue[at][i], first)
		if i < e.inner {
			n.acceptsInner = n.acceptsInner && matches
		} else {
			n.acceptsOuter = matches
		}
	}
	for i, l := range e.graph.ranges {
		n.next[i] = e.successor(open, l.first)
	}
	e.graph.nodes = append(e.graph.nodes, n)
}

// successor returns the node after a character, or -1 if the inner patterns can no longer match.
func (e *productBuilder) successor(open [][]uint32, letter rune) int {
	to := make([][]uint32, len(e.automata))
	var name strings.Builder
	for i, a := range e.automata {
		e.work += len(open[i]) + 1
		to[i] = a.step(open[i], letter)
		if i < e.inner && len(to[i]) == 0 {
			return -1
		}
		name.WriteString(stateKey(to[i]) + "|")
	}
	at, ok := e.known[name.String()]
	if !ok {
		at = len(e.queue)
		e.known[name.String()] = at
		e.queue = append(e.queue, to)
	}
	return at
}

// distances returns for each node the number of characters to the nearest node that satisfies a
// condition. Nodes without such a node are not in the result.
func (g *product) distances(wanted func(node) bool) map[int]int {
	behind := make([][]int, len(g.nodes))
	out := map[int]int{}
	var queue []int
	for i, n := range g.nodes {
		for _, to := range n.next {
			if to >= 0 {
				behind[to] = append(behind[to], i)
			}
		}
		if wanted(n) {
			out[i] = 0
			queue = append(queue, i)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, from := range behind[queue[0]] {
			if _, known := out[from]; !known {
				out[from] = out[queue[0]] + 1
				queue = append(queue, from)
			}
		}
	}
	return out
}

// lengthRange is the range of the lengths of some strings. any is false if there are none; max is
// nil if they are unbounded.
type lengthRange struct {
	any bool
	min int
	max *int
}

// lengths returns the lengths, within limits, of the strings that lead to nodes that satisfy a
// condition. If that would take too long, the result is wider than necessary.
func (g *product) lengths(wanted func(node) bool, from int, to *int) lengthRange {
	distances := g.distances(wanted)
	if _, found := distances[0]; !found {
		return lengthRange{}
	}
	// A longer string passes a node twice, so the strings have no maximal length.
	last := from + 2*len(g.nodes)
	if to != nil {
		last = *to
	}
	out := lengthRange{min: from}
	level := []int{0}
	for length, work := 0, 0; length <= last && len(level) > 0; length++ {
		if length >= from && slices.ContainsFunc(level, func(at int) bool { return wanted(g.nodes[at]) }) {
			if !out.any {
				out.any, out.min = true, length
			}
			out.max = new(length)
		}
		if work += len(g.nodes) * (len(g.ranges) + 1); work > maxWork {
			return lengthRange{any: true, min: out.min, max: to}
		}
		level = g.successors(level, distances)
	}
	if to == nil && len(level) > 0 {
		out.max = nil
	}
	return out
}

// successors returns the nodes one character after level that are in among.
func (g *product) successors(level []int, among map[int]int) []int {
	reached := make([]bool, len(g.nodes))
	var out []int
	for _, at := range level {
		for _, to := range g.nodes[at].next {
			if _, ok := among[to]; ok && !reached[to] {
				reached[to] = true
				out = append(out, to)
			}
		}
	}
	return out
}

func programs(all []automaton) []*syntax.Prog {
	out := make([]*syntax.Prog, 0, len(all))
	for _, a := range all {
		out = append(out, a.prog)
	}
	return out
}
