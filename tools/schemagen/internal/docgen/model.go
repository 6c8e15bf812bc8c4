package docgen

import "strings"

// page is the reference, as plain data.
type page struct {
	title    string
	doc      richText
	version  string
	hash     string
	sections []section
}

// section is a chapter with its blocks and entries.
type section struct {
	anchor, title string
	blocks        []block
	entries       []entry
}

// entry describes one message, type or code. Its title is its name.
type entry struct {
	anchor, title string
	badge         string // its kind, in one word
	blocks        []block
}

// block is a part of a section or entry.
//
//sumtype:decl
type block interface{ isBlock() }

// paragraph is a paragraph.
type paragraph struct{ text richText }

// list is a bullet list.
type list struct{ items []richText }

// table is a table. Every row has as many cells as the head.
type table struct {
	anchor  string // empty: none
	caption richText
	head    []string
	rows    [][]richText
}

// codeBlock is source text.
type codeBlock struct {
	label    string // its caption
	language string // ts, go, sh or json
	text     string
}

// codeTabs shows the same request in several languages. The HTML page shows one at a time.
type codeTabs struct{ listings []codeBlock }

// details is a collapsed block.
type details struct {
	summary string
	blocks  []block
}

// sequenceDiagram is the diagram of a request, its response and its broadcasts.
type sequenceDiagram struct{}

func (paragraph) isBlock()       {}
func (list) isBlock()            {}
func (table) isBlock()           {}
func (codeBlock) isBlock()       {}
func (codeTabs) isBlock()        {}
func (details) isBlock()         {}
func (sequenceDiagram) isBlock() {}

// richText is a text with code and links.
type richText []span

// span is a part of a text in one style.
type span struct {
	text string
	code bool
	href string // anchor of the link; empty: no link
}

// plain is text without code and links.
func plain(text string) richText { return richText{{text: text}} }

// code is a name or other literal text.
func code(text string) richText { return richText{{text: text, code: true}} }

// link is a name with a link to an anchor.
func link(text, href string) richText { return richText{{text: text, code: true, href: href}} }

// concat concatenates texts.
func concat(all ...richText) richText {
	var joined richText
	for _, r := range all {
		joined = append(joined, r...)
	}
	return joined
}

// commaList concatenates texts with commas between them.
func commaList(all []richText) richText {
	var joined richText
	for i, r := range all {
		if i > 0 {
			joined = append(joined, span{text: ", "})
		}
		joined = append(joined, r...)
	}
	return joined
}

// sentences concatenates the texts that are not empty, with spaces between them.
func sentences(all ...richText) richText {
	var joined richText
	for _, r := range all {
		if r.String() == "" {
			continue
		}
		if len(joined) > 0 {
			joined = append(joined, span{text: " "})
		}
		joined = append(joined, r...)
	}
	return joined
}

// String is the text without styles.
func (r richText) String() string {
	var out strings.Builder
	for _, s := range r {
		out.WriteString(s.text)
	}
	return out.String()
}
