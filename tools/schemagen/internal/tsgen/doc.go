package tsgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// printDoc prints a comment with these paragraphs, or none if all are empty. A short comment goes
// on one line.
func printDoc(w *emit.Writer, paragraphs ...string) {
	var texts []string
	for _, text := range paragraphs {
		if text = strings.TrimSpace(text); text != "" {
			texts = append(texts, escapeComment(text))
		}
	}
	whole := strings.Join(texts, " ")
	switch {
	case whole == "":
	case len(whole) < width-10 && !strings.Contains(whole, "\n"):
		w.P("/** ", whole, " */")
	default:
		w.P("/**")
		for i, text := range texts {
			if i > 0 {
				w.P(" *")
			}
			w.Comment(" *", width, text)
		}
		w.P(" */")
	}
}

// escapeComment escapes a text so that it does not end its comment and is not read as a tag.
func escapeComment(text string) string {
	return strings.NewReplacer("*/", `*\/`, "@", `\@`).Replace(text)
}

// printTypeDoc prints the comment of a definition.
func printTypeDoc(w *emit.Writer, t *ir.Type) { printDoc(w, t.Doc, limitsText(t)) }

// printFieldDoc prints the comment of a property.
func printFieldDoc(w *emit.Writer, f *ir.Field) {
	absent := ""
	if f.Default != nil {
		absent = "Default: `" + f.Default.JSON + "`."
	}
	printDoc(w, f.Doc, sentences(limitsText(f.Type), absent, secretWarning(f.Type.Deref())))
}

// limitsText describes the limits of t that the TypeScript type does not express.
func limitsText(t *ir.Type) string {
	if t.Kind == ir.Const {
		return ""
	}
	if t.Name != "" {
		return sentences(constraintdoc.Describe(t), secretWarning(t))
	}
	return constraintdoc.Describe(t)
}

// secretWarning is a warning for a type with secret values; otherwise it is empty.
func secretWarning(t *ir.Type) string {
	if t.Kind == ir.String && t.String.Secret {
		return "Secret: never show or log it."
	}
	return ""
}

// sentences joins the texts that are not empty.
func sentences(all ...string) string {
	var texts []string
	for _, s := range all {
		if s != "" {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, " ")
}
