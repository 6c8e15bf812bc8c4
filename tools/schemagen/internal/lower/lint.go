package lower

import (
	"slices"
	"strings"

	jsonschema "github.com/swaggest/jsonschema-go"

	"seg.example/tools/schemagen/internal/schema"
)

// Policy says what Lint bears.
type Policy uint8

// The policies.
const (
	Growing  Policy = iota // messages may be x-planned
	Complete               // nothing may be
)

// Lint finds what Lower bears and a good schema should not have: definitions and properties that nothing describes, keywords
// without effect, defaults that cannot be filled in, and what Warn finds. What Lower refuses is not repeated.
func Lint(set *schema.Set, policy Policy) schema.Problems {
	l := &linter{lowerer: newLowerer(set), policy: policy}
	contract := l.contract() // names the types, so that references need not be followed
	if l.problems.Err() == nil {
		l.found = append(l.found, Warn(contract)...)
	}
	for _, doc := range set.All() {
		l.described(doc.Root, "document "+doc.Path)
		doc.Root.Walk(l.node)
	}
	return l.found.Sorted()
}

type linter struct {
	*lowerer // finds shapes; its own problems are Lower's to report

	policy Policy
	found  schema.Problems
}

func (l *linter) node(n *schema.Node) {
	switch n.Place {
	case schema.Definition:
		l.described(n, "definition "+n.Name)
	case schema.Property:
		if !l.describedElsewhere(n) {
			l.described(n, "property "+n.Name)
		}
	case schema.Root, schema.Inside:
	}
	if n.Get("x-planned") != nil && l.policy == Complete {
		l.found.Add(n.KeyPos("x-planned"), "%s is still planned", n.Name)
	}
	if n.Place != schema.Root {
		l.effect(n)
	}
	l.defaults(n)
}

func (l *linter) described(n *schema.Node, what string) {
	if n.Description() == "" {
		l.found.Add(n.Pos(), "%s has no description", what)
	}
}

// describedElsewhere reports whether a schema is a reference to one with a description, which generated code then shows.
func (l *linter) describedElsewhere(n *schema.Node) bool {
	if _, isRef := n.Ref(); !isRef {
		return false
	}
	target := l.resolve(n)
	return target != nil && target.Description() != ""
}

// typed lists the keywords that only speak of one JSON type.
var typed = map[string][]jsonschema.SimpleType{ //nolint:gochecknoglobals // a table
	"properties": objectOnly, "required": objectOnly, "additionalProperties": objectOnly, "minProperties": objectOnly,
	"maxProperties": objectOnly, "propertyNames": objectOnly,
	"items": {jsonschema.Array}, "minItems": {jsonschema.Array}, "maxItems": {jsonschema.Array}, "uniqueItems": {jsonschema.Array},
	"minimum": numeric, "maximum": numeric, "exclusiveMinimum": numeric, "exclusiveMaximum": numeric, "multipleOf": numeric,
	"minLength": {jsonschema.String}, "maxLength": {jsonschema.String}, "pattern": {jsonschema.String}, "format": {jsonschema.String},
}

var numeric = []jsonschema.SimpleType{jsonschema.Number, jsonschema.Integer} //nolint:gochecknoglobals // a constant

// effect notes keywords that speak of a JSON type which the schema does not allow, and schemas that limit one type and forget
// to exclude the others.
func (l *linter) effect(n *schema.Node) {
	types := n.Types()
	for _, m := range n.Value.Members {
		about := typed[m.Key]
		if about == nil || n.Get("enum") != nil || n.Get("const") != nil {
			continue
		}
		if types == nil {
			if !l.insideAllOf(n) {
				l.found.Add(m.KeyPos, "without \"type\", %q lets every value pass that is no %s", m.Key, about[0])
			}
			continue
		}
		if !slices.ContainsFunc(types, func(t jsonschema.SimpleType) bool { return slices.Contains(about, t) }) {
			l.found.Add(m.KeyPos, "%q has no effect on this type", m.Key)
		}
	}
}

// insideAllOf reports whether a schema is a part of an allOf, where another part may say the type, or names the keys of an object.
func (l *linter) insideAllOf(n *schema.Node) bool {
	pointer := n.Pos().Pointer
	above := pointer[:strings.LastIndexByte(pointer, '/')]
	return strings.HasSuffix(above, "/allOf") || strings.HasSuffix(pointer, "/propertyNames")
}

// defaults notes the defaults of properties that cannot be filled in, and those that stand elsewhere.
func (l *linter) defaults(n *schema.Node) {
	if n.Place != schema.Property && n.Place != schema.Root && n.Get("default") != nil {
		l.found.Add(n.KeyPos("default"), "only the default of a property has an effect")
	}
	if n.Place == schema.Root || n.Properties == nil {
		return
	}
	o := l.own(n).object
	if o == nil {
		return
	}
	for _, f := range o.fields {
		if _, why := l.defaultOf(f, l.field(o, f, n.Pos())); why != "" {
			l.found.Add(f.declared[0].KeyPos("default"), "%s", why)
		}
	}
}
