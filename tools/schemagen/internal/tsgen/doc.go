package tsgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// doc prints a comment of one paragraph or several, none if all are empty. What fits goes on one line.
func doc(w *emit.Writer, paragraphs ...string) {
	var said []string
	for _, text := range paragraphs {
		if text = strings.TrimSpace(text); text != "" {
			said = append(said, escape(text))
		}
	}
	whole := strings.Join(said, " ")
	switch {
	case whole == "":
	case len(whole) < width-10 && !strings.Contains(whole, "\n"):
		w.P("/** ", whole, " */")
	default:
		w.P("/**")
		for i, text := range said {
			if i > 0 {
				w.P(" *")
			}
			w.Comment(" *", width, text)
		}
		w.P(" */")
	}
}

// escape keeps a text from ending its comment, and from being read as a tag.
func escape(text string) string {
	return strings.NewReplacer("*/", `*\/`, "@", `\@`).Replace(text)
}

// typeDoc prints the comment of a definition.
func typeDoc(w *emit.Writer, t *ir.Type) { doc(w, t.Doc, limits(t)) }

// fieldDoc prints the comment of a property.
func fieldDoc(w *emit.Writer, f *ir.Field) {
	absent := ""
	if f.Default != nil {
		absent = "Absent: `" + f.Default.JSON + "`."
	}
	doc(w, f.Doc, sentences(limits(f.Type), absent, secret(f.Type.Deref())))
}

// limits says what values of t are held to, as far as TypeScript does not.
func limits(t *ir.Type) string {
	if t.Kind == ir.Const {
		return ""
	}
	if t.Name != "" {
		return sentences(constraintdoc.Describe(t), secret(t))
	}
	return constraintdoc.Describe(t)
}

// secret warns of a type whose values must not be shown.
func secret(t *ir.Type) string {
	if t.Kind == ir.String && t.String.Secret {
		return "Secret: never show or log it."
	}
	return ""
}

// sentences joins what is not empty.
func sentences(all ...string) string {
	var said []string
	for _, s := range all {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, " ")
}
