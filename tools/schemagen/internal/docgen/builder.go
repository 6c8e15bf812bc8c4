package docgen

import (
	"fmt"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/inhabited"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// builder builds the documentation of a contract.
type builder struct {
	contract *ir.Contract
	examples example.Set
	calls    *gogen.Calls
	methods  map[string]string // of the TypeScript client, by wire type

	links         map[string]string   // anchors by message type or definition name
	inlineAnswers map[*ir.Type]string // anchors of the answers that are described with their request
	sampleCalls   []sampleCall        // the requests shown in Go, for the generated test

	expanding []*ir.Type       // types being written out, each inside the one before; for recursive types
	ranks     inhabited.Depths // for generated examples of recursive types
	set       *schema.Set      // the documents, which validate generated examples
}

// sampleCall is a request that the documentation shows.
type sampleCall struct {
	request *ir.Request
	call    string        // in Go
	frame   *schema.Value // as JSON
}

// served returns all elements that are not planned only.
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
	b.assignAnchors()
	if err := b.checkExamples(); err != nil {
		return nil, err
	}
	p := &page{
		title: b.contract.Title, doc: b.parseText(b.contract.Doc), version: b.contract.Version, hash: b.contract.Hash,
		sections: []section{b.connectingSection(), b.envelopeSection()},
	}
	if p.title == "" {
		p.title = b.contract.Name
	}
	for _, n := range b.contract.Nouns {
		s := section{anchor: "about-" + n.Name, title: "Requests: " + n.Name, blocks: paragraphs(b.parseText(n.Doc))}
		for _, m := range b.requests(n) {
			e, err := b.requestEntry(m)
			if err != nil {
				return nil, err
			}
			s.entries = append(s.entries, e)
		}
		p.addSection(s)
	}
	for _, s := range b.broadcastSections() {
		p.addSection(s)
	}
	p.addSection(b.typesSection())
	if b.contract.Codes != nil {
		p.sections = append(p.sections, b.codesSection())
	}
	return p, nil
}

// addSection adds a section if it has entries.
func (p *page) addSection(s section) {
	if len(s.entries) > 0 {
		p.sections = append(p.sections, s)
	}
}

// assignAnchors assigns an anchor to every message, type and frame. Anchors come from wire names,
// so they are stable.
func (b *builder) assignAnchors() {
	b.links, b.inlineAnswers = map[string]string{}, map[*ir.Type]string{}
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
			b.inlineAnswers[t] = b.links[t.Name]
		}
	}
}

// checkExamples refuses examples of messages or definitions that the protocol does not have.
func (b *builder) checkExamples() error {
	names := b.messageTypes()
	for _, t := range b.contract.Types {
		names[t.Name] = true
	}
	var unknown []string
	for of := range b.examples {
		if !names[of] {
			unknown = append(unknown, of)
		}
	}
	slices.Sort(unknown)
	if len(unknown) > 0 {
		return &emit.Problem{Pos: ir.Pos{File: "examples"}, Text: fmt.Sprintf("there are examples of %s, but no such message or definition", strings.Join(unknown, ", "))}
	}
	return nil
}

// parseText parses a text with code in backquotes. Names of messages become links.
func (b *builder) parseText(text string) richText {
	parts := strings.Split(strings.Join(strings.Fields(text), " "), "`")
	if len(parts)%2 == 0 { // unmatched backquote
		last := len(parts) - 1
		parts = append(parts[:last-1], parts[last-1]+"`"+parts[last])
	}
	var all richText
	for i, part := range parts {
		switch {
		case part == "":
		case i%2 == 0:
			all = append(all, span{text: part})
		default:
			all = append(all, span{text: part, code: true, href: b.messageAnchor(part)})
		}
	}
	return all
}

// messageAnchor is the anchor of the message with this name; empty if there is none.
func (b *builder) messageAnchor(name string) string {
	for _, kind := range []string{"request-", "broadcast-"} {
		if b.links[name] == kind+name {
			return kind + name
		}
	}
	return ""
}

// paragraphs returns a block for each text that is not empty.
func paragraphs(all ...richText) []block {
	var blocks []block
	for _, text := range all {
		if text.String() != "" {
			blocks = append(blocks, paragraph{text})
		}
	}
	return blocks
}
