package docgen

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// What this file says of connections and envelopes is what the runtimes of the generated clients and dispatchers do: it is no part of
// a protocol's schema.

// resumes reports whether a protocol's connections can go on where others have ended.
func (b *builder) resumes() bool {
	return slices.ContainsFunc(b.frames(), func(f *ir.Frame) bool { return f.Wire == "welcome" })
}

// announcesClose reports whether the protocol has a frame that announces a close frame.
func (b *builder) announcesClose() bool {
	return slices.ContainsFunc(b.frames(), func(f *ir.Frame) bool { return f.Wire == "closing" })
}

// connecting tells how a connection is opened, and how it ends.
func (b *builder) connecting() section {
	url := b.contract.URL
	parameters := table{
		caption: plain("Parameters of the URL"), head: []string{"Parameter", "Presence", "What it is"},
		rows: [][]rich{
			{code("client_id"), plain("required"), plain("Who the client says it is: 1 to 128 printable characters. A second connection with the same one replaces the first.")},
			{code("client_key"), plain("optional"), plain("Proves who the client is: 8 to 128 printable characters that only it knows. While it is connected, " +
				"only a connection with the same key may replace it. Its requests are carried out once, however often they are sent under one request_id.")},
		},
	}
	if b.resumes() {
		parameters.rows = append(parameters.rows,
			[]rich{code("session_id"), plain("optional"), join(plain("Only the broadcasts of this session are to come. The first frame is a "), b.frameLink("welcome"), plain("."))},
			[]rich{join(code("epoch"), plain(", "), code("after")), plain("optional"), plain("Both or none, with session_id: the session's epoch, and the seq of the newest broadcast " +
				"that the client has, 0 for none. What it has missed since comes behind the welcome, which says so.")},
		)
	}
	if b.announcesClose() {
		parameters.rows = append(parameters.rows, []rich{
			code("announce_close"), plain("optional"),
			join(plain("true: a "), b.frameLink("closing"), plain(" with the close code comes before the close frame, for clients that see the code only when TCP ends.")),
		})
	}
	s := section{anchor: "connecting", title: "Connecting"}
	s.blocks = []block{
		para{join(plain("A client opens a WebSocket connection, such as "), code(url+"?client_id=me"), plain(". Every message is one text frame with one JSON object."))},
		parameters,
		para{join(plain("Scripts in browsers see no answer to a handshake, so whoever would be refused the next time too gets a connection that is closed at once, "+
			"with a code from 4400 to 4499 and a reason; nothing that is sent over it is carried out. All others are answered with an HTTP status and a JSON object "),
			code(`{"error", "code"}`), plain(": what is no handshake, a page of a foreign origin, a wrong credential, and everybody while the server is full or ends."))},
	}
	if secrets := b.secrets(); len(secrets) > 0 {
		s.blocks = append(s.blocks, para{join(plain("Whoever sends the header "), code("Authorization: Bearer …"),
			plain(" with the credential when connecting is trusted from the start; a wrong one is refused. Requests carry it as "), commas(secrets), plain(", never the URL."))})
	}
	s.blocks = append(s.blocks, calls{b.setUp()})
	s.blocks = append(s.blocks, b.endings())
	return s
}

// endings lists the close codes.
func (b *builder) endings() table {
	all := table{
		caption: plain("How a connection ends"), head: []string{"Close code", "When", "May a client connect again by itself?"},
		rows: [][]rich{
			{plain("4000"), plain("The server restarts or drains."), plain("Yes, after a random delay.")},
			{plain("4001"), plain("A newer connection of the same client has replaced this one."), plain("No.")},
			{plain("4008"), plain("The client was too slow, or silent: more waited for it than may, or a ping went unanswered."), plain("Yes.")},
			{plain("1011"), plain("The server failed at this connection."), plain("Yes, after a random delay.")},
			{plain("1002, 1003, 1007, 1008, 1009"), plain("The client broke a rule: the WebSocket protocol, a binary frame, no UTF-8, a policy, a message that is too large."), plain("No.")},
			{plain("4400"), plain("Refused: a parameter of the URL is missing or makes no sense; the reason says which."), plain("No.")},
			{plain("4409"), plain("Refused: the client_id is in use by a connection with another client_key."), plain("No.")},
		},
	}
	if b.resumes() {
		noSession := []rich{plain("4404"), plain("Refused: there is no session session_id, or not any more."), plain("No.")}
		all.rows = slices.Insert(all.rows, len(all.rows)-1, noSession)
	}
	return all
}

