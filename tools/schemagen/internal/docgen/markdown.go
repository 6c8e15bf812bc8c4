package docgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

// travel is the picture of how messages travel, for readers of Markdown that draw it.
const travel = "```mermaid\n" + `sequenceDiagram
  participant A as client
  participant S as server
  participant B as every client that listens
  A->>S: {"type", "request_id", …}
  S-->>S: check, carry out, store
  S->>A: {"type": "response", "request_id", "data"}
  S->>A: {"type": broadcast, "data", "seq"}
  S->>B: {"type": broadcast, "data", "seq"}
` + "```"

// markdown prints a page as Markdown, as GitHub reads it.
func markdown(p *page) []byte {
	w := &prose{emit.New("")}
	w.P("<!-- ", mark, " -->")
	w.P()
	w.P("# ", escapeMark(p.title), " ", escapeMark(p.version))
	w.paragraph(p.doc)
	w.P()
	w.P("Contract `", p.hash, "`.")
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

// prose prints Markdown.
type prose struct{ *emit.Writer }

// contents lists the sections and what is in them.
func (w *prose) contents(p *page) {
	w.P()
	for _, s := range p.sections {
		var entries []rich
		for _, e := range s.entries {
			entries = append(entries, link(e.title, e.anchor))
		}
		line := "- [" + escapeMark(s.title) + "](#" + s.anchor + ")"
		if len(entries) > 0 {
			line += ": " + richMark(commas(entries), codeMark)
		}
		w.P(line)
	}
}

// heading prints a heading with an anchor of its own, which does not depend on how a site makes them.
func (w *prose) heading(level, anchor, title string) {
	w.P()
	w.P(`<a id="`, anchor, `"></a>`)
	w.P()
	w.P(level, " ", escapeMark(title))
}

func (w *prose) blocks(all []block) {
	for _, one := range all {
		w.block(one)
	}
}

func (w *prose) block(one block) {
	switch one := one.(type) {
	case para:
		w.paragraph(one.text)
	case list:
		w.P()
		for _, item := range one.items {
			w.P("- ", richMark(item, codeMark))
		}
	case table:
		w.table(one)
	case listing:
		w.listing(one)
	case calls:
		for _, l := range one.listings {
			w.listing(l)
		}
	case folded:
		w.P()
		w.P("<details><summary>", escapeMark(one.summary), "</summary>")
		w.blocks(one.blocks)
		w.P()
		w.P("</details>")
	case picture:
		w.P()
		w.P(travel)
	}
}

func (w *prose) paragraph(text rich) {
	if said := richMark(text, codeMark); said != "" {
		w.P()
		w.P(said)
	}
}

func (w *prose) table(t table) {
	if t.anchor != "" {
		w.P()
		w.P(`<a id="`, t.anchor, `"></a>`)
	}
	w.paragraph(t.caption)
	w.P()
	head := make([]rich, 0, len(t.head))
	for _, h := range t.head {
		head = append(head, plain(h))
	}
	w.row(head)
	w.P("|", strings.Repeat("---|", len(t.head)))
	for _, r := range t.rows {
		w.row(r)
	}
}

// row prints the cells of a row. A bar ends a cell even within a code span, unless a backslash stands before it.
func (w *prose) row(cells []rich) {
	line := make([]string, 0, len(cells))
	for _, c := range cells {
		line = append(line, richMark(c, func(text string) string { return strings.ReplaceAll(codeMark(text), "|", `\|`) }))
	}
	w.P("| ", strings.Join(line, " | "), " |")
}

func (w *prose) listing(l listing) {
	fence := "```"
	for strings.Contains(l.text, fence) {
		fence += "`"
	}
	w.P()
	w.P(escapeMark(l.label), ":")
	w.P()
	w.P(fence, l.language)
	w.P(l.text)
	w.P(fence)
}

// richMark is a text in Markdown, on one line; code spans are made by code.
func richMark(text rich, code func(string) string) string {
	var out strings.Builder
	for _, s := range text {
		piece := escapeMark(s.text)
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

// codeMark is a code span. What it holds may hold backquotes itself.
func codeMark(text string) string {
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

// escapeMark writes a text so that Markdown shows it as it is. An underscore within a word means nothing there.
func escapeMark(text string) string {
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
