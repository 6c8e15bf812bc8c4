package lower

import (
	"fmt"
	"strings"
	"unicode"

	"seg.example/tools/schemagen/internal/ir"
)

// fold reduces a name to its letters and digits in lower case. Two names with the same fold would
// conflict in generated code, which writes names in CamelCase.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// escapeName spells out the characters that names in generated code drop, except the usual
// separators: "a\
// b" becomes "a_u0a_b".
func escapeName(name string) string {
	var out strings.Builder
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, "_u%02x_", r)
	}
	return out.String()
}

// namedElement is a definition, property or enum value, for the search for name conflicts.
type namedElement struct {
	name string
	pos  ir.Pos
}

// aliases returns the alias that each name needs in generated code; nearly always empty. It reports
// conflicts that no alias can resolve.
func (l *lowerer) aliases(what string, all []namedElement) []string {
	folds := map[string]int{}
	for _, n := range all {
		folds[fold(n.name)]++
	}
	out := make([]string, len(all))
	seen := map[string]string{}
	for i, n := range all {
		key := fold(n.name)
		if spelt := escapeName(n.name); key != "" && folds[key] > 1 && spelt != n.name {
			out[i], key = spelt, fold(spelt)
		}
		if key == "" {
			key = n.name
		}
		switch other, taken := seen[key]; {
		case taken && other == n.name:
			l.problems.Add(n.pos, "duplicate %s %q", what, n.name)
		case taken:
			l.problems.Add(n.pos, "%s %q conflicts with %q in generated code%s", what, n.name, other, hints[what])
		}
		seen[key] = n.name
	}
	return out
}

// hints are endings of the text about a name conflict, with another remedy than renaming.
var hints = map[string]string{enumValue: ": use a pattern such as ^(a|A)$ instead of the enum"} //nolint:gochecknoglobals // a table

const enumValue = "enum value"

// checkNames finds conflicts between the names of definitions, of the properties of each object,
// and of the values of each enum. It sets the aliases that resolve them.
func (l *lowerer) checkNames(c *ir.Contract) {
	definitions := make([]namedElement, 0, len(c.Types))
	for _, t := range c.Types {
		definitions = append(definitions, namedElement{t.Name, t.Pos})
	}
	l.aliases("definition", definitions)
	eachType(c, func(t *ir.Type) {
		switch t.Kind {
		case ir.Object:
			l.aliasFields(t)
		case ir.Enum:
			l.aliasEnumValues(t)
		case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Array, ir.Map, ir.Union, ir.Raw, ir.Ref, ir.Null:
		}
	})
}

func (l *lowerer) aliasFields(t *ir.Type) {
	names := make([]namedElement, 0, len(t.Object.Fields))
	for _, f := range t.Object.Fields {
		names = append(names, namedElement{f.Name, f.Type.Pos})
	}
	for i, alias := range l.aliases("property", names) {
		t.Object.Fields[i].Alias = alias
	}
}

func (l *lowerer) aliasEnumValues(t *ir.Type) {
	names := make([]namedElement, 0, len(t.Enum))
	for _, v := range t.Enum {
		names = append(names, namedElement{v.Value, t.Pos})
	}
	for i, alias := range l.aliases(enumValue, names) {
		t.Enum[i].Alias = alias
	}
}
