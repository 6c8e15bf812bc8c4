package tsgen

import (
	"slices"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// messages prints what the runtime is told of the protocol.
func (p *pkg) messages() []byte {
	w := emit.New(indent)
	w.P(marker)
	w.P()
	w.P(`import type * as t from "./types.js";`)
	w.P()
	doc(w, "The version of the protocol that this package speaks.")
	w.P("export const contractVersion = ", quote(p.ir.Version), ";")
	w.P()
	doc(w, "The hash of the protocol that this package speaks. It changes when anything changes that is visible on the wire, and not with a description.")
	w.P("export const contractHash = ", quote(p.ir.Hash), ";")
	w.P()
	doc(w, "The reason of a refusal, for programs.")
	code := "string"
	if p.ir.Codes != nil {
		code = reference(p.ir.Codes)
	}
	w.P("export type Code = ", code, ";")
	w.P()
	p.requestTypes(w)
	p.broadcastTypes(w)
	p.credentialTypes(w)
	p.requestInfo(w)
	return w.Bytes()
}

// reference is how other files call a type that has a name.
func reference(t *ir.Type) string { return "t." + typeName(t.Name) }

func (p *pkg) requestTypes(w *emit.Writer) {
	doc(w, "The requests that are served, by their types on the wire: what they carry, and what they are answered. "+
		"`credential` names the field that `connect` can fill in.")
	w.In("export interface Requests {")
	for _, r := range p.requests {
		doc(w, r.ir.Type.Doc)
		credential := ""
		if r.ir.Auth != ir.AuthNone {
			credential = "; credential: " + quote(r.ir.Secret.Name)
		}
		w.P(key(r.ir.Wire), ": { request: ", reference(r.ir.Type), "; answer: ", answer(r.ir), credential, " };")
	}
	w.Out("}")
	w.P()
}

// answer is the type of what a request is answered, which lower lets be nothing but a reference to a definition.
func answer(m *ir.Request) string {
	if m.Answer == nil {
		return "null"
	}
	return orNull(m.Answer, reference(m.Answer.Ref))
}

func (p *pkg) broadcastTypes(w *emit.Writer) {
	doc(w, "The broadcasts that are sent, by their types on the wire: what is in their `data`.")
	w.In("export interface Broadcasts {")
	for _, b := range p.broadcasts {
		doc(w, b.Type.Doc)
		w.P(key(b.Wire), ": ", reference(b.Type), ";")
	}
	w.Out("}")
	w.P()
	doc(w, "The types of all broadcasts.")
	if len(p.broadcasts) == 0 {
		w.P("export const broadcastTypes: readonly (keyof Broadcasts)[] = [];")
	} else {
		w.In("export const broadcastTypes: readonly (keyof Broadcasts)[] = [")
		for _, b := range p.broadcasts {
			w.P(quote(b.Wire), ",")
		}
		w.Out("];")
	}
	w.P()
}

func (p *pkg) credentialTypes(w *emit.Writer) {
	doc(w, "What requests prove themselves with, by the names of their fields.")
	w.In("export interface Credentials {")
	for _, f := range p.credentials {
		doc(w, f.Doc, "Secret: never show or log it.")
		w.P(key(f.Name), "?: string | undefined;")
	}
	w.Out("}")
	w.P()
}

func (p *pkg) requestInfo(w *emit.Writer) {
	doc(w, "What there is to know of a request before it is sent.")
	w.In("export interface RequestInfo {")
	doc(w, "The field that `connect` can fill in.")
	w.P("readonly credential?: keyof Credentials;")
	doc(w, "It changes something when it is carried out.")
	w.P("readonly mutates?: boolean;")
	doc(w, "The type of the frame that is its answer.")
	w.P("readonly answerFrame?: string;")
	w.Out("}")
	w.P()
	same := map[string]string{} // what to know, by its text: the name under which it is printed once
	for _, r := range p.requests {
		if text := knowledge(r); text != "" && same[text] == "" {
			same[text] = "info" + strconv.Itoa(len(same)+1)
			w.P("const ", same[text], ": RequestInfo = { ", text, " };")
		}
	}
	if len(same) > 0 {
		w.P()
	}
	doc(w, "The requests of which there is anything to know.")
	w.In("export const requestInfo: { readonly [type: string]: RequestInfo | undefined } = {")
	for _, r := range p.requests {
		if text := knowledge(r); text != "" {
			w.P(key(r.ir.Wire), ": ", same[text], ",")
		}
	}
	w.Out("};")
	w.P()
	doc(w, "The reasons that a request is refused for when it is carried out. For any other it is refused before that, also when it "+
		"has been carried out already and is sent again.")
	w.P("export const decisions: readonly string[] = [", p.decisions(), "];")
	w.P()
	doc(w, "The request by which the server is asked for a sign of life; undefined where there is none.")
	w.P("export const heartbeat: string | undefined = ", p.heartbeat(), ";")
	w.P()
	doc(w, "The server sends a frame with the close code before its close frame, if the client asks for it when it connects.")
	w.P("export const announcesClose: boolean = ", p.announcesClose(), ";")
}

// announcesClose reports, as a literal, whether the protocol has a frame that announces a close frame.
func (p *pkg) announcesClose() string {
	served := func(f *ir.Frame) bool { return f.Wire == "closing" && !f.Planned }
	return strconv.FormatBool(slices.ContainsFunc(p.ir.Frames, served))
}

// decisions lists the codes that single requests declare, each once. What they do not declare can be said of every request.
func (p *pkg) decisions() string {
	var all []string
	for _, r := range p.requests {
		for _, code := range r.ir.Errors {
			if text := quote(code); !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return strings.Join(all, ", ")
}

// heartbeat is the first request that asks for nothing and is always answered by a frame, also when it carries no id.
func (p *pkg) heartbeat() string {
	for _, r := range p.requests {
		if r.frame != "" && !r.ir.Mutates && r.ir.Auth == ir.AuthNone && canBeEmpty(r.ir) {
			return quote(r.ir.Wire)
		}
	}
	return "undefined"
}

// knowledge is what there is to know of a request, as members of an object; empty: nothing.
func knowledge(r *request) string {
	var facts []string
	if r.ir.Auth != ir.AuthNone {
		facts = append(facts, "credential: "+quote(r.ir.Secret.Name))
	}
	if r.ir.Mutates {
		facts = append(facts, "mutates: true")
	}
	if r.frame != "" {
		facts = append(facts, "answerFrame: "+quote(r.frame))
	}
	return strings.Join(facts, ", ")
}
