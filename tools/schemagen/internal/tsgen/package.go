package tsgen

import (
	_ "embed"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

// license is the license of the package.
const license = "MIT"

//go:embed tsconfig.json
var tsconfig []byte

//go:embed tsconfig.cjs.json
var tsconfigCJS []byte

// entryPoints are the entry points of the package: path and file.
var entryPoints = []struct{ path, file string }{ //nolint:gochecknoglobals // a table
	{".", "index"},
	{"./types", "types"},
	{"./validators", "validators"},
	{"./testing", "testing"},
	{"./react", "react"},
	{"./vue", "vue"},
}

// Versions of the development dependencies of the package.
const (
	typescript = "7.0.2"
	reactTypes = "19.3.0"
	vue        = "3.5.45"
)

// packageName is the name of the npm package.
func (p *generator) packageName() string { return p.ir.Name + "-client" }

// packageJSON prints package.json. Every entry point is an ES module and a CommonJS module.
func (p *generator) packageJSON() []byte {
	w := emit.New(indent)
	w.In("{")
	w.P(`"$comment": `, quote(generatedNotice), ",")
	w.P(`"name": `, quote(p.packageName()), ",")
	w.P(`"version": `, quote(p.ir.Version), ",")
	w.P(`"description": `, quote("Typed client for the protocol "+p.ir.Title), ",")
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

// exports prints the files of the entry points.
func exports(w *emit.Writer) {
	w.In(`"exports": {`)
	for i, e := range entryPoints {
		end := ","
		if i == len(entryPoints)-1 {
			end = ""
		}
		w.In(quote(e.path), ": {")
		w.P(`"import": { "types": "./dist/`, e.file, `.d.ts", "default": "./dist/`, e.file, `.js" },`)
		w.P(`"require": { "types": "./dist/cjs/`, e.file, `.d.ts", "default": "./dist/cjs/`, e.file, `.js" }`)
		w.Out("}", end)
	}
	w.Out("},")
}

// typesVersions prints the same for the oldest module resolution, which does not know exports.
func typesVersions(w *emit.Writer) {
	w.In(`"typesVersions": {`)
	w.In(`"*": {`)
	for i, e := range entryPoints[1:] {
		end := ","
		if i == len(entryPoints)-2 {
			end = ""
		}
		w.P(quote(e.file), `: ["./dist/cjs/`, e.file, `.d.ts"]`, end)
	}
	w.Out("}")
	w.Out("},")
}

// index prints index.ts, the main entry point.
func (p *generator) index() []byte {
	w := emit.New(indent)
	w.P(generatedComment)
	w.P()
	w.P("// A type of the protocol with the same name as an export of this file is in ", quote(p.packageName()+"/types"), ".")
	w.P(`export * from "./types.js";`)
	w.P(`export { Client, connect } from "./client.js";`)
	w.P(`export type { Answer, ConnectOptions, Params, RequestType } from "./baseClient.js";`)
	w.P(`export type { CallOptions } from "./calls.js";`)
	w.P(`export type { ConnectionState, Retry } from "./connection.js";`)
	w.P(`export { BehindError, ClosedError, ProtocolError, `, p.errorName(), `, TimeoutError } from "./errors.js";`)
	w.P(`export type { Detail, ErrorFacts, LocalCode, Outcome } from "./errors.js";`)
	w.In(`export type {`)
	w.P(`BroadcastType, EventMap, EventOf, EventStream, Listener, ResyncEvent, ServerEvent, StateEvent, StreamEvent, StreamOptions, Unsubscribe,`)
	w.P(`WarningEvent, WelcomeEvent,`)
	w.Out(`} from "./events.js";`)
	w.P(`export type { Position } from "./positionTracker.js";`)
	w.P(`export type { KeyStorage } from "./clientKey.js";`)
	w.P(`export { broadcastTypes, contractHash, contractVersion } from "./messages.js";`)
	w.P(`export type { Broadcasts, Code, Credentials, Requests } from "./messages.js";`)
	w.P(`export type { Socket, SocketConstructor } from "./socket.js";`)
	w.P(`export type { Fault, Validator } from "./validate.js";`)
	return w.Bytes()
}

// readRequest is a request that only reads and has no required fields; nil if there is none.
func (p *generator) readRequest() *request {
	for _, r := range p.requests {
		if canBeEmpty(r.ir) && !r.ir.Mutates && r.ir.Answer != nil && r.frame == "" {
			return r
		}
	}
	return nil
}

// readmeCall is the call in the README: readRequest, or else the first request without required
// fields.
func (p *generator) readmeCall() string {
	if r := p.readRequest(); r != nil {
		return r.method + "()"
	}
	for _, r := range p.requests {
		if canBeEmpty(r.ir) {
			return r.method + "()"
		}
	}
	return "request('TYPE', { … })"
}

// readmeUseLive is the line of the README that calls useLive. useLive sends its request again and
// again, so the request must only read. Without such a request, there is no line.
func (p *generator) readmeUseLive() string {
	r := p.readRequest()
	if r == nil {
		return ""
	}
	return "const { data, error, loading, state, retry } = useLive(client, (signal) => client." + r.method +
		"({}, { signal }), (data, event) => data);\n"
}

// readmeExample is the section of the README with the example program.
func (p *generator) readmeExample() string {
	if p.example == "" {
		return ""
	}
	return "\n## A complete example\n\n```js\n" + p.example + "```\n"
}

//go:embed readme.md
var readme string

// readme prints the package's README.
func (p *generator) readme() []byte {
	options := []string{"clientId: 'me'"}
	for _, f := range p.credentials {
		options = append(options, propertyName(f.Name)+": '…'")
	}
	event := "*"
	if len(p.broadcasts) > 0 {
		event = p.broadcasts[0].Wire
	}
	return []byte(strings.NewReplacer(
		"MARK", generatedNotice, "ERROR", p.errorName(), "TITLE", p.ir.Title, "PACKAGE", p.packageName(), "DESCRIPTION", p.ir.Doc,
		"OPTIONS", strings.Join(options, ", "), "CALL", p.readmeCall(), "LIVE", p.readmeUseLive(), "EVENT", event,
		"\nEXAMPLE\n", p.readmeExample(),
	).Replace(readme))
}
