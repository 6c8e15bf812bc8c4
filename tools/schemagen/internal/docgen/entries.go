package docgen

import (
	"strconv"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
)

// shown is how many right examples of one kind are shown.
const shown = 2

// request describes a request.
func (b *builder) request(m *ir.Request) (entry, error) {
	e := entry{anchor: "request-" + m.Wire, title: m.Wire, badge: "request"}
	e.blocks = paragraphs(b.inline(m.Type.Doc))
	e.blocks = append(e.blocks, list{b.requestFacts(m)})
	if len(m.Type.Object.Fields) > 0 {
		e.blocks = append(e.blocks, b.fields(m.Type, plain("Fields"), ""))
	}
	ways, err := b.callsOf(m)
	if err != nil {
		return entry{}, err
	}
	if len(ways.listings) > 0 {
		e.blocks = append(e.blocks, ways)
	} else {
		e.blocks = append(e.blocks, para{plain("There is no example of this request.")})
	}
	if answer := m.Answer; answer != nil && b.inside[answer.Ref] != "" {
		caption := sentences(join(code(answer.Ref.Name), plain(":")), b.inline(answer.Ref.Doc))
		e.blocks = append(e.blocks, b.fields(answer.Ref, caption, b.inside[answer.Ref]))
	}
	for _, response := range first(b.examples.Of(m.Wire, example.GoodResponse), 1) {
		e.blocks = append(e.blocks, listing{"The response", "json", pretty(response.Value)})
	}
	e.blocks = append(e.blocks, b.more(m.Wire, example.GoodRequest, example.GoodResponse)...)
	e.blocks = append(e.blocks, b.refused(m.Wire)...)
	return e, nil
}

// requestFacts says what a request needs, causes and is answered.
func (b *builder) requestFacts(m *ir.Request) []rich {
	var facts []rich
	switch m.Auth {
	case ir.AuthRequired:
		facts = append(facts, join(plain("Needs "), code(m.Secret.Name), plain(".")))
	case ir.AuthOptional:
		wrong := ": accepted without, and with a wrong one."
		if m.Mutates {
			wrong = ": accepted without, refused with a wrong one."
		}
		facts = append(facts, join(plain("May carry "), code(m.Secret.Name), plain(wrong)))
	case ir.AuthNone:
	}
	if m.Mutates {
		facts = append(facts, plain("Changes something."))
	} else {
		facts = append(facts, plain("Only reads."))
	}
	facts = append(facts, b.answered(m))
	if len(m.Emits) > 0 {
		facts = append(facts, join(plain("Can cause "), commas(b.wires(m.Emits)), plain(".")))
	}
	refused := "Can be refused with what every request can be."
	if len(m.Errors) == 0 {
		return append(facts, plain(refused))
	}
	var codes []rich
	for _, c := range m.Errors {
		codes = append(codes, link(c, "code-"+c))
	}
	return append(facts, join(plain("Can be refused with "), commas(codes), plain(", and with what every request can be.")))
}

// answered says what a request is answered.
func (b *builder) answered(m *ir.Request) rich {
	switch {
	case m.Answer == nil:
		return join(plain("Answers "), code("null"), plain("."))
	case m.ReplyAs == ir.ReplyFrame:
		return join(plain("Answered by the frame "), b.words(m.Answer), plain(", always. A response "), code("null"),
			plain(" follows when the request has an id."))
	}
	return join(plain("Answers "), b.words(m.Answer), plain("."))
}

func (b *builder) wires(all []*ir.Broadcast) []rich {
	var names []rich
	for _, m := range all {
		if m.Planned {
			names = append(names, code(m.Wire))
			continue
		}
		names = append(names, link(m.Wire, b.links[m.Wire]))
	}
	return names
}

// broadcastSections groups the broadcasts by the documents that describe them.
func (b *builder) broadcastSections() []section {
	var all []section
	for _, m := range b.broadcasts() {
		title := "Broadcasts: " + m.Noun
		if len(all) == 0 || all[len(all)-1].title != title {
			anchor := "broadcasts-" + m.Noun
			for i, s := range all { // documents of the same name in two folders
				if s.anchor == anchor {
					anchor += "-" + strconv.Itoa(i)
				}
			}
			all = append(all, section{anchor: anchor, title: title})
		}
		last := &all[len(all)-1]
		last.entries = append(last.entries, b.broadcast(m))
	}
	return all
}

