package difftest

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// breach is a way to break one constraint of a value.
type breach struct {
	what    string // keyword
	path    string // where the error must point
	missing string // the field that the error must name
	apply   func()
}

// judge says what is wrong with the codec's refusal; empty: nothing.
func (b breach) judge(r Refusal) string {
	switch {
	case r.Path != b.path:
		return "the error points elsewhere"
	case b.missing != "" && (r.Keyword != "required" || !slices.Equal(r.Missing, []string{b.missing})):
		return "the error does not name " + b.missing
	case b.missing == "" && r.Text == "":
		return "the error says nothing"
	}
	return ""
}

// breaks lists what can be broken in n, which stands at path. In a request, a null is no breach.
func (n *node) breaks(path string, request bool) []breach { //nolint:revive // request is data
	v := n.view
	if v.nullable && n.kind == "null" {
		return nil // what else is accepted, the other branches know
	}
	all := n.scalarBreaks(path)
	for _, wrong := range []node{
		{kind: "null", text: "null"},
		{kind: "boolean", text: "true"},
		{kind: "integer", text: "7"},
		{kind: "number", text: "1.5"},
		{kind: "string", text: `"wrong"`},
		{kind: "array"},
		{kind: "object"},
	} {
		if v.accepts(wrong.kind) || v.has(wrong.text) || v.unconstrained() || v.nullable && wrong.kind == "null" || request && wrong.kind == "null" {
			continue
		}
		all = append(all, breach{what: "type", path: path, apply: func() { n.kind, n.text, n.names, n.kids = wrong.kind, wrong.text, nil, nil }})
	}
	switch n.kind {
	case "array":
		all = append(all, n.arrayBreaks(path)...)
	case "object":
		all = append(all, n.objectBreaks(path, request && path == "")...)
	}
	return all
}

// unconstrained reports whether v accepts everything.
func (v *view) unconstrained() bool {
	return len(v.types) == 0 && v.constant == nil && len(v.enum) == 0
}

func (n *node) scalarBreaks(path string) []breach {
	v := n.view
	var all []breach
	change := func(what, text string) {
		all = append(all, breach{what: what, path: path, apply: func() { n.text = text }})
	}
	if v.constant != nil || len(v.enum) > 0 {
		if n.kind == "string" && !v.has(`"no member"`) {
			change("enum", `"no member"`)
		}
		return all
	}
	switch n.kind {
	case "integer", "number":
		n.numberBreaks(change)
	case "string":
		if v.coerce {
			change("pattern", `"12a"`)
			return all
		}
		n.stringBreaks(change)
	}
	return all
}

func (n *node) numberBreaks(change func(what, text string)) {
	v := n.view
	one := big.NewRat(1, 1)
	if v.minimum != nil {
		change("minimum", exact(new(big.Rat).Sub(v.minimum, one)))
	}
	if v.maximum != nil {
		change("maximum", exact(new(big.Rat).Add(v.maximum, one)))
	}
	if v.exclusiveMinimum != nil {
		change("exclusiveMinimum", exact(v.exclusiveMinimum))
	}
	if v.exclusiveMaximum != nil {
		change("exclusiveMaximum", exact(v.exclusiveMaximum))
	}
	if value, ok := new(big.Rat).SetString(n.text); ok && v.multipleOf != nil {
		half := new(big.Rat).Mul(v.multipleOf, big.NewRat(1, 2))
		if n.kind == "number" || half.IsInt() {
			change("multipleOf", exact(value.Add(value, half)))
		}
	}
	if slices.Contains(v.types, "integer") {
		change("type", n.text+".5")
	}
}

// exact prints a number that has a finite decimal notation.
func exact(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(30), "0")
}

