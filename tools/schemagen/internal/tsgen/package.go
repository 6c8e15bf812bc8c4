package tsgen

import (
	_ "embed"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

// What the package says of itself.
const (
	license    = "MIT"
	typescript = "7.0.2" // what it is built with
)

//go:embed tsconfig.json
var tsconfig []byte

// packageName is what the package is called.
func (p *pkg) packageName() string { return p.ir.Name + "-client" }

// packageJSON prints the package's description for npm.
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
	w.In(`"exports": {`)
	w.P(`".": { "types": "./dist/index.d.ts", "default": "./dist/index.js" },`)
	w.P(`"./types": { "types": "./dist/types.d.ts", "default": "./dist/types.js" }`)
	w.Out("},")
	w.P(`"main": "./dist/index.js",`)
	w.P(`"types": "./dist/index.d.ts",`)
	w.P(`"files": ["dist", "src"],`)
	w.P(`"engines": { "node": ">=20" },`)
	w.In(`"scripts": {`)
	w.P(`"build": "tsc",`)
	w.P(`"prepack": "npm run build"`)
	w.Out("},")
	w.P(`"devDependencies": { "typescript": `, quote(typescript), " }")
	w.Out("}")
	return w.Bytes()
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
	w.P(`export type { ConnectionState } from "./connection.js";`)
	w.P(`export { BehindError, ClientError, ClosedError, type Detail, ProtocolError, RequestError, TimeoutError } from "./errors.js";`)
	w.P(`export type { BroadcastType, EventOf, EventStream, Listener, ServerEvent, StreamOptions, Unsubscribe } from "./events.js";`)
	w.P(`export { broadcastTypes, contractHash, contractVersion } from "./messages.js";`)
	w.P(`export type { Broadcasts, Code, Credentials, Requests } from "./messages.js";`)
	w.P(`export type { Socket, SocketConstructor } from "./socket.js";`)
	return w.Bytes()
}

//go:embed readme.md
var readme string

// readme prints the package's README.
func (p *pkg) readme() []byte {
	call := "request('TYPE', { … })"
	options := []string{"clientId: 'me'"}
	for _, f := range p.credentials {
		options = append(options, key(f.Name)+": '…'")
	}
	for _, r := range p.requests {
		if canBeEmpty(r.ir) {
			call = r.method + "()"
			break
		}
	}
	event := "*"
	if len(p.broadcasts) > 0 {
		event = p.broadcasts[0].Wire
	}
	return []byte(strings.NewReplacer(
		"MARK", mark, "TITLE", p.ir.Title, "PACKAGE", p.packageName(), "DESCRIPTION", p.ir.Doc,
		"OPTIONS", strings.Join(options, ", "), "CALL", call, "EVENT", event,
	).Replace(readme))
}