// secrets are the fields that carry credentials, each once.
func (b *builder) secrets() []rich {
	var all []rich
	seen := map[string]bool{}
	for _, m := range b.contract.Requests() {
		if m.Secret != nil && !m.Planned && !seen[m.Secret.Name] {
			seen[m.Secret.Name] = true
			all = append(all, code(m.Secret.Name))
		}
	}
	return all
}

// setUp shows what stands before every call on this page.
func (b *builder) setUp() []listing {
	url := jsonString(b.contract.URL)
	options, goOptions := []string{`clientId: "me"`}, `ClientID: "me"`
	for _, secret := range b.secrets() {
		options = append(options, propertyKey(secret.String())+`: "…"`)
		goOptions = `ClientID: "me", Password: "…"`
	}
	all := []listing{
		{"TypeScript", "ts", "import { connect } from " + jsonString(b.contract.Name+"-client") + ";\n\nconst client = connect(" + url + ", { " + strings.Join(options, ", ") + " });"},
		{"Go", "go", "c, err := client.Dial(ctx, " + url + ", client.Options{" + goOptions + "})\nif err != nil {\n\treturn err\n}\ndefer c.Close()"},
	}
	if b.contract.Command != "" {
		all = append(all, listing{"Shell", "sh", b.contract.Command + " --help"})
	}
	return append(all, listing{"JSON", "sh", "npx wscat -c '" + b.contract.URL + "?client_id=me'"})
}

// envelope tells what frames look like.
func (b *builder) envelope() section {
	s := section{anchor: "frames", title: "Frames"}
	s.blocks = []block{
		picture{},
		list{[]rich{
			join(plain("A request is "), code(`{"type", "request_id"?, …}`), plain(", its own fields beside the type. Fields that it does not know are ignored. "+
				"An optional field that is null, where null means nothing, counts as absent; a required one is missing.")),
			join(plain("A request with a "), code("request_id"), plain(", a string of 1 to 128 characters or an integer, gets one response with the same: "),
				code(`{"type": "response", "request_id", "data"}`), plain(".")),
			join(plain("A request that is refused gets a response whose "), code("data"), plain(" is "), code(`{"error", "code", "details"?}`),
				plain("; without a request_id it gets an "), b.frameLink("error"), plain(" frame. The connection stays open.")),
			join(plain("A broadcast is "), code(`{"type", "data", …}`), plain(". It is sent when what it tells of has been stored. "+
				"On the connection of whoever caused it, it comes after the response.")),
		}},
	}
	if t := b.stamp(); t != nil {
		made := b.fields(t, plain("Fields of every broadcast"), "")
		s.blocks = append(s.blocks, made)
	}
	s.blocks = append(s.blocks, para{join(plain("In the tables of this page, "), code("required"), plain(" fields are always there, whoever wrote the frame; "),
		code("always"), plain(" marks those that this version of the server writes always; "), code("optional"), plain(" ones may be absent."))})
	for _, f := range b.frames() {
		s.entries = append(s.entries, b.frame(f))
	}
	return s
}

// frameLink leads to a frame, where the protocol describes it.
func (b *builder) frameLink(wire string) rich {
	if slices.ContainsFunc(b.frames(), func(f *ir.Frame) bool { return f.Wire == wire }) {
		return link(wire, "frame-"+wire)
	}
	return code(wire)
}

// stamp is the definition called Broadcast, if the protocol has one that describes what all broadcasts have in common: an object
// with type and data.
func (b *builder) stamp() *ir.Type {
	for _, t := range b.contract.Types {
		if t.Name == "Broadcast" && t.Kind == ir.Object && field(t, "type") != nil && field(t, "data") != nil {
			return t
		}
	}
	return nil
}

// field is a field of an object by its name; nil when it has none.
func field(t *ir.Type, name string) *ir.Field {
	for _, f := range t.Object.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}
