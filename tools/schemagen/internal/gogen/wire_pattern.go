package gogen

import (
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// matcherName returns the name of the function that matches p. Equal patterns share a function.
func (g *wireEmitter) matcherName(p *ir.Pattern) string {
	if name, ok := g.matchers[p.Source]; ok {
		return name
	}
	g.patterns = append(g.patterns, p)
	name := "match" + strconv.Itoa(len(g.patterns))
	g.matchers[p.Source] = name
	return name
}

// patternFile prints the matchers; nil if there are none.
func (g *wireEmitter) patternFile() []byte {
	if len(g.patterns) == 0 {
		return nil
	}
	w := emit.New("\t")
	for _, p := range g.patterns {
		if len(p.Steps) == 0 {
			w.P("import \"regexp\"")
			w.P()
			break
		}
	}
	classes := &classTables{names: map[string]string{}}
	for i, p := range g.patterns {
		n := strconv.Itoa(i + 1)
		if len(p.Steps) == 0 {
			w.P("var pattern", n, " = regexp.MustCompile(", quote(p.Source), ")")
			w.P()
			w.P("func match", n, "(s string) bool { return pattern", n, ".MatchString(s) }")
			w.P()
			continue
		}
		w.P("// match", n, " is ", strconv.Quote(p.Source), ".")
		w.In("func match", n, "(s string) bool {")
		if p.OrEmpty {
			w.In(`if s == "" {`)
			w.P("return true")
			w.Out("}")
		}
		w.P("i := 0")
		for j, step := range p.Steps {
			matchStep(w, classes, "n"+strconv.Itoa(j+1), step)
		}
		w.P("return i == len(s)")
		w.Out("}")
		w.P()
	}
	classes.print(w)
	return w.Bytes()
}

// classTables are the character classes that are implemented by lookup tables.
type classTables struct {
	names map[string]string // by their ranges
	order []string
}

// maxInlineRanges is the maximal number of ranges that a class compares instead of using a table.
const maxInlineRanges = 1

// condition returns the condition that s[i] is in one of the ranges.
func (c *classTables) condition(ranges []ir.Range) string {
	if len(ranges) <= maxInlineRanges {
		return rangesCondition(ranges)
	}
	var ends []byte
	for _, r := range ranges {
		ends = append(ends, r.Low, r.High)
	}
	name, there := c.names[string(ends)]
	if !there {
		c.order = append(c.order, string(ends))
		name = "class" + strconv.Itoa(len(c.order))
		c.names[string(ends)] = name
	}
	return name + "[s[i]]"
}

func (c *classTables) print(w *emit.Writer) {
	for _, ends := range c.order {
		w.P("var ", c.names[ends], " = classOf(", strconv.Quote(ends), ")")
		w.P()
	}
}

// matchStep prints the greedy matching of one step, from s[i].
func matchStep(w *emit.Writer, classes *classTables, n string, step ir.Step) {
	if step.Min == 1 && step.Max == 1 {
		w.In("if i >= len(s) || !(", classes.condition(step.Ranges), ") {")
		w.P("return false")
		w.Out("}")
		w.P("i++")
		return
	}
	w.P(n, " := i")
	bound := ""
	if step.Max >= 0 {
		bound = "i-" + n + " < " + strconv.Itoa(step.Max) + " && "
	}
	w.In("for ", bound, "i < len(s) && (", classes.condition(step.Ranges), ") {")
	w.P("i++")
	w.Out("}")
	if step.Min > 0 {
		w.In("if i-", n, " < ", step.Min, " {")
		w.P("return false")
		w.Out("}")
	} else {
		w.P("_ = ", n)
	}
}

// rangesCondition returns the comparison of s[i] with the ranges.
func rangesCondition(ranges []ir.Range) string {
	var all []string
	for _, r := range ranges {
		low, high := strconv.QuoteRune(rune(r.Low)), strconv.QuoteRune(rune(r.High))
		if r.Low == r.High {
			all = append(all, "s[i] == "+low)
			continue
		}
		all = append(all, "s[i] >= "+low+" && s[i] <= "+high)
	}
	return strings.Join(all, " || ")
}
