package difftest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"pgregory.net/rapid"
)

// node is a JSON value and the constraints that it was drawn from.
type node struct {
	view  *view
	kind  string // of JSON Schema: "null", "boolean", "integer", "number", "string", "array", "object"
	text  string // of a scalar: as JSON
	names []string
	kids  []*node // of an array or, beside names, of an object
}

// deep is from where on what may be absent is left out, so that recursive types end.
const deep = 5

// deepest is where the drawing ends in any case, with null: there are types of which there is no value.
const deepest = 10

// pen draws values.
type pen struct {
	*rapid.T
	sure map[string]bool // locations of the properties that are never left out
}

// draw draws a value that s accepts.
func draw(t pen, s *jsonschema.Schema, depth int) *node {
	s, nullable := choose(t.T, s, depth)
	v := viewOf(s)
	v.nullable = nullable
	if depth > deepest {
		return &node{view: v, kind: "null", text: "null"}
	}
	switch {
	case v.constant != nil:
		return literal(v, *v.constant)
	case len(v.enum) > 0:
		return literal(v, rapid.SampledFrom(v.enum).Draw(t.T, "member"))
	}
	kinds := v.types
	if len(kinds) == 0 {
		kinds = []string{"null", "boolean", "integer", "string", "array", "object"}
	}
	if depth > deep && slices.Contains(kinds, "null") {
		kinds = []string{"null"}
	}
	n := &node{view: v, kind: rapid.SampledFrom(kinds).Draw(t.T, "kind")}
	switch n.kind {
	case "null":
		n.text = "null"
	case "boolean":
		n.text = strconv.FormatBool(rapid.Bool().Draw(t.T, "boolean"))
	case "integer":
		n.text = strconv.FormatInt(drawInteger(t.T, v), 10)
	case "number":
		n.text = drawNumber(t.T, v)
	case "string":
		n.text = quote(drawString(t.T, v))
	case "array":
		n.drawItems(t, depth)
	case "object":
		n.drawMembers(t, depth)
	}
	return n
}

// choose follows references, and one of the branches where there are several: the last one, by custom null, when it is deep.
// nullable says that null was among them.
func choose(t *rapid.T, s *jsonschema.Schema, depth int) (chosen *jsonschema.Schema, nullable bool) {
	for s != nil && (s.Ref != nil || len(s.OneOf) > 0) {
		if s.Ref != nil {
			s = s.Ref
			continue
		}
		for _, branch := range s.OneOf {
			nullable = nullable || slices.Equal(branch.Types, []string{"null"})
		}
		i := len(s.OneOf) - 1
		if depth <= deep {
			i = rapid.IntRange(0, i).Draw(t, "branch")
		}
		s = s.OneOf[i]
	}
	return s, nullable
}

// literal is the node of a value that a schema spells out.
func literal(v *view, value any) *node {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it has been read from JSON
	}
	n := &node{view: v, text: string(text), kind: "number"}
	switch value.(type) {
	case nil:
		n.kind = "null"
	case bool:
		n.kind = "boolean"
	case string:
		n.kind = "string"
	}
	return n
}

func quote(s string) string {
	text, _ := json.Marshal(s) // a string does not fail
	return string(text)
}

// safe is the greatest integer that every reader of JSON holds exactly.
const safe = 1<<53 - 1

func drawInteger(t *rapid.T, v *view) int64 {
	low, high := v.integers()
	if v.multipleOf == nil {
		return rapid.Int64Range(low, high).Draw(t, "integer")
	}
	of := v.multipleOf.Num().Int64() // integers that a fraction in lowest terms divides are multiples of its numerator
	return of * rapid.Int64Range(-floorDiv(-low, of), floorDiv(high, of)).Draw(t, "factor")
}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y != 0 && x < 0 {
		q--
	}
	return q
}

