package docgen

import (
	"strconv"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
)

// maxExamples is the largest number of valid examples of one kind that the reference shows.
const maxExamples = 2

// requestEntry describes a request.
func (b *builder) requestEntry(m *ir.Request) (entry, error) {
	e := entry{anchor: "request-" + m.Wire, title: m.Wire, badge: "request"}
	e.blocks = paragraphs(b.parseText(m.Type.Doc))
	e.blocks = append(e.blocks, list{b.requestFacts(m)})
	if len(m.Type.Object.Fields) > 0 {
		e.blocks = append(e.blocks, b.fieldTable(m.Type, plain("Fields"), ""))
	}
	ways, err := b.callExamples(m)
	if err != nil {
		return entry{}, err
	}
	if len(ways.listings) > 0 {
		e.blocks = append(e.blocks, ways)
	} else {
		e.blocks = append(e.blocks, paragraph{plain("There is no example of this request.")})
	}
	if answer := m.Answer; answer != nil && b.inlineAnswers[answer.Ref] != "" {
		caption := sentences(concat(code(answer.Ref.Name), plain(":")), b.parseText(answer.Ref.Doc))
		e.blocks = append(e.blocks, b.fieldTable(answer.Ref, caption, b.inlineAnswers[answer.Ref]))
	}
	for _, response := range firstN(b.examples.Of(m.Wire, example.GoodResponse), 1) {
		e.blocks = append(e.blocks, codeBlock{"The response", "json", pretty(response.Value)})
	}
	e.blocks = append(e.blocks, b.moreExamples(m.Wire, example.GoodRequest, example.GoodResponse)...)
	e.blocks = append(e.blocks, b.refusedExamples(m.Wire)...)
	return e, nil
}

// requestFacts lists what a request requires, causes and returns.
func (b *builder) requestFacts(m *ir.Request) []richText {
	var facts []richText
	switch m.Auth {
	case ir.AuthRequired:
		facts = append(facts, concat(plain("Requires "), code(m.Secret.Name), plain(".")))
	case ir.AuthOptional:
		wrong := " is optional. A wrong one is ignored."
		if m.Mutates {
			wrong = " is optional. A wrong one is refused."
		}
		facts = append(facts, concat(code(m.Secret.Name), plain(wrong)))
	case ir.AuthNone:
	}
	if m.Mutates {
		facts = append(facts, plain("Changes state."))
	} else {
		facts = append(facts, plain("Only reads."))
	}
	facts = append(facts, b.answerFact(m))
	if len(m.Emits) > 0 {
		facts = append(facts, concat(plain("Can cause the broadcasts "), commaList(b.broadcastLinks(m.Emits)), plain(".")))
	}
	refused := "Can be refused with the codes of every request."
	if len(m.Errors) == 0 {
		return append(facts, plain(refused))
	}
	var codes []richText
	for _, c := range m.Errors {
		codes = append(codes, link(c, "code-"+c))
	}
	return append(facts, concat(plain("Can be refused with "), commaList(codes), plain(", and with the codes of every request.")))
}

// answerFact describes the answer to a request.
func (b *builder) answerFact(m *ir.Request) richText {
	switch {
	case m.Answer == nil:
		return concat(plain("The answer is "), code("null"), plain("."))
	case m.ReplyAs == ir.ReplyFrame:
		return concat(plain("The answer is the frame "), b.typeText(m.Answer), plain(". A response "), code("null"),
			plain(" follows if the request has a "), code("request_id"), plain("."))
	}
	return concat(plain("The answer is "), b.typeText(m.Answer), plain("."))
}

func (b *builder) broadcastLinks(all []*ir.Broadcast) []richText {
	var names []richText
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
		last.entries = append(last.entries, b.broadcastEntry(m))
	}
	return all
}

