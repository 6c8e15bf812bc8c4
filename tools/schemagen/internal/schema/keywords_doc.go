package schema

import (
	"fmt"
	"strings"
)

// KeywordsDoc documents the x- keywords in Markdown, from their meta-schema: a table of all, and a
// table of keys for each keyword that is an object.
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
	fmt.Fprintf(&d.out, "| %s | value | meaning |\n|---|---|---|\n", head)
	required := map[string]bool{}
	if list := of.Get("required"); list != nil {
		for _, name := range list.Strings() {
			required[name] = true
		}
	}
	for _, m := range of.Get("properties").Members {
		value := d.value(m.Value)
		if required[m.Key] {
			value += "; required"
		}
		text := ""
		if description := m.Value.Get("description"); description != nil {
			text = description.Text
		}
		fmt.Fprintf(&d.out, "| `%s` | %s | %s |\n", m.Key, value, escapeCell(text))
	}
}

// value describes briefly which values a schema of the meta-schema accepts.
func (d *keywordsDoc) value(v *Value) string {
	text := d.kind(v)
	if def := v.Get("default"); def != nil {
		text += "; default " + codeSpan(string(JSON(def)))
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
		return codeSpan(string(JSON(constant)))
	}
	if enum := v.Get("enum"); enum != nil {
		words := make([]string, len(enum.Items))
		for i, item := range enum.Items {
			words[i] = codeSpan(string(JSON(item)))
		}
		return strings.Join(words, " or ")
	}
	if items := v.Get("items"); items != nil {
		return "array; each item is a " + d.kind(items)
	}
	if others := v.Get("additionalProperties"); others != nil && others.Kind == Object {
		return "object; each value is a " + d.kind(others)
	}
	if pattern := v.Get("pattern"); pattern != nil {
		return "string " + codeSpan(pattern.Text)
	}
	return v.Get("type").Text
}

func codeSpan(s string) string { return "`" + escapeCell(s) + "`" }

// escapeCell escapes text for a cell of a Markdown table.
func escapeCell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
