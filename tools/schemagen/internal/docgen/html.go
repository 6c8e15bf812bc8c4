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

//go:embed travel.svg
var travelSVG string

// icon is a dot, so that no browser asks a server for one.
const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3' fill='%238a3ffc'/%3E%3C/svg%3E"

// languages are those of calls, by their names in listings.
var languages = []struct{ id, label string }{ //nolint:gochecknoglobals // a table
	{"ts", "TypeScript"}, {"go", "Go"}, {"sh", "Shell"}, {"json", "JSON"},
}

// html prints a page as HTML that needs nothing else: no other file, no network. It says itself which scripts and styles are its own.
func html(p *page) []byte {
	w := &web{emit.New("")}
	w.P("<!doctype html>")
	w.P("<!-- ", mark, " -->")
	w.P(`<html lang="en">`)
	w.P(`<meta charset="utf-8">`)
	w.P(`<meta name="viewport" content="width=device-width, initial-scale=1">`)
	w.P(`<meta http-equiv="Content-Security-Policy" content="`, policy(), `">`)
	w.P("<title>", escape(p.title), " ", escape(p.version), ": reference</title>")
	w.P(`<link rel="icon" href="`, icon, `">`)
	w.P("<style>", pageStyle, "</style>")
	w.P("<body>")
	w.P(`<a class="skip" href="#main">Skip to the text</a>`)
	w.bar(p)
	w.P(`<div class="page">`)
	w.contents(p)
	w.P(`<main id="main" tabindex="-1">`)
	w.paragraph(p.doc)
	w.P("<p>Contract <code>", p.hash, "</code>.")
	for _, s := range p.sections {
		w.section(s)
	}
	w.P("</main>")
	w.P("</div>")
	w.P("<script>", pageScript, "</script>")
	w.P("</html>")
	return w.Bytes()
}

// policy is the page's Content-Security-Policy: only its own script and style, known by their sums, and its icon.
func policy() string {
	return "default-src 'none'; script-src '" + sum(pageScript) + "'; style-src '" + sum(pageStyle) + "'; img-src data:; base-uri 'none'; form-action 'none'"
}

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(digest[:])
}

// escape writes a text so that HTML shows it as it is, in an attribute too.
func escape(text string) string { return stdhtml.EscapeString(text) }

// content writes a text so that HTML shows it as it is between tags, where quotes mean nothing.
func content(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// web prints HTML. Nothing is indented: white space counts in pre. End tags that HTML does without are left out, since there are
// thousands of them.
type web struct{ *emit.Writer }

// bar is what stays in sight: the title, the search and the choice of a language.
func (w *web) bar(p *page) {
	w.P(`<header class="bar">`)
	w.P("<h1>", escape(p.title), " ", escape(p.version), "</h1>")
	w.P(`<form role="search"><label for="q">Search</label>`,
		`<input type="search" id="q" autocomplete="off" spellcheck="false" placeholder="name or words" aria-describedby="keys">`,
		`<output id="found" for="q" aria-live="polite"></output></form>`)
	w.P(`<span id="keys" hidden>Press the slash key to come here, Enter to go to the first entry found, Escape to see everything.</span>`)
	w.P("<fieldset><legend>Calls in</legend>")
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

func (w *web) contents(p *page) {
	w.P(`<nav aria-label="Contents">`)
	w.P("<ul>")
	for _, s := range p.sections {
		w.P(`<li><a href="#`, escape(s.anchor), `">`, escape(s.title), `</a>`)
		if len(s.entries) > 0 {
			w.P("<ul>")
			for _, e := range s.entries {
				w.P(`<li><a href="#`, escape(e.anchor), `">`, content(e.title), "</a>")
			}
			w.P("</ul>")
		}
	}
	w.P("</ul>")
	w.P("</nav>")
}

func (w *web) section(s section) {
	w.P(`<section id="`, escape(s.anchor), `">`)
	w.P("<h2>", escape(s.title), "</h2>")
	w.blocks(s.blocks)
	for _, e := range s.entries {
		w.P(`<article id="`, escape(e.anchor), `" tabindex="-1" aria-label="`, escape(e.title), `">`)
		w.P(`<h3><a href="#`, escape(e.anchor), `">`, content(e.title), `</a> <span class="badge">`, e.badge, "</span></h3>")
		w.blocks(e.blocks)
		w.P("</article>")
	}
	w.P("</section>")
}

func (w *web) blocks(all []block) {
	for _, one := range all {
		w.block(one)
	}
}

func (w *web) block(one block) {
	switch one := one.(type) {
	case para:
		w.paragraph(one.text)
	case list:
		w.P("<ul>")
		for _, item := range one.items {
			w.P("<li>", richHTML(item))
		}
		w.P("</ul>")
	case table:
		w.table(one)
	case listing:
		w.listing(one, "")
	case calls:
		w.P(`<div class="calls">`)
		for _, l := range one.listings {
			w.listing(l, languageID(l.label))
		}
		w.P("</div>")
	case folded:
		w.P("<details><summary>", escape(one.summary), "</summary>")
		w.blocks(one.blocks)
		w.P("</details>")
	case picture:
		w.P("<figure>", strings.TrimSpace(travelSVG), "</figure>")
	}
}

// languageID is the language that a listing among others is labelled with.
func languageID(label string) string {
	for _, l := range languages {
		if l.label == label {
			return l.id
		}
	}
	return ""
}

func (w *web) paragraph(text rich) {
	if said := richHTML(text); said != "" {
		w.P("<p>", said)
	}
}

func (w *web) table(t table) {
	id := ""
	if t.anchor != "" {
		id = ` id="` + escape(t.anchor) + `"`
	}
	w.P(`<div class="scroll" role="region" tabindex="0" aria-label="`, escape(t.caption.String()), `"`, id, `><table><caption>`, richHTML(t.caption), "</caption>")
	w.P(`<thead><tr><th scope="col">`, strings.Join(t.head, `<th scope="col">`), "<tbody>")
	for _, r := range t.rows {
		line := make([]string, 0, len(r))
		for _, c := range r {
			line = append(line, richHTML(c))
		}
		w.P(`<tr><th scope="row">`, strings.Join(line, "<td>"))
	}
	w.P("</table></div>")
}

// listing prints source text; one among others says in which language it is.
func (w *web) listing(l listing, language string) {
	class := ""
	if language != "" {
		class = ` class="in-` + language + `"`
	}
	w.P("<figure", class, "><figcaption>", escape(l.label), "</figcaption><pre>", content(l.text), "</pre></figure>")
}

// richHTML is a text in HTML. References look like code, since all of them are names.
func richHTML(text rich) string {
	var out strings.Builder
	for _, s := range text {
		piece := content(s.text)
		switch {
		case s.href != "":
			piece = `<a href="#` + escape(s.href) + `">` + piece + "</a>"
		case s.code:
			piece = "<code>" + piece + "</code>"
		}
		out.WriteString(piece)
	}
	return out.String()
}
