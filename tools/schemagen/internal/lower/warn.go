package lower

import (
	"math/big"
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/inhabited"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// Warn reports schemas that can be generated but are harmful: integers that JavaScript rounds, and
// types that have no finite value. Lint includes these findings.
func Warn(c *ir.Contract) schema.Problems {
	w := &warner{warned: map[ir.Pos]bool{}}
	for _, t := range c.Types {
		w.walkIntegers(t.Name, t)
	}
	w.warnUninhabited(c)
	return w.found.Sorted()
}

type warner struct {
	found  schema.Problems
	warned map[ir.Pos]bool // places of integers that have been reported; an inline type may be used several times
}

// maxSafeInteger is JavaScript's Number.MAX_SAFE_INTEGER: a float64 represents all integers up to
// it exactly.
const maxSafeInteger = 1<<53 - 1

// walkIntegers reports unsafe integers in t, whose place is path. Named types are checked under
// their own names.
func (w *warner) walkIntegers(path string, t *ir.Type) {
	switch t.Kind {
	case ir.Integer:
		w.warnInteger(path, t)
	case ir.Const:
		w.warnConstant(path, t, *t.Const)
	case ir.Array:
		w.walkIntegers(path+"[]", t.Array.Item)
	case ir.Object:
		for _, f := range t.Object.Fields {
			w.walkIntegers(path+"."+f.Name, f.Type)
		}
		if t.Object.Extra != nil {
			w.walkIntegers(path+"{}", t.Object.Extra)
		}
	case ir.Map:
		w.walkIntegers(path+"{}", t.Map.Value)
	case ir.Raw:
		for _, part := range []*ir.Type{t.Raw.Number, t.Raw.Array, t.Raw.Object} {
			if part != nil && len(t.Raw.Enum) == 0 {
				w.walkIntegers(path, part)
			}
		}
		for _, v := range t.Raw.Enum {
			w.warnConstant(path, t, v)
		}
	case ir.Boolean, ir.Number, ir.String, ir.Enum, ir.Union, ir.Ref, ir.Null:
	}
}

func (w *warner) warnInteger(path string, t *ir.Type) {
	var missing []string
	if t.Integer.Min == nil || *t.Integer.Min < -maxSafeInteger {
		missing = append(missing, `"minimum": -9007199254740991`)
	}
	if t.Integer.Max == nil || *t.Integer.Max > maxSafeInteger {
		missing = append(missing, `"maximum": 9007199254740991`)
	}
	if len(missing) == 0 || w.warned[t.Pos] {
		return
	}
	w.warned[t.Pos] = true
	w.found.Add(t.Pos, "integer %s may exceed 2^53, where TypeScript rounds it silently: add %s (or stricter limits), "+
		`or make it a string ("pattern": "^-?[0-9]{1,19}$")`, path, strings.Join(missing, " and "))
}

// warnConstant reports a constant or an enum value that is an unsafe integer.
func (w *warner) warnConstant(path string, t *ir.Type, v ir.Value) {
	n, ok := new(big.Int).SetString(v.JSON, 10)
	if !ok || n.CmpAbs(big.NewInt(maxSafeInteger)) <= 0 || w.warned[t.Pos] {
		return
	}
	w.warned[t.Pos] = true
	w.found.Add(t.Pos, "%s may be %s, which TypeScript rounds silently: make it a string", path, v.JSON)
}

// warnUninhabited reports types that have no finite value because they require themselves, and
// messages that require such a type.
func (w *warner) warnUninhabited(c *ir.Contract) {
	depths := inhabited.Analyze(c)
	for _, t := range c.Types {
		if path := depths.Cycle(t); path != nil {
			w.found.Add(t.Pos, "%s requires itself through %s, so it has no finite value and a message that requires it can never be "+
				"sent: make one of these properties optional, or let it be null or empty", t.Name, strings.Join(path, "."))
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
		if _, finite := depths.Of(t); finite || messages[t] == "" || depths.Cycle(t) != nil {
			continue
		}
		path, next := depths.Requires(t)
		w.found.Add(t.Pos, "%s can never be sent: its %s is %s, which has no finite value", messages[t], strings.Join(path, "."), constraintdoc.WithArticle(next.Name))
	}
}
