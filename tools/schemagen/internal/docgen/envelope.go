package docgen

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// The texts in this file describe connections and envelopes. The runtimes of the generated clients
// and dispatchers implement them; a protocol's schema does not contain them.

// resumes reports whether a protocol's connections can resume earlier ones.
func (b *builder) resumes() bool {
	return slices.ContainsFunc(b.frames(), func(f *ir.Frame) bool { return f.Wire == "welcome" })
}

// announcesClose reports whether the protocol has a frame that announces the
// close frame.
func (b *builder) announcesClose() bool {
	return slices.ContainsFunc(b.frames(), func(f *ir.Frame) bool { return f.Wire == "closing" })
}

// connectingSection describes how a connection is opened and closed.
func (b *builder) connectingSection() section {
	url := b.contract.URL
	parameters := table{
		caption: plain("Parameters of the URL"), head: []string{"Parameter", "Presence", "Description"},
		rows: [][]richText{
			{code("client_id"), plain("required"), plain("Identifies the client: 1 to 128 printable characters. " +
				"A second connection with the same client_id replaces the first.")},
			{code("client_key"), plain("optional"), plain("A secret that the client chooses: 8 to 128 printable characters. While the client is connected, " +
				"only a connection with the same key can replace it. The server carries out each of its requests once, " +
				"even if the client sends it again under the same request_id.")},
		},
	}
	if b.resumes() {
		parameters.rows = append(parameters.rows,
			[]richText{code("session_id"), plain("optional"), concat(plain("The client receives only the broadcasts of this session. The first frame is a "), b.frameLink("welcome"), plain("."))},
			[]richText{concat(code("epoch"), plain(", "), code("after")), plain("optional"), plain("Both or neither, with session_id. They resume a connection: the session's epoch, and the seq " +
				"of the newest broadcast that the client has, 0 for none. The missed broadcasts follow the welcome.")},
		)
	}
	if b.announcesClose() {
		parameters.rows = append(parameters.rows, []richText{
			code("announce_close"), plain("optional"),
			concat(plain("true: the server sends a "), b.frameLink("closing"), plain(" with the close code before the close frame. "+
				"Some clients see the code of the close frame only when the TCP connection ends.")),
		})
	}
	s := section{anchor: "connecting", title: "Connecting"}
	s.blocks = []block{
		paragraph{concat(plain("A client opens a WebSocket connection, such as "), code(url+"?client_id=me"), plain(". Every message is one text frame with one JSON object."))},
		parameters,
		paragraph{concat(plain("Scripts in browsers cannot see the HTTP status of a failed handshake. If a second attempt would fail too, "+
			"the server accepts the handshake and closes the connection at once, with a code from 4400 to 4499 and a reason. "+
			"It carries out nothing that is sent over this connection. Other failures are answered with an HTTP status and a JSON object "),
			code(`{"error", "code"}`), plain(": a request that is not a WebSocket handshake, a page of a foreign origin, a wrong credential, "+
				"and any request while the server is full or shutting down."))},
	}
	if secrets := b.secrets(); len(secrets) > 0 {
		s.blocks = append(s.blocks, paragraph{concat(plain("The handshake may have the header "), code("Authorization: Bearer …"),
			plain(" with the credential. The connection is then trusted from the start. A wrong credential is refused. "+
				"Requests have the credential in the field "), commaList(secrets), plain(". The URL never has it."))})
	}
	s.blocks = append(s.blocks, codeTabs{b.connectExample()})
	s.blocks = append(s.blocks, b.closeCodes())
	return s
}

// closeCodes lists the close codes.
func (b *builder) closeCodes() table {
	all := table{
		caption: plain("Close codes"), head: []string{"Close code", "Reason", "May the client reconnect by itself?"},
		rows: [][]richText{
			{plain("4000"), plain("The server restarts or drains its connections."), plain("Yes, after a random delay.")},
			{plain("4001"), plain("A newer connection of the same client has replaced this one."), plain("No.")},
			{plain("4008"), plain("The client read too slowly, so too much data was queued for it, or it did not answer a WebSocket ping."), plain("Yes.")},
			{plain("1011"), plain("The server had an error on this connection."), plain("Yes, after a random delay.")},
			{plain("1002, 1003, 1007, 1008, 1009"), plain("The client broke a rule: WebSocket protocol error, binary frame, invalid UTF-8, policy violation, message too large."), plain("No.")},
			{plain("4400"), plain("Refused: a parameter of the URL is missing or invalid. The reason names it."), plain("No.")},
			{plain("4409"), plain("Refused: a connection with another client_key uses the client_id."), plain("No.")},
		},
	}
	if b.resumes() {
		noSession := []richText{plain("4404"), plain("Refused: the session session_id does not exist, or no longer exists."), plain("No.")}
		all.rows = slices.Insert(all.rows, len(all.rows)-1, noSession)
	}
	return all
}

