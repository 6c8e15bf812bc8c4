package tsgen

import (
	"slices"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// messages prints messages.ts, the tables about the protocol that the runtime reads.
func (p *generator) messages() []byte {
	w := emit.New(indent)
	w.P(generatedComment)
	w.P()
	w.P(`import type * as t from "./types.js";`)
	w.P()
	printDoc(w, "The version of this package's protocol.")
	w.P("export const contractVersion = ", quote(p.ir.Version), ";")
	w.P()
	printDoc(w, "The hash of this package's protocol. It changes with everything that is visible on the wire, but not with descriptions.")
	w.P("export const contractHash = ", quote(p.ir.Hash), ";")
	w.P()
	printDoc(w, "The reason of a refusal, for programs.")
	code := "string"
	if p.ir.Codes != nil {
		code = typeReference(p.ir.Codes)
	}
	w.P("export type Code = ", code, ";")
	w.P()
	p.requestTypes(w)
	p.broadcastTypes(w)
	p.credentialTypes(w)
	p.requestInfo(w)
	return w.Bytes()
}

// typeReference is the name of a type in other files.
func typeReference(t *ir.Type) string { return "t." + typeName(t.Name) }

func (p *generator) requestTypes(w *emit.Writer) {
	printDoc(w, "The requests by wire type: their fields and their answers. "+
		"`credential` is the name of the field that `connect` can fill in.")
	w.In("export interface Requests {")
	for _, r := range p.requests {
		printDoc(w, r.ir.Type.Doc)
		credential := ""
		if r.ir.Auth != ir.AuthNone {
			credential = "; credential: " + quote(r.ir.Secret.Name)
		}
		w.P(propertyName(r.ir.Wire), ": { request: ", typeReference(r.ir.Type), "; answer: ", answerType(r.ir), credential, " };")
	}
	w.Out("}")
	w.P()
}

// answerType is the type of a request's answer. lower allows only references to definitions.
func answerType(m *ir.Request) string {
	if m.Answer == nil {
		return "null"
	}
	return orNull(m.Answer, typeReference(m.Answer.Ref))
}

func (p *generator) broadcastTypes(w *emit.Writer) {
	printDoc(w, "The broadcasts by wire type: the type of their `data`.")
	w.In("export interface Broadcasts {")
	for _, b := range p.broadcasts {
		printDoc(w, b.Type.Doc)
		w.P(propertyName(b.Wire), ": ", typeReference(b.Type), ";")
	}
	w.Out("}")
	w.P()
	printDoc(w, "The wire types of all broadcasts.")
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

func (p *generator) credentialTypes(w *emit.Writer) {
	printDoc(w, "The credentials of requests, by field name.")
	w.In("export interface Credentials {")
	for _, f := range p.credentials {
		printDoc(w, f.Doc, "Secret: never show or log it.")
		w.P(propertyName(f.Name), "?: string | undefined;")
	}
	w.Out("}")
	w.P()
}

func (p *generator) requestInfo(w *emit.Writer) {
	printDoc(w, "Properties of a request.")
	w.In("export interface RequestInfo {")
	printDoc(w, "The field that `connect` can fill in.")
	w.P("readonly credential?: keyof Credentials;")
	printDoc(w, "It changes state.")
	w.P("readonly mutates?: boolean;")
	printDoc(w, "The type of the frame that is its answer.")
	w.P("readonly answerFrame?: string;")
	w.Out("}")
	w.P()
	names := map[string]string{} // names of the constants, by text: equal ones are printed once
	for _, r := range p.requests {
		if text := requestInfoText(r); text != "" && names[text] == "" {
			names[text] = "info" + strconv.Itoa(len(names)+1)
			w.P("const ", names[text], ": RequestInfo = { ", text, " };")
		}
	}
	if len(names) > 0 {
		w.P()
	}
	printDoc(w, "The requests with such properties, by wire type.")
	w.In("export const requestInfo: { readonly [type: string]: RequestInfo | undefined } = {")
	for _, r := range p.requests {
		if text := requestInfoText(r); text != "" {
			w.P(propertyName(r.ir.Wire), ": ", names[text], ",")
		}
	}
	w.Out("};")
	w.P()
	printDoc(w, "The error codes that requests declare: the server gives them only when it carries a request out. It gives other codes "+
		"before that, even to a request that is sent again and was carried out the first time.")
	w.P("export const executionCodes: readonly string[] = [", p.executionCodes(), "];")
	w.P()
	printDoc(w, "The request that pings the server; undefined if there is none.")
	w.P("export const heartbeat: string | undefined = ", p.heartbeat(), ";")
	w.P()
	printDoc(w, "The server can send a frame with the close code before its close frame, if the client asks for it in the URL.")
	w.P("export const announcesClose: boolean = ", p.announcesClose(), ";")
}

// announcesClose reports, as a literal, whether the protocol has a frame that announces the close
// frame.
func (p *generator) announcesClose() string {
	served := func(f *ir.Frame) bool { return f.Wire == "closing" && !f.Planned }
	return strconv.FormatBool(slices.ContainsFunc(p.ir.Frames, served))
}

// executionCodes lists the error codes that requests declare, each once. Other codes belong to
// every request.
func (p *generator) executionCodes() string {
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

// heartbeat is the first request without required fields whose answer is a frame, because such a
// frame comes even if the request has no id.
func (p *generator) heartbeat() string {
	for _, r := range p.requests {
		if r.frame != "" && !r.ir.Mutates && r.ir.Auth == ir.AuthNone && canBeEmpty(r.ir) {
			return quote(r.ir.Wire)
		}
	}
	return "undefined"
}

// requestInfoText is the RequestInfo of a request as members of an object literal; empty for none.
func requestInfoText(r *request) string {
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
