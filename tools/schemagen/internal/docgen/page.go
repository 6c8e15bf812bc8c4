package docgen

import "strings"

// page is the reference, as plain data.
type page struct {
	title    string
	doc      rich
	version  string
	hash     string
	sections []section
}

// section is a chapter with what it consists of.
type section struct {
	anchor, title string
	blocks        []block
	entries       []entry
}

// entry is what there is to know of one message, type or code. Its title is its name.
type entry struct {
	anchor, title string
	badge         string // what it is, in a word
	blocks        []block
}

// block is a piece of text.
//
//sumtype:decl
type block interface{ isBlock() }

// para is a paragraph.
type para struct{ text rich }

// list has an item for each line.
type list struct{ items []rich }

// table has rows as long as its head.
type table struct {
	anchor  string // empty: nothing refers to it
	caption rich
	head    []string
	rows    [][]rich
}

// listing is source text.
type listing struct {
	label    string // what it is
	language string // ts, go, sh or json
	text     string
}

// calls are the ways to make one request: one of them at a time is to be seen.
type calls struct{ listings []listing }

// folded is to be seen when it is asked for.
type folded struct {
	summary string
	blocks  []block
}

// picture shows how messages travel.
type picture struct{}

func (para) isBlock()    {}
func (list) isBlock()    {}
func (table) isBlock()   {}
func (listing) isBlock() {}
func (calls) isBlock()   {}
func (folded) isBlock()  {}
func (picture) isBlock() {}

// rich is text with names and references in it.
type rich []span

// span is text of one kind.
type span struct {
	text string
	code bool
	href string // anchor that it leads to; empty: nowhere
}

// plain is text as it is.
func plain(text string) rich { return rich{{text: text}} }

// code is a name, or something else that is meant literally.
func code(text string) rich { return rich{{text: text, code: true}} }

// link is a name that leads to an anchor.
func link(text, href string) rich { return rich{{text: text, code: true, href: href}} }

// join puts texts behind each other.
func join(all ...rich) rich {
	var joined rich
	for _, r := range all {
		joined = append(joined, r...)
	}
	return joined
}

// commas puts texts behind each other, with commas between them.
func commas(all []rich) rich {
	var joined rich
	for i, r := range all {
		if i > 0 {
			joined = append(joined, span{text: ", "})
		}
		joined = append(joined, r...)
	}
	return joined
}

// sentences puts texts that are not empty behind each other, with blanks between them.
func sentences(all ...rich) rich {
	var joined rich
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

// String is the text without what it looks like.
func (r rich) String() string {
	var out strings.Builder
	for _, s := range r {
		out.WriteString(s.text)
	}
	return out.String()
}