// secrets lists the fields that hold credentials, each once.
func (b *builder) secrets() []richText {
	var all []richText
	seen := map[string]bool{}
	for _, m := range b.contract.Requests() {
		if m.Secret != nil && !m.Planned && !seen[m.Secret.Name] {
			seen[m.Secret.Name] = true
			all = append(all, code(m.Secret.Name))
		}
	}
	return all
}

// connectExample returns the code that opens the client of all calls on the page.
func (b *builder) connectExample() []codeBlock {
	url := jsonString(b.contract.URL)
	options, goOptions := []string{`clientId: "me"`}, `ClientID: "me"`
	for _, secret := range b.secrets() {
		options = append(options, propertyKey(secret.String())+`: "…"`)
		goOptions = `ClientID: "me", Password: "…"`
	}
	all := []codeBlock{
		{"TypeScript", "ts", "import { connect } from " + jsonString(b.contract.Name+"-client") + ";\n\nconst client = connect(" + url + ", { " + strings.Join(options, ", ") + " });"},
		{"Go", "go", "c, err := client.Dial(ctx, " + url + ", client.Options{" + goOptions + "})\nif err != nil {\n\treturn err\n}\ndefer c.Close()"},
	}
	if b.contract.Command != "" {
		all = append(all, codeBlock{"Shell", "sh", b.contract.Command + " --help"})
	}
	return append(all, codeBlock{"JSON", "sh", "npx wscat -c '" + b.contract.URL + "?client_id=me'"})
}

// envelopeSection describes the forms of frames.
func (b *builder) envelopeSection() section {
	s := section{anchor: "frames", title: "Frames"}
	s.blocks = []block{
		sequenceDiagram{},
		list{[]richText{
			concat(plain("A request is "), code(`{"type", "request_id"?, …}`), plain(". Its own fields stand beside the type. Unknown fields are ignored. "+
				"If null is not a value of a field, null counts as absent, and a required field is then missing.")),
			concat(plain("A request with a "), code("request_id"), plain(" gets one response with the same "), code("request_id"), plain(": "),
				code(`{"type": "response", "request_id", "data"}`), plain(". It is a string of 1 to 128 characters or an integer.")),
			concat(plain("A refused request gets a response whose "), code("data"), plain(" is "), code(`{"error", "code", "details"?}`),
				plain(". Without a "), code("request_id"), plain(", it gets an "), b.frameLink("error"), plain(" frame. The connection stays open.")),
			concat(plain("A broadcast is "), code(`{"type", "data", …}`), plain(". The server sends it after the change has been stored. "+
				"On the connection of the client that caused it, it comes after the response.")),
		}},
	}
	if t := b.broadcastEnvelope(); t != nil {
		made := b.fieldTable(t, plain("Fields of every broadcast"), "")
		s.blocks = append(s.blocks, made)
	}
	s.blocks = append(s.blocks, paragraph{concat(plain("In the tables of this page, "), code("required"), plain(" fields are present in every valid frame. "),
		code("always"), plain(" marks fields that this version of the server always writes. "), code("optional"), plain(" fields may be absent."))})
	for _, f := range b.frames() {
		s.entries = append(s.entries, b.frameEntry(f))
	}
	return s
}

// frameLink links to a frame if the protocol describes it.
func (b *builder) frameLink(wire string) richText {
	if slices.ContainsFunc(b.frames(), func(f *ir.Frame) bool { return f.Wire == wire }) {
		return link(wire, "frame-"+wire)
	}
	return code(wire)
}

// broadcastEnvelope returns the definition named Broadcast if it describes the fields that all
// broadcasts have: an object with type and data. Otherwise it returns nil.
func (b *builder) broadcastEnvelope() *ir.Type {
	for _, t := range b.contract.Types {
		if t.Name == "Broadcast" && t.Kind == ir.Object && field(t, "type") != nil && field(t, "data") != nil {
			return t
		}
	}
	return nil
}

// field returns the field of an object with a name; nil if there is none.
func field(t *ir.Type, name string) *ir.Field {
	for _, f := range t.Object.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}
