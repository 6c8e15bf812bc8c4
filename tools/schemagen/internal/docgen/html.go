package docgen

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	stdhtml "html"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

//go:embed sequence.svg
var sequenceSVG string

// faviconURL is a dot, so that browsers do not request one from the server.
const faviconURL = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3' fill='%238a3ffc'/%3E%3C/svg%3E"

// languages are the languages of the code tabs, with their labels.
var languages = []struct{ id, label string }{ //nolint:gochecknoglobals // a table
	{"ts", "TypeScript"}, {"go", "Go"}, {"sh", "Shell"}, {"json", "JSON"},
}

// html prints a page as self-contained HTML: it loads no other file. Its Content-Security-Policy
// allows only its own script and style.
func html(p *page) []byte {
	w := &htmlWriter{emit.New("")}
	w.P("<!doctype html>")
	w.P("<!-- ", generatedNotice, " -->")
	w.P(`<html lang="en">`)
	w.P(`<meta charset="utf-8">`)
	w.P(`<meta name="viewport" content="width=device-width, initial-scale=1">`)
	w.P(`<meta http-equiv="Content-Security-Policy" content="`, contentSecurityPolicy(), `">`)
	w.P("<title>", escapeAttribute(p.title), " ", escapeAttribute(p.version), ": reference</title>")
	w.P(`<link rel="icon" href="`, faviconURL, `">`)
	w.P("<style>", pageStyle, "</style>")
	w.P("<body>")
	w.P(`<a class="skip" href="#main">Skip to the text</a>`)
	w.header(p)
	w.P(`<div class="page">`)
	w.contents(p)
	w.P(`<main id="main" tabindex="-1">`)
	w.paragraph(p.doc)
	w.P("<p>Contract hash: <code>", p.hash, "</code>.")
	for _, s := range p.sections {
		w.section(s)
	}
	w.P("</main>")
	w.P("</div>")
	w.P("<script>", pageScript, "</script>")
	w.P("</html>")
	return w.Bytes()
}

// contentSecurityPolicy is the page's Content-Security-Policy: only its own script and style,
// identified by their hashes, and its icon.
func contentSecurityPolicy() string {
	return "default-src 'none'; script-src '" + cspHash(pageScript) + "'; style-src '" + cspHash(pageStyle) + "'; img-src data:; base-uri 'none'; form-action 'none'"
}

func cspHash(text string) string {
	digest := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(digest[:])
}

// escapeAttribute escapes a text for HTML, also for attributes.
func escapeAttribute(text string) string { return stdhtml.EscapeString(text) }

// escapeText escapes a text for HTML between tags, where quotes need no escape.
func escapeText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// htmlWriter prints HTML. It does not indent, because white space counts in pre. It leaves out
// optional end tags, because there are thousands of them.
type htmlWriter struct{ *emit.Writer }

// header prints the sticky header: the title, the search and the choice of a language.
func (w *htmlWriter) header(p *page) {
	w.P(`<header class="bar">`)
	w.P("<h1>", escapeAttribute(p.title), " ", escapeAttribute(p.version), "</h1>")
	w.P(`<form role="search"><label for="q">Search</label>`,
		`<input type="search" id="q" autocomplete="off" spellcheck="false" placeholder="name or words" aria-describedby="keys">`,
		`<output id="found" for="q" aria-live="polite"></output></form>`)
	w.P(`<span id="keys" hidden>Press the slash key to search, Enter to go to the first entry found, Escape to show everything.</span>`)
	w.P("<fieldset><legend>Show code in</legend>")
	for i, l := range languages {
		checked := ""
		if i == 0 {
			checked = " checked"
		}
		w.P(`<span><input type="radio" name="in" id="in-`, l.id, `"`, checked, `> <label for="in-`, l.id, `">`, l.label, `</label></span>`)
	}
	w.P("</fieldset>")
	w.P("</header>")
}

