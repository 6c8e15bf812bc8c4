package breaking

import (
	"regexp/syntax"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// texts is the set of strings that a type accepts.
type texts struct {
	*ir.StringLimits

	// automata are the patterns that every accepted string matches: the type's own and that of its format.
	automata []automaton
	// least and most are the lengths of the shortest and the longest accepted string in characters, as far as they are known: an
	// accepted string is never shorter or longer. A most of nil is no limit.
	least int
	most  *int
	// empty: no string is accepted, for certain.
	empty bool
}

// formatForm is what is known of the strings of a format.
type formatForm struct {
	pattern     string // every string of the format matches it
	exact       bool   // every string that matches is of the format
	least, most int    // lengths in characters; most 0: unlimited
}

// formatForms are shorter than the readers of formats, which the tests hold them against.
func formatForms() map[ir.Format]formatForm {
	const hex = "[0-9A-Fa-f]"
	return map[ir.Format]formatForm{
		ir.FormatUUID: {pattern: "^" + hex + "{8}-" + hex + "{4}-" + hex + "{4}-" + hex + "{4}-" + hex + "{12}$", exact: true, least: 36, most: 36},
		ir.FormatDateTime: {
			pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$`, least: 20,
		},
		ir.FormatURI:   {pattern: "^[A-Za-z][A-Za-z0-9+.-]*:", least: 2},
		ir.FormatEmail: {pattern: "(?s).@.", least: 3, most: 254},
	}
}

// newTexts works out what limits leave together.
func newTexts(l *ir.StringLimits) *texts {
	t := &texts{StringLimits: l, least: l.MinLength, most: l.MaxLength}
	form := formatForms()[l.Format]
	t.least = max(t.least, form.least)
	if form.most > 0 {
		t.most = least(t.most, &form.most)
	}
	for _, source := range []string{patternOf(l), form.pattern} {
		if source == "" {
			continue
		}
		if a, err := newAutomaton(source); err == nil { // without it, the set only grows
			t.automata = append(t.automata, a)
		}
	}
	t.empty = t.most != nil && *t.most < t.least
	if len(t.automata) > 0 && !t.empty {
		t.findLengths()
	}
	return t
}

// least is the smaller of two upper limits, of which nil is none.
func least(a, b *int) *int {
	if a == nil || (b != nil && *b < *a) {
		return b
	}
	return a
}

// findLengths narrows the lengths to those that strings have which match.
func (t *texts) findLengths() {
	g, ok := explore(t.automata, nil)
	if !ok {
		return
	}
	lengths := g.lengths(func(n node) bool { return n.inside }, t.least, t.most)
	if !lengths.any {
		t.empty = true
		return
	}
	t.least, t.most = lengths.least, lengths.most
}

// match reports whether it is certain that every accepted string matches a pattern.
func (t *texts) match(pattern string) bool {
	if pattern == "" || t.empty {
		return true
	}
	outer, err := newAutomaton(pattern)
	if err != nil {
		return false
	}
	g, ok := explore(t.automata, &outer)
	if !ok {
		return false
	}
	return !g.lengths(func(n node) bool { return n.inside && !n.outside }, t.least, t.most).any
}

// ofFormat reports whether it is certain that every accepted string is of a format.
func (t *texts) ofFormat(f ir.Format) bool {
	if f == ir.FormatNone || t.Format == f || t.empty {
		return true
	}
	if form := formatForms()[f]; form.exact {
		return t.match(form.pattern)
	}
	all, ok := t.words()
	return ok && !slices.ContainsFunc(all, func(s string) bool { return !admitsText(&ir.StringLimits{Format: f}, s) })
}

// within reports whether it is certain that the strings are among those of another type.
func (t *texts) within(outer *texts) bool {
	return t.empty || t.least >= outer.MinLength && !exceeds(t.most, outer.MaxLength) && t.match(patternOf(outer.StringLimits)) && t.ofFormat(outer.Format)
}

// exceeds reports whether one upper limit is above another; nil is none.
func exceeds(a, b *int) bool { return b != nil && (a == nil || *a > *b) }

// words returns all accepted strings, if it is certain that they are at most maxValues.
func (t *texts) words() (all []string, ok bool) {
	if t.empty || t.most == nil {
		return nil, t.empty
	}
	if *t.most == 0 {
		return t.only([]string{""}), true
	}
	g, ok := explore(t.automata, nil)
	if !ok {
		return nil, false
	}
	distances := g.distances(func(n node) bool { return n.inside })
	level := []prefix{{"", 0}}
	for length := 0; len(level) > 0 && length <= *t.most; length++ {
		if length >= t.least {
			all = append(all, g.ends(level)...)
		}
		level, ok = g.longer(level, func(at int) bool {
			left, ends := distances[at]
			return ends && length+1+left <= *t.most
		})
		if !ok || len(all) > maxValues {
			return nil, false
		}
	}
	return t.only(all), true
}

// prefix is how a string begins, and the node that it leads to.
type prefix struct {
	text string
	at   int
}

// ends returns the strings that may end where they have led.
func (g *graph) ends(level []prefix) []string {
	var out []string
	for _, p := range level {
		if g.nodes[p.at].inside {
			out = append(out, p.text)
		}
	}
	return out
}

// longer returns strings of one letter more that lead to wanted nodes; it reports false when they are more than maxValues.
func (g *graph) longer(level []prefix, wanted func(at int) bool) (next []prefix, ok bool) {
	for _, p := range level {
		for i, to := range g.nodes[p.at].next {
			if !wanted(to) {
				continue
			}
			if len(next)+g.letters[i].count > maxValues {
				return nil, false
			}
			for r := range g.letters[i].count {
				next = append(next, prefix{p.text + string(g.letters[i].first+rune(r)), to})
			}
		}
	}
	return next, true
}

// only leaves of some strings those that are accepted.
func (t *texts) only(all []string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return !admitsText(t.StringLimits, s) })
}

// node is a place that all automata can be at together after the same characters.
type node struct {
	inside  bool  // a string that ends here matches all patterns of the inner type
	outside bool  // and that of the outer one
	next    []int // the nodes behind each range of letters; -1: no inner pattern can be matched any more
}

// graph is all such places; the first is where every string begins.
type graph struct {
	nodes   []node
	letters []letters
}

// maxWork bounds what looking at patterns may take, in states looked at: some tenths of a second.
const maxWork = 2_000_000

// explorer runs automata side by side over all strings at once. The last one is the outer one, if there is any.
type explorer struct {
	automata []automaton
	inner    int // how many are not
	graph    *graph
	queue    [][][]uint32 // the states of each automaton at each node
	known    map[string]int
	work     int
}

// explore returns the graph of the automata of an inner type, and of an outer one if there is any. It reports false when that would take
// too long.
func explore(inner []automaton, outer *automaton) (*graph, bool) {
	e := explorer{automata: slices.Clone(inner), inner: len(inner), known: map[string]int{}}
	if outer != nil {
		e.automata = append(e.automata, *outer)
	}
	e.graph = &graph{letters: alphabet(programs(e.automata)...)}
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

// visit adds the next node of the queue to the graph, and to the queue what lies behind it.
func (e *explorer) visit(at int) {
	first := at == 0
	n := node{inside: true, outside: true, next: make([]int, len(e.graph.letters))}
	open := make([][]uint32, len(e.automata))
	for i, a := range e.automata {
		open[i] = a.closure(e.queue[at][i], context{begin: first})
		matches := a.matches(e.queue[at][i], first)
		if i < e.inner {
			n.inside = n.inside && matches
		} else {
			n.outside = matches
		}
	}
	for i, l := range e.graph.letters {
		n.next[i] = e.behind(open, l.first)
	}
	e.graph.nodes = append(e.graph.nodes, n)
}

// behind returns the node behind a letter, or -1 when no inner pattern can be matched any more.
func (e *explorer) behind(open [][]uint32, letter rune) int {
	to := make([][]uint32, len(e.automata))
	var name strings.Builder
	for i, a := range e.automata {
		e.work += len(open[i]) + 1
		to[i] = a.step(open[i], letter)
		if i < e.inner && len(to[i]) == 0 {
			return -1
		}
		name.WriteString(key(to[i]) + "|")
	}
	at, ok := e.known[name.String()]
	if !ok {
		at = len(e.queue)
		e.known[name.String()] = at
		e.queue = append(e.queue, to)
	}
	return at
}

// distances returns how many letters lie between each node and the next one that satisfies a condition; nodes from which there is none are
// not in the result.
func (g *graph) distances(wanted func(node) bool) map[int]int {
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

// span is the lengths of some strings: whether there are any, the shortest, and the longest, which is nil where there is none.
type span struct {
	any   bool
	least int
	most  *int
}

// lengths returns the lengths, within limits, of the strings that lead to nodes that satisfy a condition. Where that would take too
// long, the result is wider than the truth.
func (g *graph) lengths(wanted func(node) bool, from int, to *int) span {
	distances := g.distances(wanted)
	if _, found := distances[0]; !found {
		return span{}
	}
	// After from and as many steps as there are nodes, a node has been passed twice: strings of the kind grow without end.
	last := from + 2*len(g.nodes)
	if to != nil {
		last = *to
	}
	out := span{least: from}
	level := []int{0}
	for length, work := 0, 0; length <= last && len(level) > 0; length++ {
		if length >= from && slices.ContainsFunc(level, func(at int) bool { return wanted(g.nodes[at]) }) {
			if !out.any {
				out.any, out.least = true, length
			}
			out.most = new(length)
		}
		if work += len(g.nodes) * (len(g.letters) + 1); work > maxWork {
			return span{any: true, least: out.least, most: to}
		}
		level = g.behind(level, distances)
	}
	if to == nil && len(level) > 0 {
		out.most = nil
	}
	return out
}

// behind returns the nodes one letter behind some, as far as they are among others.
func (g *graph) behind(level []int, among map[int]int) []int {
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