// broadcastEntry describes a broadcast.
func (b *builder) broadcastEntry(m *ir.Broadcast) entry {
	e := entry{anchor: "broadcast-" + m.Wire, title: m.Wire, badge: "broadcast"}
	e.blocks = paragraphs(b.parseText(m.Type.Doc))
	var facts []richText
	switch m.Delivery {
	case ir.DeliverReliable:
		facts = append(facts, plain("All are delivered."))
	case ir.DeliverLatest:
		facts = append(facts, concat(plain("If a client falls behind, broadcasts with the same "), code(m.Key.Name),
			plain(" are merged into the newest.")))
	}
	if causes := b.causingRequests(m); len(causes) > 0 {
		facts = append(facts, concat(plain("Caused by "), commaList(causes), plain(".")))
	}
	e.blocks = append(e.blocks, list{facts})
	if len(m.Type.Object.Fields) > 0 {
		e.blocks = append(e.blocks, b.fieldTable(m.Type, concat(plain("Fields of "), code("data")), ""))
	}
	e.blocks = append(e.blocks, b.subscribeExample(m))
	for _, frame := range firstN(b.examples.Of(m.Wire, example.Good), 1) {
		e.blocks = append(e.blocks, codeBlock{"The frame", "json", pretty(frame.Value)})
	}
	e.blocks = append(e.blocks, b.moreExamples(m.Wire, example.Good)...)
	return e
}

// causingRequests lists the requests that can cause a broadcast.
func (b *builder) causingRequests(m *ir.Broadcast) []richText {
	var names []richText
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

// frameEntry describes a frame of the envelope.
func (b *builder) frameEntry(m *ir.Frame) entry {
	e := entry{anchor: "frame-" + m.Wire, title: m.Wire, badge: "frame"}
	e.blocks = paragraphs(b.parseText(m.Type.Doc))
	if len(m.Type.Object.Fields) > 0 {
		e.blocks = append(e.blocks, b.fieldTable(m.Type, concat(plain("Fields besides "), code("type")), ""))
	}
	for _, frame := range firstN(b.examples.Of(m.Wire, example.Good), 1) {
		e.blocks = append(e.blocks, codeBlock{"The frame", "json", pretty(frame.Value)})
	}
	e.blocks = append(e.blocks, b.moreExamples(m.Wire, example.Good)...)
	return e
}

// moreExamples shows further valid examples.
func (b *builder) moreExamples(of string, kinds ...example.Kind) []block {
	var further []block
	for _, kind := range kinds {
		for i, one := range firstN(b.examples.Of(of, kind), maxExamples) {
			if i > 0 {
				further = append(further, codeBlock{exampleLabel(kind, one.Name), "json", pretty(one.Value)})
			}
		}
	}
	if len(further) == 0 {
		return nil
	}
	return []block{details{"More examples", further}}
}

// refusedExamples lists the examples of invalid requests with the reasons.
func (b *builder) refusedExamples(of string) []block {
	t := table{caption: plain("Examples"), head: []string{"Reason", "Path", "Code"}}
	for _, one := range b.examples.Of(of, example.BadRequest) {
		refusal := plain("")
		if one.Code != "" {
			refusal = link(one.Code, "code-"+one.Code)
		}
		t.rows = append(t.rows, []richText{b.parseText(one.Description), codeOrNone(one.Path), refusal})
	}
	if len(t.rows) == 0 {
		return nil
	}
	return []block{details{"Refused requests", []block{t}}}
}

// exampleLabel is the label of an example, with the name of its file.
func exampleLabel(kind example.Kind, name string) string {
	switch kind {
	case example.GoodRequest:
		return "Another request: " + name
	case example.GoodResponse:
		return "Another response: " + name
	case example.Good, example.Bad, example.BadRequest, example.BadResponse:
	}
	return "Another: " + name
}

func firstN(all []example.Example, n int) []example.Example { return all[:min(n, len(all))] }

func codeOrNone(text string) richText {
	if text == "" {
		return plain("")
	}
	return code(text)
}
