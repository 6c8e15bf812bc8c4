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

// node is a JSON value with the constraints that it was drawn from.
type node struct {
	view     *constraints
	kind     string // of JSON Schema: "null", "boolean", "integer", "number", "string", "array", "object"
	text     string // JSON text of a scalar
	names    []string
	children []*node // of an array or, beside names, of an object
}

// omitOptionalDepth is the depth from which optional parts are left out, so that recursive types
// end.
const omitOptionalDepth = 5

// maxDepth is the depth at which drawing ends with null in any case: some types have no finite
// value.
const maxDepth = 10

// drawer draws values.
type drawer struct {
	*rapid.T
	sure map[string]bool // locations of the properties that are never left out
}

// draw draws a value that s accepts.
func draw(t drawer, s *jsonschema.Schema, depth int) *node {
	s, nullable := chooseBranch(t.T, s, depth)
	v := constraintsOf(s)
	v.nullable = nullable
	if depth > maxDepth {
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
	if depth > omitOptionalDepth && slices.Contains(kinds, "null") {
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

// chooseBranch follows references and chooses one of several branches; at a great depth the last
// one, which usually is null. nullable reports whether null was among the branches.
func chooseBranch(t *rapid.T, s *jsonschema.Schema, depth int) (chosen *jsonschema.Schema, nullable bool) {
	for s != nil && (s.Ref != nil || len(s.OneOf) > 0) {
		if s.Ref != nil {
			s = s.Ref
			continue
		}
		for _, branch := range s.OneOf {
			nullable = nullable || slices.Equal(branch.Types, []string{"null"})
		}
		i := len(s.OneOf) - 1
		if depth <= omitOptionalDepth {
			i = rapid.IntRange(0, i).Draw(t, "branch")
		}
		s = s.OneOf[i]
	}
	return s, nullable
}

// literal returns the node of a constant value.
func literal(v *constraints, value any) *node {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // cannot happen: the value was parsed from JSON
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
	text, _ := json.Marshal(s) // encoding a string cannot fail
	return string(text)
}

// maxSafeInteger is the largest integer up to which a float64 represents all integers exactly.
const maxSafeInteger = 1<<53 - 1

func drawInteger(t *rapid.T, v *constraints) int64 {
	low, high := v.integers()
	if v.multipleOf == nil {
		return rapid.Int64Range(low, high).Draw(t, "integer")
	}
	of := v.multipleOf.Num().Int64() // an integer multiple of a reduced fraction is a multiple of its numerator
	return of * rapid.Int64Range(-floorDiv(-low, of), floorDiv(high, of)).Draw(t, "factor")
}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y != 0 && x < 0 {
		q--
	}
	return q
}

func drawNumber(t *rapid.T, v *constraints) string {
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

// letters are the characters of strings without a pattern: escaped ones, ones with one to four
// bytes, and special ones.
var letters = []rune("abcXYZ019 _-:./\\\"\n\t\x00\x1f\x7fäßПривет€\u2028\ufffd😀𝄞") //nolint:gochecknoglobals // a table

func drawString(t *rapid.T, v *constraints) string {
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

// maxTries is the number of attempts to draw a new item of an array with unique items.
const maxTries = 100

func (n *node) drawItems(t drawer, depth int) {
	low, high := max(n.view.minItems, 0), n.view.maxItems
	if high < 0 || high > low+4 {
		high = low + 4
	}
	if depth > omitOptionalDepth {
		high = low
	}
	seen := map[string]bool{}
	for range rapid.IntRange(low, high).Draw(t.T, "items") {
		kid := draw(t, n.view.items, depth+1)
		for tries := 0; n.view.unique && seen[string(kid.print(0))] && tries < maxTries; tries++ {
			kid = draw(t, n.view.items, depth+1)
		}
		if n.view.unique && seen[string(kid.print(0))] {
			break // there are probably no more values
		}
		seen[string(kid.print(0))] = true
		n.children = append(n.children, kid)
	}
}

func (n *node) drawMembers(t drawer, depth int) {
	v := n.view
	for _, name := range slices.Sorted(maps.Keys(v.properties)) {
		if v.properties[name].Always != nil && !*v.properties[name].Always {
			continue
		}
		if v.required[name] || t.sure[v.properties[name].Location] || depth <= omitOptionalDepth && rapid.Bool().Draw(t.T, "there") {
			n.names = append(n.names, name)
			n.children = append(n.children, draw(t, v.properties[name], depth+1))
		}
	}
	if !v.closed {
		n.drawOthers(t, depth)
	}
}

// drawOthers draws members with unknown keys.
func (n *node) drawOthers(t drawer, depth int) {
	v := n.view
	low, high := max(v.minProperties-len(n.names), 0), 3
	if v.maxProperties >= 0 {
		high = min(high, v.maxProperties-len(n.names))
	}
	if len(v.properties) > 0 {
		high = min(high, 1)
	}
	if depth > omitOptionalDepth {
		high = low
	}
	for i := range rapid.IntRange(low, max(low, high)).Draw(t.T, "others") {
		name := fmt.Sprintf("other%d", i)
		if v.names != nil {
			name = drawString(t.T, constraintsOf(v.names))
		}
		if slices.Contains(n.names, name) {
			continue
		}
		n.names = append(n.names, name)
		n.children = append(n.children, draw(t, v.additional, depth+1))
	}
}
