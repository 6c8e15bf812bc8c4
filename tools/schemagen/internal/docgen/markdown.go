package docgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

// mermaidDiagram is the sequence diagram for Markdown viewers that draw Mermaid.
const mermaidDiagram = "```mermaid\n" + `sequenceDiagram
  participant A as client
  participant S as server
  participant B as every subscribed client
  A->>S: {"type", "request_id", …}
  S-->>S: check, carry out, store
  S->>A: {"type": "response", "request_id", "data"}
  S->>A: {"type": broadcast, "data", "seq"}
  S->>B: {"type": broadcast, "data", "seq"}
` + "```"

// markdown prints a page as GitHub Markdown.
func markdown(p *page) []byte {
	w := &markdownWriter{emit.New("")}
	w.P("<!-- ", generatedNotice, " -->")
	w.P()
	w.P("# ", escapeMarkdown(p.title), " ", escapeMarkdown(p.version))
	w.paragraph(p.doc)
	w.P()
	w.P("Contract hash: `", p.hash, "`.")
	w.contents(p)
	for _, s := range p.sections {
		w.heading("##", s.anchor, s.title)
		w.blocks(s.blocks)
		for _, e := range s.entries {
			w.heading("###", e.anchor, e.title)
			w.blocks(e.blocks)
		}
	}
	return w.Bytes()
}

// markdownWriter prints Markdown.
type markdownWriter struct{ *emit.Writer }

// contents lists the sections and their entries.
func (w *markdownWriter) contents(p *page) {
	w.P()
	for _, s := range p.sections {
		var entries []richText
		for _, e := range s.entries {
			entries = append(entries, link(e.title, e.anchor))
		}
		line := "- [" + escapeMarkdown(s.title) + "](#" + s.anchor + ")"
		if len(entries) > 0 {
			line += ": " + markdownText(commaList(entries), markdownCode)
		}
		w.P(line)
	}
}

// heading prints a heading with its own anchor, because sites generate different ones.
func (w *markdownWriter) heading(level, anchor, title string) {
	w.P()
	w.P(`<a id="`, anchor, `"></a>`)
	w.P()
	w.P(level, " ", escapeMarkdown(title))
}

func (w *markdownWriter) blocks(all []block) {
	for _, one := range all {
		w.block(one)
	}
}

func (w *markdownWriter) block(one block) {
	switch one := one.(type) {
	case paragraph:
		w.paragraph(one.text)
	case list:
		w.P()
		for _, item := range one.items {
			w.P("- ", markdownText(item, markdownCode))
		}
	case table:
		w.table(one)
	case codeBlock:
		w.listing(one)
	case codeTabs:
		for _, l := range one.listings {
			w.listing(l)
		}
	case details:
		w.P()
		w.P("<details><summary>", escapeMarkdown(one.summary), "</summary>")
		w.blocks(one.blocks)
		w.P()
		w.P("</details>")
	case sequenceDiagram:
		w.P()
		w.P(mermaidDiagram)
	}
}

func (w *markdownWriter) paragraph(text richText) {
	if said := markdownText(text, markdownCode); said != "" {
		w.P()
		w.P(said)
	}
}

func (w *markdownWriter) table(t table) {
	if t.anchor != "" {
		w.P()
		w.P(`<a id="`, t.anchor, `"></a>`)
	}
	w.paragraph(t.caption)
	w.P()
	head := make([]richText, 0, len(t.head))
	for _, h := range t.head {
		head = append(head, plain(h))
	}
	w.row(head)
	w.P("|", strings.Repeat("---|", len(t.head)))
	for _, r := range t.rows {
		w.row(r)
	}
}

// row prints the cells of a row. A bar ends a cell even in a code span, so it gets a backslash.
func (w *markdownWriter) row(cells []richText) {
	line := make([]string, 0, len(cells))
	for _, c := range cells {
		line = append(line, markdownText(c, func(text string) string { return strings.ReplaceAll(markdownCode(text), "|", `\|`) }))
	}
	w.P("| ", strings.Join(line, " | "), " |")
}

func (w *markdownWriter) listing(l codeBlock) {
	fence := "```"
	for strings.Contains(l.text, fence) {
		fence += "`"
	}
	w.P()
	w.P(escapeMarkdown(l.label), ":")
	w.P()
	w.P(fence, l.language)
	w.P(l.text)
	w.P(fence)
}

// markdownText is a text in Markdown, on one line. The function code makes the code spans.
func markdownText(text richText, code func(string) string) string {
	var out strings.Builder
	for _, s := range text {
		piece := escapeMarkdown(s.text)
		if s.code {
			piece = code(s.text)
		}
		if s.href != "" {
			piece = "[" + piece + "](#" + s.href + ")"
		}
		out.WriteString(piece)
	}
	return strings.TrimSpace(out.String())
}

// markdownCode is a code span. The text may have backquotes.
func markdownCode(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// escapeMarkdown escapes a text for Markdown. An underscore within a word needs no escape.
func escapeMarkdown(text string) string {
	var out strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case strings.ContainsRune("\\`*[]<>&|~$", r),
			r == '_' && (i == 0 || i+1 == len(runes) || !wordRune(runes[i-1]) || !wordRune(runes[i+1])),
			i == 0 && strings.ContainsRune("#+-=", r),                                              // a heading, a list, a line
			(r == '.' || r == ')') && i > 0 && strings.Trim(string(runes[:i]), "0123456789") == "": // a numbered list
			out.WriteRune('\\')
			out.WriteRune(r)
		case r < ' ':
			out.WriteRune(' ')
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func wordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
