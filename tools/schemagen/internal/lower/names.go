package lower

import (
	"fmt"
	"strings"
	"unicode"

	"seg.example/tools/schemagen/internal/ir"
)

// fold is what is left of a name when languages have written it their way: its letters and digits, small. Two names with the
// same fold could not be told apart in generated code.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// spell writes out the characters that are dropped from a name without being usual separators: "a\nb" becomes "a_u0a_b".
func spell(name string) string {
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

// named is a name that must be held apart from its neighbours, and where it stands.
type named struct {
	name string
	pos  ir.Pos
}

// aliases returns the alias that each of some names needs, nearly always none. Names that no alias holds apart are noted.
func (l *lowerer) aliases(what string, all []named) []string {
	folds := map[string]int{}
	for _, n := range all {
		folds[fold(n.name)]++
	}
	out := make([]string, len(all))
	seen := map[string]string{}
	for i, n := range all {
		key := fold(n.name)
		if spelt := spell(n.name); key != "" && folds[key] > 1 && spelt != n.name {
			out[i], key = spelt, fold(spelt)
		}
		if key == "" {
			key = n.name
		}
		switch other, taken := seen[key]; {
		case taken && other == n.name:
			l.problems.Add(n.pos, "%s %q exists twice", what, n.name)
		case taken:
			l.problems.Add(n.pos, "%s %q cannot be told apart from %q in generated code%s", what, n.name, other, wayOut[what])
		}
		seen[key] = n.name
	}
	return out
}

// wayOut says what else to do about names that cannot be held apart, where there is something but to call one of them otherwise.
var wayOut = map[string]string{enumValue: ": a pattern such as ^(a|A)$ can take the place of the enum"} //nolint:gochecknoglobals // a table

const enumValue = "enum value"

// checkNames holds the names of a contract apart: of its definitions, of the properties of each object, of the values of each
// enum.
func (l *lowerer) checkNames(c *ir.Contract) {
	definitions := make([]named, 0, len(c.Types))
	for _, t := range c.Types {
		definitions = append(definitions, named{t.Name, t.Pos})
	}
	l.aliases("definition", definitions)
	eachType(c, func(t *ir.Type) {
		switch t.Kind {
		case ir.Object:
			l.nameFields(t)
		case ir.Enum:
			l.nameValues(t)
		case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Array, ir.Map, ir.Union, ir.Raw, ir.Ref, ir.Null:
		}
	})
}

func (l *lowerer) nameFields(t *ir.Type) {
	names := make([]named, 0, len(t.Object.Fields))
	for _, f := range t.Object.Fields {
		names = append(names, named{f.Name, f.Type.Pos})
	}
	for i, alias := range l.aliases("property", names) {
		t.Object.Fields[i].Alias = alias
	}
}

func (l *lowerer) nameValues(t *ir.Type) {
	names := make([]named, 0, len(t.Enum))
	for _, v := range t.Enum {
		names = append(names, named{v.Value, t.Pos})
	}
	for i, alias := range l.aliases(enumValue, names) {
		t.Enum[i].Alias = alias
	}
}