func (w *htmlWriter) contents(p *page) {
	w.P(`<nav aria-label="Contents">`)
	w.P("<ul>")
	for _, s := range p.sections {
		w.P(`<li><a href="#`, escapeAttribute(s.anchor), `">`, escapeAttribute(s.title), `</a>`)
		if len(s.entries) > 0 {
			w.P("<ul>")
			for _, e := range s.entries {
				w.P(`<li><a href="#`, escapeAttribute(e.anchor), `">`, escapeText(e.title), "</a>")
			}
			w.P("</ul>")
		}
	}
	w.P("</ul>")
	w.P("</nav>")
}

func (w *htmlWriter) section(s section) {
	w.P(`<section id="`, escapeAttribute(s.anchor), `">`)
	w.P("<h2>", escapeAttribute(s.title), "</h2>")
	w.blocks(s.blocks)
	for _, e := range s.entries {
		w.P(`<article id="`, escapeAttribute(e.anchor), `" tabindex="-1" aria-label="`, escapeAttribute(e.title), `">`)
		w.P(`<h3><a href="#`, escapeAttribute(e.anchor), `">`, escapeText(e.title), `</a> <span class="badge">`, e.badge, "</span></h3>")
		w.blocks(e.blocks)
		w.P("</article>")
	}
	w.P("</section>")
}

func (w *htmlWriter) blocks(all []block) {
	for _, one := range all {
		w.block(one)
	}
}

func (w *htmlWriter) block(one block) {
	switch one := one.(type) {
	case paragraph:
		w.paragraph(one.text)
	case list:
		w.P("<ul>")
		for _, item := range one.items {
			w.P("<li>", htmlText(item))
		}
		w.P("</ul>")
	case table:
		w.table(one)
	case codeBlock:
		w.listing(one, "")
	case codeTabs:
		w.P(`<div class="calls">`)
		for _, l := range one.listings {
			w.listing(l, languageID(l.label))
		}
		w.P("</div>")
	case details:
		w.P("<details><summary>", escapeAttribute(one.summary), "</summary>")
		w.blocks(one.blocks)
		w.P("</details>")
	case sequenceDiagram:
		w.P("<figure>", strings.TrimSpace(sequenceSVG), "</figure>")
	}
}

// languageID is the id of the language with a label; empty if there is none.
func languageID(label string) string {
	for _, l := range languages {
		if l.label == label {
			return l.id
		}
	}
	return ""
}

func (w *htmlWriter) paragraph(text richText) {
	if said := htmlText(text); said != "" {
		w.P("<p>", said)
	}
}

func (w *htmlWriter) table(t table) {
	id := ""
	if t.anchor != "" {
		id = ` id="` + escapeAttribute(t.anchor) + `"`
	}
	w.P(`<div class="scroll" role="region" tabindex="0" aria-label="`, escapeAttribute(t.caption.String()), `"`, id, `><table><caption>`, htmlText(t.caption), "</caption>")
	w.P("<thead><tr><th>", strings.Join(t.head, "<th>"), "<tbody>") // a th in thead is a column header without a scope
	for _, r := range t.rows {
		line := make([]string, 0, len(r))
		for _, c := range r {
			line = append(line, htmlText(c))
		}
		w.P(`<tr><th scope="row">`, strings.Join(line, "<td>"))
	}
	w.P("</table></div>")
}

// listing prints source text. A listing in code tabs has its language as a class.
func (w *htmlWriter) listing(l codeBlock, language string) {
	class := ""
	if language != "" {
		class = ` class="in-` + language + `"`
	}
	w.P("<figure", class, "><figcaption>", escapeAttribute(l.label), "</figcaption><pre>", escapeText(l.text), "</pre></figure>")
}

// htmlText is a text in HTML. Links look like code, because all of them are names.
func htmlText(text richText) string {
	var out strings.Builder
	for _, s := range text {
		piece := escapeText(s.text)
		switch {
		case s.href != "":
			piece = `<a href="#` + escapeAttribute(s.href) + `">` + piece + "</a>"
		case s.code:
			piece = "<code>" + piece + "</code>"
		}
		out.WriteString(piece)
	}
	return out.String()
}