func (n *node) stringBreaks(change func(what, text string)) {
	v := n.view
	if v.minLength > 0 {
		change("minLength", quote(strings.Repeat("a", v.minLength-1)))
	}
	if v.maxLength >= 0 {
		change("maxLength", quote(strings.Repeat("😀", v.maxLength+1)))
	}
	if v.pattern != "" {
		p := regexp.MustCompile(v.pattern)
		for _, try := range []string{"?", "\x00", "", " a", "a\n", "é", "-1", "@@@@@@@@"} {
			if size := utf8.RuneCountInString(try); size >= v.minLength && (v.maxLength < 0 || size <= v.maxLength) && !p.MatchString(try) {
				change("pattern", quote(try))
			}
		}
	}
	if v.format != "" {
		change("format", `"no `+v.format+`"`)
	}
}

func (n *node) arrayBreaks(path string) []breach {
	v := n.view
	var all []breach
	for i, kid := range n.kids {
		all = append(all, kid.breaks(path+"/"+strconv.Itoa(i), false)...)
	}
	if v.minItems > 0 {
		all = append(all, breach{what: "minItems", path: path, apply: func() { n.kids = n.kids[:v.minItems-1] }})
	}
	if v.maxItems >= 0 && v.maxItems < 200 && len(n.kids) > 0 && !v.unique {
		all = append(all, breach{what: "maxItems", path: path, apply: func() {
			for len(n.kids) <= v.maxItems {
				n.kids = append(n.kids, n.kids[0])
			}
		}})
	}
	if v.unique && len(n.kids) > 0 && (v.maxItems < 0 || len(n.kids) < v.maxItems) {
		all = append(all, breach{what: "uniqueItems", path: path, apply: func() { n.kids = append(n.kids, n.kids[0]) }})
	}
	return all
}

func (n *node) objectBreaks(path string, request bool) []breach {
	v := n.view
	var all []breach
	for i, name := range n.names {
		here := path + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if _, known := v.properties[name]; known || v.additional != nil {
			all = append(all, n.kids[i].breaks(here, request)...)
		}
		if v.required[name] && (v.minProperties < 0 || len(n.names) > v.minProperties) && !n.tells(name) {
			all = append(all, breach{what: "required", path: path, missing: name, apply: func() {
				at := slices.Index(n.names, name)
				n.names, n.kids = slices.Delete(n.names, at, at+1), slices.Delete(n.kids, at, at+1)
			}})
		}
	}
	return append(all, n.countBreaks(path)...)
}

// countBreaks lists what is wrong with members that are too many, too few or unknown.
func (n *node) countBreaks(path string) []breach {
	v := n.view
	var all []breach
	if v.closed && !slices.Contains(n.names, "unknown") {
		all = append(all, breach{what: "additionalProperties", path: path + "/unknown", apply: func() {
			n.names, n.kids = append(n.names, "unknown"), append(n.kids, &node{kind: "null", text: "null"})
		}})
	}
	if v.minProperties > 0 && len(v.required) == 0 {
		all = append(all, breach{what: "minProperties", path: path, apply: func() {
			n.names, n.kids = n.names[:v.minProperties-1], n.kids[:v.minProperties-1]
		}})
	}
	if v.maxProperties >= 0 && v.names == nil && len(n.kids) > 0 && !v.closed {
		all = append(all, breach{what: "maxProperties", path: path, apply: func() {
			for i := 0; len(n.kids) <= v.maxProperties; i++ {
				n.names, n.kids = append(n.names, "more"+strconv.Itoa(i)), append(n.kids, n.kids[len(n.kids)-1])
			}
		}})
	}
	return all
}

// tells reports whether a field may be the one that tells the variants of a union apart: which variant is meant is then not
// known when it is broken, and the error is about that.
func (n *node) tells(name string) bool {
	s, ok := n.view.properties[name]
	for ok && s.Ref != nil {
		s = s.Ref
	}
	return ok && len(s.Constant) > 0
}

func unquote(text string) string {
	var s string
	_ = json.Unmarshal([]byte(text), &s) // it has been made by quote
	return s
}