func drawNumber(t *rapid.T, v *view) string {
	low, high := v.numbers()
	if v.multipleOf != nil {
		of, _ := v.multipleOf.Float64()
		factor := rapid.Int64Range(int64(math.Ceil(low/of)), int64(math.Floor(high/of))).Draw(t, "factor")
		exact := new(big.Rat).Mul(v.multipleOf, new(big.Rat).SetInt64(factor))
		return exact.FloatString(18)
	}
	inside := func(x float64) bool {
		exact := new(big.Rat).SetFloat64(x)
		return (v.exclusiveMinimum == nil || exact.Cmp(v.exclusiveMinimum) > 0) &&
			(v.exclusiveMaximum == nil || exact.Cmp(v.exclusiveMaximum) < 0)
	}
	return strconv.FormatFloat(rapid.Float64Range(low, high).Filter(inside).Draw(t, "number"), 'g', -1, 64)
}

// letters are what strings without a pattern are made of: what is escaped, what has one to four bytes, what is easily mistaken.
var letters = []rune("abcXYZ019 _-:./\\\"\n\t\x00\x1f\x7fäßПривет€\u2028\ufffd😀𝄞") //nolint:gochecknoglobals // a table

func drawString(t *rapid.T, v *view) string {
	low, high := max(v.minLength, 0), v.maxLength
	if high < 0 || high > low+40 {
		high = low + 40
	}
	switch {
	case v.coerce:
		return strconv.FormatInt(drawInteger(t, v), 10)
	case v.pattern != "":
		return rapid.StringMatching(v.pattern).Filter(func(s string) bool {
			n := utf8.RuneCountInString(s)
			return n >= low && (v.maxLength < 0 || n <= v.maxLength)
		}).Draw(t, "string")
	case v.format != "":
		if text := drawFormat(t, v.format); grammars()[v.format](text) {
			return text
		}
		return rapid.SampledFrom(samples[v.format]).Draw(t, "string")
	}
	return string(rapid.SliceOfN(rapid.SampledFrom(letters), low, high).Draw(t, "string"))
}

// maxTries is how often an item is drawn again that stands in its array already.
const maxTries = 100

func (n *node) drawItems(t pen, depth int) {
	low, high := max(n.view.minItems, 0), n.view.maxItems
	if high < 0 || high > low+4 {
		high = low + 4
	}
	if depth > deep {
		high = low
	}
	seen := map[string]bool{}
	for range rapid.IntRange(low, high).Draw(t.T, "items") {
		kid := draw(t, n.view.items, depth+1)
		for tries := 0; n.view.unique && seen[string(kid.print(0))] && tries < maxTries; tries++ {
			kid = draw(t, n.view.items, depth+1)
		}
		if n.view.unique && seen[string(kid.print(0))] {
			break // there are hardly more values
		}
		seen[string(kid.print(0))] = true
		n.kids = append(n.kids, kid)
	}
}

func (n *node) drawMembers(t pen, depth int) {
	v := n.view
	for _, name := range slices.Sorted(maps.Keys(v.properties)) {
		if v.properties[name].Always != nil && !*v.properties[name].Always {
			continue
		}
		if v.required[name] || t.sure[v.properties[name].Location] || depth <= deep && rapid.Bool().Draw(t.T, "there") {
			n.names = append(n.names, name)
			n.kids = append(n.kids, draw(t, v.properties[name], depth+1))
		}
	}
	if !v.closed {
		n.drawOthers(t, depth)
	}
}

// drawOthers draws members that are no properties.
func (n *node) drawOthers(t pen, depth int) {
	v := n.view
	low, high := max(v.minProperties-len(n.names), 0), 3
	if v.maxProperties >= 0 {
		high = min(high, v.maxProperties-len(n.names))
	}
	if len(v.properties) > 0 {
		high = min(high, 1)
	}
	if depth > deep {
		high = low
	}
	for i := range rapid.IntRange(low, max(low, high)).Draw(t.T, "others") {
		name := fmt.Sprintf("other%d", i)
		if v.names != nil {
			name = drawString(t.T, viewOf(v.names))
		}
		if slices.Contains(n.names, name) {
			continue
		}
		n.names = append(n.names, name)
		n.kids = append(n.kids, draw(t, v.additional, depth+1))
	}
}
