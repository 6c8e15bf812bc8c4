package lower

import (
	"math/big"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/phrase"
	"seg.example/tools/schemagen/internal/rank"
	"seg.example/tools/schemagen/internal/schema"
)

// Warn finds what can be generated and yet does harm that nobody notices: integers that TypeScript rounds, and types of which there is no
// value. Lint finds the same.
func Warn(c *ir.Contract) schema.Problems {
	w := &warner{seen: map[ir.Pos]bool{}}
	for _, t := range c.Types {
		w.integers(t.Name, t)
	}
	w.endless(c)
	return w.found.Sorted()
}

type warner struct {
	found schema.Problems
	seen  map[ir.Pos]bool // places of integers: one without a name may be used several times
}

// safe is the greatest integer up to which a float64, and so a number in TypeScript, holds every one.
const safe = 1<<53 - 1

// integers looks for integers in a type that stands at path, itself included. What has a name of its own is looked at under that.
func (w *warner) integers(path string, t *ir.Type) {
	switch t.Kind {
	case ir.Integer:
		w.integer(path, t)
	case ir.Const:
		w.constant(path, t, *t.Const)
	case ir.Array:
		w.integers(path+"[]", t.Array.Item)
	case ir.Object:
		for _, f := range t.Object.Fields {
			w.integers(path+"."+f.Name, f.Type)
		}
		if t.Object.Extra != nil {
			w.integers(path+"{}", t.Object.Extra)
		}
	case ir.Map:
		w.integers(path+"{}", t.Map.Value)
	case ir.Raw:
		for _, part := range []*ir.Type{t.Raw.Number, t.Raw.Array, t.Raw.Object} {
			if part != nil && len(t.Raw.Enum) == 0 {
				w.integers(path, part)
			}
		}
		for _, v := range t.Raw.Enum {
			w.constant(path, t, v)
		}
	case ir.Boolean, ir.Number, ir.String, ir.Enum, ir.Union, ir.Ref, ir.Null:
	}
}

func (w *warner) integer(path string, t *ir.Type) {
	var wanting []string
	if t.Integer.Min == nil || *t.Integer.Min < -safe {
		wanting = append(wanting, `"minimum": -9007199254740991`)
	}
	if t.Integer.Max == nil || *t.Integer.Max > safe {
		wanting = append(wanting, `"maximum": 9007199254740991`)
	}
	if len(wanting) == 0 || w.seen[t.Pos] {
		return
	}
	w.seen[t.Pos] = true
	w.found.Add(t.Pos, "integer %s may be beyond 2^53, where TypeScript rounds it without a word: write %s, or what is nearer to 0, or make it a "+
		`string ("pattern": "^-?[0-9]{1,19}$")`, path, strings.Join(wanting, " and "))
}

// constant looks at a value that is known beforehand.
func (w *warner) constant(path string, t *ir.Type, v ir.Value) {
	n, ok := new(big.Int).SetString(v.JSON, 10)
	if !ok || n.CmpAbs(big.NewInt(safe)) <= 0 || w.seen[t.Pos] {
		return
	}
	w.seen[t.Pos] = true
	w.found.Add(t.Pos, "%s may be %s, which TypeScript rounds without a word: make it a string", path, v.JSON)
}

// endless looks for types of which there is no value, since each holds another, and for messages that need one.
func (w *warner) endless(c *ir.Contract) {
	ranks := rank.Of(c)
	for _, t := range c.Types {
		if way := ranks.Loop(t); way != nil {
			w.found.Add(t.Pos, "%s requires itself, by %s, and so on without an end: there is no value of it, so whatever requires it can never be "+
				"sent. Take one of these out of \"required\", or let it be null or empty", t.Name, strings.Join(way, "."))
		}
	}
	messages := map[*ir.Type]string{}
	for _, r := range c.Requests() {
		messages[r.Type] = "request " + r.Wire
	}
	for _, b := range c.Broadcasts {
		messages[b.Type] = "broadcast " + b.Wire
	}
	for _, f := range c.Frames {
		messages[f.Type] = "frame " + f.Wire
	}
	for _, t := range c.Types {
		if _, ends := ranks.Of(t); ends || messages[t] == "" || ranks.Loop(t) != nil {
			continue
		}
		way, next := ranks.Needs(t)
		w.found.Add(t.Pos, "%s can never be sent: its %s is %s, of which there is no value", messages[t], strings.Join(way, "."), phrase.A(next.Name))
	}
}
