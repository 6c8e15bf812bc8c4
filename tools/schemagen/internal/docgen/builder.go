package docgen

import (
	"fmt"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/rank"
	"seg.example/tools/schemagen/internal/schema"
)

// builder makes pages of a contract.
type builder struct {
	contract *ir.Contract
	examples example.Set
	calls    *gogen.Calls
	methods  map[string]string // of the TypeScript client, by wire type

	links  map[string]string   // anchors by what they are of: a message's type, a definition's name
	inside map[*ir.Type]string // anchors of the answers that are described where they are answered
	made   []made              // the calls, for their test

	writing []*ir.Type  // types of several kinds that are being written out, each inside the one before
	ranks   rank.Ranks  // which types a value without an example is made of
	set     *schema.Set // the documents, which judge that value
}

// made is a request as the documentation shows how to make it.
type made struct {
	request *ir.Request
	call    string        // in Go
	frame   *schema.Value // as JSON
}

// served leaves out what is planned only.
func served[T any](all []T, planned func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), planned)
}

func (b *builder) requests(n *ir.Noun) []*ir.Request {
	return served(n.Requests, func(m *ir.Request) bool { return m.Planned })
}

func (b *builder) broadcasts() []*ir.Broadcast {
	return served(b.contract.Broadcasts, func(m *ir.Broadcast) bool { return m.Planned })
}

func (b *builder) frames() []*ir.Frame {
	return served(b.contract.Frames, func(m *ir.Frame) bool { return m.Planned })
}

// page builds the reference.
func (b *builder) page() (*page, error) {
	b.anchors()
	if err := b.known(); err != nil {
		return nil, err
	}
	p := &page{
		title: b.contract.Title, doc: b.inline(b.contract.Doc), version: b.contract.Version, hash: b.contract.Hash,
		sections: []section{b.connecting(), b.envelope()},
	}
	if p.title == "" {
		p.title = b.contract.Name
	}
	for _, n := range b.contract.Nouns {
		s := section{anchor: "about-" + n.Name, title: "Requests: " + n.Name, blocks: paragraphs(b.inline(n.Doc))}
		for _, m := range b.requests(n) {
			e, err := b.request(m)
			if err != nil {
				return nil, err
			}
			s.entries = append(s.entries, e)
		}
		p.add(s)
	}
	for _, s := range b.broadcastSections() {
		p.add(s)
	}
	p.add(b.types())
	if b.contract.Codes != nil {
		p.sections = append(p.sections, b.codes())
	}
	return p, nil
}

// add adds a section that has entries.
func (p *page) add(s section) {
	if len(s.entries) > 0 {
		p.sections = append(p.sections, s)
	}
}

// anchors gives everything that can be referred to its anchor. They are made of the names that clients use, so that they stay.
func (b *builder) anchors() {
	b.links, b.inside = map[string]string{}, map[*ir.Type]string{}
	for _, t := range b.contract.Types {
		b.links[t.Name] = "type-" + t.Name
	}
	for _, f := range b.frames() {
		b.links[f.Type.Name] = "frame-" + f.Wire
	}
	users := map[*ir.Type]int{}
	for _, n := range b.contract.Nouns {
		for _, m := range b.requests(n) {
			b.links[m.Wire] = "request-" + m.Wire
			b.links[m.Type.Name] = "request-" + m.Wire
			if m.Answer != nil {
				users[m.Answer.Ref]++
			}
		}
	}
	for _, m := range b.broadcasts() {
		b.links[m.Wire] = "broadcast-" + m.Wire
		b.links[m.Type.Name] = "broadcast-" + m.Wire
	}
	for t, n := range users {
		if n == 1 && strings.HasSuffix(t.Name, "Answer") && t.Kind == ir.Object {
			b.inside[t] = b.links[t.Name]
		}
	}
}

// known refuses examples of what the protocol does not have.
func (b *builder) known() error {
	names := b.names()
	for _, t := range b.contract.Types {
		names[t.Name] = true
	}
	var strange []string
	for of := range b.examples {
		if !names[of] {
			strange = append(strange, of)
		}
	}
	slices.Sort(strange)
	if len(strange) > 0 {
		return &emit.Problem{Pos: ir.Pos{File: "examples"}, Text: fmt.Sprintf("there are examples of %s, but no such message or definition", strings.Join(strange, ", "))}
	}
	return nil
}

// inline reads a text in which backquotes mark what is meant literally. The name of a message leads to it.
func (b *builder) inline(text string) rich {
	parts := strings.Split(strings.Join(strings.Fields(text), " "), "`")
	if len(parts)%2 == 0 { // one backquote too many
		last := len(parts) - 1
		parts = append(parts[:last-1], parts[last-1]+"`"+parts[last])
	}
	var all rich
	for i, part := range parts {
		switch {
		case part == "":
		case i%2 == 0:
			all = append(all, span{text: part})
		default:
			all = append(all, span{text: part, code: true, href: b.mentioned(part)})
		}
	}
	return all
}

// mentioned is the anchor of the message that a text names; empty when it names none.
func (b *builder) mentioned(name string) string {
	for _, kind := range []string{"request-", "broadcast-"} {
		if b.links[name] == kind+name {
			return kind + name
		}
	}
	return ""
}

// paragraphs are the texts that say something.
func paragraphs(all ...rich) []block {
	var blocks []block
	for _, text := range all {
		if text.String() != "" {
			blocks = append(blocks, para{text})
		}
	}
	return blocks
}