// broadcast describes a broadcast.
func (b *builder) broadcast(m *ir.Broadcast) entry {
	e := entry{anchor: "broadcast-" + m.Wire, title: m.Wire, badge: "broadcast"}
	e.blocks = paragraphs(b.inline(m.Type.Doc))
	var facts []rich
	switch m.Delivery {
	case ir.DeliverReliable:
		facts = append(facts, plain("Every one is delivered."))
	case ir.DeliverLatest:
		facts = append(facts, join(plain("While a client is behind, those with the same "), code(m.Key.Name),
			plain(" are merged into the newest.")))
	}
	if causes := b.causes(m); len(causes) > 0 {
		facts = append(facts, join(plain("Caused by "), commas(causes), plain(".")))
	}
	e.blocks = append(e.blocks, list{facts})
	if len(m.Type.Object.Fields) > 0 {
		e.blocks = append(e.blocks, b.fields(m.Type, join(plain("Fields of "), code("data")), ""))
	}
	e.blocks = append(e.blocks, b.listening(m))
	for _, frame := range first(b.examples.Of(m.Wire, example.Good), 1) {
		e.blocks = append(e.blocks, listing{"The frame", "json", pretty(frame.Value)})
	}
	e.blocks = append(e.blocks, b.more(m.Wire, example.Good)...)
	return e
}

// causes are the requests that can cause a broadcast.
func (b *builder) causes(m *ir.Broadcast) []rich {
	var names []rich
	for _, n := range b.contract.Nouns {
		for _, r := range b.requests(n) {
			for _, emitted := range r.Emits {
				if emitted == m {
					names = append(names, link(r.Wire, b.links[r.Wire]))
				}
			}
		}
	}
	return names
}

// frame describes a frame of the envelope.
func (b *builder) frame(m *ir.Frame) entry {
	e := entry{anchor: "frame-" + m.Wire, title: m.Wire, badge: "frame"}
	e.blocks = paragraphs(b.inline(m.Type.Doc))
	if len(m.Type.Object.Fields) > 0 {
		e.blocks = append(e.blocks, b.fields(m.Type, join(plain("Fields beside "), code("type")), ""))
	}
	for _, frame := range first(b.examples.Of(m.Wire, example.Good), 1) {
		e.blocks = append(e.blocks, listing{"The frame", "json", pretty(frame.Value)})
	}
	e.blocks = append(e.blocks, b.more(m.Wire, example.Good)...)
	return e
}

// more shows further right examples.
func (b *builder) more(of string, kinds ...example.Kind) []block {
	var further []block
	for _, kind := range kinds {
		for i, one := range first(b.examples.Of(of, kind), shown) {
			if i > 0 {
				further = append(further, listing{label(kind, one.Name), "json", pretty(one.Value)})
			}
		}
	}
	if len(further) == 0 {
		return nil
	}
	return []block{folded{"More examples", further}}
}

// refused says what is wrong with requests that are refused.
func (b *builder) refused(of string) []block {
	t := table{caption: plain("Requests that are refused"), head: []string{"Because", "At", "Code"}}
	for _, one := range b.examples.Of(of, example.BadRequest) {
		refusal := plain("")
		if one.Code != "" {
			refusal = link(one.Code, "code-"+one.Code)
		}
		t.rows = append(t.rows, []rich{b.inline(one.Description), codeOrNone(one.Path), refusal})
	}
	if len(t.rows) == 0 {
		return nil
	}
	return []block{folded{"What is refused", []block{t}}}
}

// label names an example by its file.
func label(kind example.Kind, name string) string {
	switch kind {
	case example.GoodRequest:
		return "Another request: " + name
	case example.GoodResponse:
		return "Another response: " + name
	case example.Good, example.Bad, example.BadRequest, example.BadResponse:
	}
	return "Another: " + name
}

func first(all []example.Example, n int) []example.Example { return all[:min(n, len(all))] }

func codeOrNone(text string) rich {
	if text == "" {
		return plain("")
	}
	return code(text)
}
