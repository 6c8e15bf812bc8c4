package schema

import (
	"fmt"
	"strings"
)

// KeywordsDoc describes the generator's own keywords in Markdown, as their meta-schema does: a table of all, and one for each that
// is an object with keys of its own.
func KeywordsDoc() ([]byte, error) {
	tree, err := Parse("keywords.json", Keywords)
	if err != nil {
		return nil, err
	}
	d := &keywordsDoc{definitions: tree.Get("definitions")}
	d.table("keyword", tree)
	for _, m := range tree.Get("properties").Members {
		if m.Value.Get("properties") != nil {
			fmt.Fprintf(&d.out, "\n`%s` has these keys:\n\n", m.Key)
			d.table("key", m.Value)
		}
	}
	return []byte(d.out.String()), nil
}

type keywordsDoc struct {
	out         strings.Builder
	definitions *Value
}

// table prints the properties of a schema.
func (d *keywordsDoc) table(head string, of *Value) {
	fmt.Fprintf(&d.out, "| %s | value | what |\n|---|---|---|\n", head)
	required := map[string]bool{}
	if list := of.Get("required"); list != nil {
		for _, name := range list.Strings() {
			required[name] = true
		}
	}
	for _, m := range of.Get("properties").Members {
		value := d.value(m.Value)
		if required[m.Key] {
			value += "; must be there"
		}
		text := ""
		if description := m.Value.Get("description"); description != nil {
			text = description.Text
		}
		fmt.Fprintf(&d.out, "| `%s` | %s | %s |\n", m.Key, value, cell(text))
	}
}

// value says in a few words what values a schema of the meta-schema accepts.
func (d *keywordsDoc) value(v *Value) string {
	text := d.kind(v)
	if def := v.Get("default"); def != nil {
		text += "; absent: " + code(string(JSON(def)))
	}
	return text
}

func (d *keywordsDoc) kind(v *Value) string {
	if ref := v.Get("$ref"); ref != nil {
		if name, ok := strings.CutPrefix(ref.Text, "#/definitions/"); ok {
			return d.kind(d.definitions.Get(name))
		}
		return "a schema"
	}
	if constant := v.Get("const"); constant != nil {
		return code(string(JSON(constant)))
	}
	if enum := v.Get("enum"); enum != nil {
		words := make([]string, len(enum.Items))
		for i, item := range enum.Items {
			words[i] = code(string(JSON(item)))
		}
		return strings.Join(words, " or ")
	}
	if items := v.Get("items"); items != nil {
		return "array: " + d.kind(items)
	}
	if others := v.Get("additionalProperties"); others != nil && others.Kind == Object {
		return "object: for each key " + d.kind(others)
	}
	if pattern := v.Get("pattern"); pattern != nil {
		return "string " + code(pattern.Text)
	}
	return v.Get("type").Text
}

func code(s string) string { return "`" + cell(s) + "`" }

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
