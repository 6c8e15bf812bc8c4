package lower

import (
	"slices"
	"strings"

	jsonschema "github.com/swaggest/jsonschema-go"

	"seg.example/tools/schemagen/internal/schema"
)

// Policy says whether Lint accepts messages that are x-planned.
type Policy uint8

// The policies of Lint.
const (
	// AllowPlanned accepts messages that are x-planned.
	AllowPlanned  Policy = iota // x-planned messages are accepted
	RefusePlanned               // x-planned messages are reported
)

// Lint reports schemas that Lower accepts but that are probably mistakes: missing descriptions,
// keywords without effect, defaults that cannot be used, and everything that Warn reports. It does
// not repeat the problems that Lower reports.
func Lint(set *schema.Set, policy Policy) schema.Problems {
	l := &linter{lowerer: newLowerer(set), policy: policy}
	contract := l.contract() // also fills l.types, which the checks below need
	if l.problems.Err() == nil {
		l.found = append(l.found, Warn(contract)...)
	}
	for _, doc := range set.All() {
		l.checkDescription(doc.Root, "document "+doc.Path)
		doc.Root.Walk(l.checkNode)
	}
	return l.found.Sorted()
}

type linter struct {
	*lowerer // computes shapes; Lower reports its problems, Lint does not

	policy Policy
	found  schema.Problems
}

func (l *linter) checkNode(n *schema.Node) {
	switch n.Place {
	case schema.Definition:
		l.checkDescription(n, "definition "+n.Name)
	case schema.Property:
		if !l.referenceHasDescription(n) {
			l.checkDescription(n, "property "+n.Name)
		}
	case schema.Root, schema.Subschema:
	}
	if n.Get("x-planned") != nil && l.policy == RefusePlanned {
		l.found.Add(n.KeyPos("x-planned"), "%s is still planned", n.Name)
	}
	if n.Place != schema.Root {
		l.checkEffect(n)
	}
	l.checkDefaults(n)
}

func (l *linter) checkDescription(n *schema.Node, what string) {
	if n.Description() == "" {
		l.found.Add(n.Pos(), "%s has no description", what)
	}
}

// referenceHasDescription reports whether n is a reference to a schema with a description.
// Generated code shows that description.
func (l *linter) referenceHasDescription(n *schema.Node) bool {
	if _, isRef := n.Ref(); !isRef {
		return false
	}
	target := l.resolve(n)
	return target != nil && target.Description() != ""
}

// keywordTypes lists the JSON types that a keyword applies to, for keywords that do not apply to
// all.
var keywordTypes = map[string][]jsonschema.SimpleType{ //nolint:gochecknoglobals // a table
	"properties": onlyObject, "required": onlyObject, "additionalProperties": onlyObject, "minProperties": onlyObject,
	"maxProperties": onlyObject, "propertyNames": onlyObject,
	"items": {jsonschema.Array}, "minItems": {jsonschema.Array}, "maxItems": {jsonschema.Array}, "uniqueItems": {jsonschema.Array},
	"minimum": numericTypes, "maximum": numericTypes, "exclusiveMinimum": numericTypes, "exclusiveMaximum": numericTypes, "multipleOf": numericTypes,
	"minLength": {jsonschema.String}, "maxLength": {jsonschema.String}, "pattern": {jsonschema.String}, "format": {jsonschema.String},
}

var numericTypes = []jsonschema.SimpleType{jsonschema.Number, jsonschema.Integer} //nolint:gochecknoglobals // a constant

// checkEffect reports keywords for a JSON type that the schema does not allow, and keywords in a
// schema without a type, which do not restrict values of other types.
func (l *linter) checkEffect(n *schema.Node) {
	types := n.Types()
	for _, m := range n.Value.Members {
		applies := keywordTypes[m.Key]
		if applies == nil || n.Get("enum") != nil || n.Get("const") != nil {
			continue
		}
		if types == nil {
			if !l.insideAllOf(n) {
				l.found.Add(m.KeyPos, "%q only restricts values of type %s: add \"type\"", m.Key, applies[0])
			}
			continue
		}
		if !slices.ContainsFunc(types, func(t jsonschema.SimpleType) bool { return slices.Contains(applies, t) }) {
			l.found.Add(m.KeyPos, "%q has no effect on this type", m.Key)
		}
	}
}

// insideAllOf reports whether the type may be given elsewhere: n is a part of an allOf, or a schema
// of propertyNames.
func (l *linter) insideAllOf(n *schema.Node) bool {
	pointer := n.Pos().Pointer
	parent := pointer[:strings.LastIndexByte(pointer, '/')]
	return strings.HasSuffix(parent, "/allOf") || strings.HasSuffix(pointer, "/propertyNames")
}

// checkDefaults reports the defaults of properties that cannot be used, and defaults of anything
// but a property.
func (l *linter) checkDefaults(n *schema.Node) {
	if n.Place != schema.Property && n.Place != schema.Root && n.Get("default") != nil {
		l.found.Add(n.KeyPos("default"), "only the default of a property has an effect")
	}
	if n.Place == schema.Root || n.Properties == nil {
		return
	}
	o := l.ownShape(n).object
	if o == nil {
		return
	}
	for _, f := range o.fields {
		if _, why := l.defaultOf(f, l.field(o, f, n.Pos())); why != "" {
			l.found.Add(f.declared[0].KeyPos("default"), "%s", why)
		}
	}
}
