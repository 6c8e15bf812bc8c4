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

// violation is a way to violate one constraint of a value.
type violation struct {
	keyword string // keyword
	path    string // expected path of the error
	missing string // the field that the error must name
	apply   func()
}

// check says what is wrong with the codec's error; empty if nothing is.
func (b violation) check(r Refusal) string {
	switch {
	case r.Path != b.path:
		return "the error has another path"
	case b.missing != "" && (r.Keyword != "required" || !slices.Equal(r.Missing, []string{b.missing})):
		return "the error does not name " + b.missing
	case b.missing == "" && r.Text == "":
		return "the error has no text"
	}
	return ""
}

// violations lists the constraints of n that can be violated; path is the place of n. In a request,
// null is not a violation.
func (n *node) violations(path string, request bool) []violation { //nolint:revive // request is data
	v := n.view
	if v.nullable && n.kind == "null" {
		return nil // only the other branches know what else is accepted
	}
	all := n.scalarViolations(path)
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
		all = append(all, violation{keyword: "type", path: path, apply: func() { n.kind, n.text, n.names, n.children = wrong.kind, wrong.text, nil, nil }})
	}
	switch n.kind {
	case "array":
		all = append(all, n.arrayViolations(path)...)
	case "object":
		all = append(all, n.objectViolations(path, request && path == "")...)
	}
	return all
}

// unconstrained reports whether v accepts every value.
func (v *constraints) unconstrained() bool {
	return len(v.types) == 0 && v.constant == nil && len(v.enum) == 0
}

func (n *node) scalarViolations(path string) []violation {
	v := n.view
	var all []violation
	change := func(what, text string) {
		all = append(all, violation{keyword: what, path: path, apply: func() { n.text = text }})
	}
	if v.constant != nil || len(v.enum) > 0 {
		if n.kind == "string" && !v.has(`"no member"`) {
			change("enum", `"no member"`)
		}
		return all
	}
	switch n.kind {
	case "integer", "number":
		n.numberViolations(change)
	case "string":
		if v.coerce {
			change("pattern", `"12a"`)
			return all
		}
		n.stringViolations(change)
	}
	return all
}

func (n *node) numberViolations(change func(what, text string)) {
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

// exact prints a number with a finite decimal representation.
func exact(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(30), "0")
}

func (n *node) stringViolations(change func(what, text string)) {
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

func (n *node) arrayViolations(path string) []violation {
	v := n.view
	var all []violation
	for i, kid := range n.children {
		all = append(all, kid.violations(path+"/"+strconv.Itoa(i), false)...)
	}
	if v.minItems > 0 {
		all = append(all, violation{keyword: "minItems", path: path, apply: func() { n.children = n.children[:v.minItems-1] }})
	}
	if v.maxItems >= 0 && v.maxItems < 200 && len(n.children) > 0 && !v.unique {
		all = append(all, violation{keyword: "maxItems", path: path, apply: func() {
			for len(n.children) <= v.maxItems {
				n.children = append(n.children, n.children[0])
			}
		}})
	}
	if v.unique && len(n.children) > 0 && (v.maxItems < 0 || len(n.children) < v.maxItems) {
		all = append(all, violation{keyword: "uniqueItems", path: path, apply: func() { n.children = append(n.children, n.children[0]) }})
	}
	return all
}

func (n *node) objectViolations(path string, request bool) []violation {
	v := n.view
	var all []violation
	for i, name := range n.names {
		here := path + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if _, known := v.properties[name]; known || v.additional != nil {
			all = append(all, n.children[i].violations(here, request)...)
		}
		if v.required[name] && (v.minProperties < 0 || len(n.names) > v.minProperties) && !n.mayBeDiscriminator(name) {
			all = append(all, violation{keyword: "required", path: path, missing: name, apply: func() {
				at := slices.Index(n.names, name)
				n.names, n.children = slices.Delete(n.names, at, at+1), slices.Delete(n.children, at, at+1)
			}})
		}
	}
	return append(all, n.countViolations(path)...)
}

// countViolations lists violations by too many, too few or unknown members.
func (n *node) countViolations(path string) []violation {
	v := n.view
	var all []violation
	if v.closed && !slices.Contains(n.names, "unknown") {
		all = append(all, violation{keyword: "additionalProperties", path: path + "/unknown", apply: func() {
			n.names, n.children = append(n.names, "unknown"), append(n.children, &node{kind: "null", text: "null"})
		}})
	}
	if v.minProperties > 0 && len(v.required) == 0 {
		all = append(all, violation{keyword: "minProperties", path: path, apply: func() {
			n.names, n.children = n.names[:v.minProperties-1], n.children[:v.minProperties-1]
		}})
	}
	if v.maxProperties >= 0 && v.names == nil && len(n.children) > 0 && !v.closed {
		all = append(all, violation{keyword: "maxProperties", path: path, apply: func() {
			for i := 0; len(n.children) <= v.maxProperties; i++ {
				n.names, n.children = append(n.names, "more"+strconv.Itoa(i)), append(n.children, n.children[len(n.children)-1])
			}
		}})
	}
	return all
}

// mayBeDiscriminator reports whether a field may be the discriminator of a union. If it is invalid,
// the variant is unknown, and the error is about that.
func (n *node) mayBeDiscriminator(name string) bool {
	s, ok := n.view.properties[name]
	for ok && s.Ref != nil {
		s = s.Ref
	}
	return ok && len(s.Constant) > 0
}

func unquote(text string) string {
	var s string
	_ = json.Unmarshal([]byte(text), &s) // cannot fail: quote made the text
	return s
}
