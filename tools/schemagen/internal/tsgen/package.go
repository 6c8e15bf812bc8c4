package tsgen

import (
	_ "embed"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

// license is what the package says of itself.
const license = "MIT"

//go:embed tsconfig.json
var tsconfig []byte

//go:embed tsconfig.cjs.json
var tsconfigCJS []byte

// entries are the package's ways in, by path, and the file of each.
var entries = []struct{ path, file string }{ //nolint:gochecknoglobals // a table
	{".", "index"},
	{"./types", "types"},
	{"./validators", "validators"},
	{"./testing", "testing"},
	{"./react", "react"},
	{"./vue", "vue"},
}

// Versions of what the package is built with.
const (
	typescript = "7.0.2"
	reactTypes = "19.3.0"
	vue        = "3.5.45"
)

// packageName is what the package is called.
func (p *pkg) packageName() string { return p.ir.Name + "-client" }

// packageJSON prints the package's description for npm. Every entry is there as an ES module and as a CommonJS module.
func (p *pkg) packageJSON() []byte {
	w := emit.New(indent)
	w.In("{")
	w.P(`"$comment": `, quote(mark), ",")
	w.P(`"name": `, quote(p.packageName()), ",")
	w.P(`"version": `, quote(p.ir.Version), ",")
	w.P(`"description": `, quote("Typed client of the protocol "+p.ir.Title), ",")
	w.P(`"license": `, quote(license), ",")
	w.P(`"type": "module",`)
	w.P(`"sideEffects": false,`)
	exports(w)
	w.P(`"main": "./dist/cjs/index.js",`)
	w.P(`"module": "./dist/index.js",`)
	w.P(`"types": "./dist/cjs/index.d.ts",`)
	typesVersions(w)
	w.P(`"files": ["dist", "src"],`)
	w.P(`"engines": { "node": ">=20" },`)
	w.In(`"scripts": {`)
	w.P(`"build": `, quote(`tsc && tsc -p tsconfig.cjs.json && node -p "'{ \"type\": \"commonjs\" }'" > dist/cjs/package.json`), `,`)
	w.P(`"prepack": "npm run build"`)
	w.Out("},")
	w.P(`"peerDependencies": { "react": ">=18", "vue": ">=3.3" },`)
	w.P(`"peerDependenciesMeta": { "react": { "optional": true }, "vue": { "optional": true } },`)
	w.In(`"devDependencies": {`)
	w.P(`"@types/react": `, quote(reactTypes), ",")
	w.P(`"typescript": `, quote(typescript), ",")
	w.P(`"vue": `, quote(vue))
	w.Out("}")
	w.Out("}")
	return w.Bytes()
}

// exports prints where each entry is found.
func exports(w *emit.Writer) {
	w.In(`"exports": {`)
	for i, e := range entries {
		end := ","
		if i == len(entries)-1 {
			end = ""
		}
		w.In(quote(e.path), ": {")
		w.P(`"import": { "types": "./dist/`, e.file, `.d.ts", "default": "./dist/`, e.file, `.js" },`)
		w.P(`"require": { "types": "./dist/cjs/`, e.file, `.d.ts", "default": "./dist/cjs/`, e.file, `.js" }`)
		w.Out("}", end)
	}
	w.Out("},")
}

// typesVersions prints the same for the oldest way to find modules, which knows no exports.
func typesVersions(w *emit.Writer) {
	w.In(`"typesVersions": {`)
	w.In(`"*": {`)
	for i, e := range entries[1:] {
		end := ","
		if i == len(entries)-2 {
			end = ""
		}
		w.P(quote(e.file), `: ["./dist/cjs/`, e.file, `.d.ts"]`, end)
	}
	w.Out("}")
	w.Out("},")
}

// index prints what the package offers.
func (p *pkg) index() []byte {
	w := emit.New(indent)
	w.P(marker)
	w.P()
	w.P("// A type of the protocol with the name of something here is found in ", quote(p.packageName()+"/types"), ".")
	w.P(`export * from "./types.js";`)
	w.P(`export { Client, connect } from "./client.js";`)
	w.P(`export type { Answer, ConnectOptions, Params, RequestType } from "./base.js";`)
	w.P(`export type { CallOptions } from "./calls.js";`)
	w.P(`export type { ConnectionState, Retry } from "./connection.js";`)
	w.P(`export { BehindError, ClosedError, ProtocolError, `, p.errorName(), `, TimeoutError } from "./errors.js";`)
	w.P(`export type { Detail, ErrorFacts, LocalCode, Outcome } from "./errors.js";`)
	w.In(`export type {`)
	w.P(`BroadcastType, EventMap, EventOf, EventStream, Listener, ResyncEvent, ServerEvent, StateEvent, StreamEvent, StreamOptions, Unsubscribe,`)
	w.P(`WarningEvent, WelcomeEvent,`)
	w.Out(`} from "./events.js";`)
	w.P(`export type { Position } from "./follow.js";`)
	w.P(`export type { KeyStorage } from "./key.js";`)
	w.P(`export { broadcastTypes, contractHash, contractVersion } from "./messages.js";`)
	w.P(`export type { Broadcasts, Code, Credentials, Requests } from "./messages.js";`)
	w.P(`export type { Socket, SocketConstructor } from "./socket.js";`)
	w.P(`export type { Fault, Validator } from "./validate.js";`)
	return w.Bytes()
}

// reading is a request that only reads and can be made without being given anything; nil: there is none.
func (p *pkg) reading() *request {
	for _, r := range p.requests {
		if canBeEmpty(r.ir) && !r.ir.Mutates && r.ir.Answer != nil && r.frame == "" {
			return r
		}
	}
	return nil
}

// shownCall is a call for the README: one that reads, or else the first that needs nothing.
func (p *pkg) shownCall() string {
	if r := p.reading(); r != nil {
		return r.method + "()"
	}
	for _, r := range p.requests {
		if canBeEmpty(r.ir) {
			return r.method + "()"
		}
	}
	return "request('TYPE', { … })"
}

// shownLive is the README's line that reads data and keeps them up to date. It is made again and again, so that what changes something
// must not be in it: without a request that reads there is no line.
func (p *pkg) shownLive() string {
	r := p.reading()
	if r == nil {
		return ""
	}
	return "const { data, error, loading, state, retry } = useLive(client, (signal) => client." + r.method +
		"({}, { signal }), (data, event) => data);\n"
}

// shownExample is the README's section with the example program.
func (p *pkg) shownExample() string {
	if p.example == "" {
		return ""
	}
	return "\n## A complete example\n\n```js\n" + p.example + "```\n"
}

//go:embed readme.md
var readme string

// readme prints the package's README.
func (p *pkg) readme() []byte {
	options := []string{"clientId: 'me'"}
	for _, f := range p.credentials {
		options = append(options, key(f.Name)+": '…'")
	}
	event := "*"
	if len(p.broadcasts) > 0 {
		event = p.broadcasts[0].Wire
	}
	return []byte(strings.NewReplacer(
		"MARK", mark, "ERROR", p.errorName(), "TITLE", p.ir.Title, "PACKAGE", p.packageName(), "DESCRIPTION", p.ir.Doc,
		"OPTIONS", strings.Join(options, ", "), "CALL", p.shownCall(), "LIVE", p.shownLive(), "EVENT", event,
		"\nEXAMPLE\n", p.shownExample(),
	).Replace(readme))
}
