package docgen

import (
	"fmt"
	"regexp"
	"strings"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// asyncDoc prints the AsyncAPI document.
type asyncDoc struct {
	*builder
	schemas   *schemas
	messages  []schema.Member // messages of the channel
	usedNames map[string]bool // names that other messages must not take
}

// asyncAPI prints the protocol as an AsyncAPI 3.1.0 document from the server's side: the server
// receives requests and sends answers, broadcasts and frames. Payloads are draft-07 schemas.
func (b *builder) asyncAPI() []byte {
	d := &asyncDoc{builder: b, schemas: &schemas{used: map[*ir.Type]bool{}}, usedNames: b.messageTypes()}
	operations := d.operations()
	address, host, protocol := splitURL(b.contract.URL)
	channel := object(
		member("address", text(address)),
		member("title", text("Connection")),
		member("description", text("One WebSocket connection. The client sends requests; the server sends answers and broadcasts.")),
		member("messages", d.references()),
		member("bindings", object(member("ws", d.binding()))),
	)
	server := object(
		member("host", text(host)), member("protocol", text(protocol)),
		member("description", text("A local server.")),
		member("security", arrayOrNone(d.security(bearer)...)),
	)
	components := object(
		member("messages", object(d.messages...)),
		member("schemas", d.schemas.components(b.contract)),
		member("securitySchemes", d.securitySchemes()),
	)
	doc := object(
		member("asyncapi", text("3.1.0")),
		member("x-comment", text(generatedNotice)),
		member("info", d.info()),
		member("defaultContentType", text("application/json")),
		member("servers", object(member("local", server))),
		member("channels", object(member("connection", channel))),
		member("operations", operations),
		member("components", components),
	)
	return append([]byte(pretty(doc)), '\n')
}

// splitURL splits the URL of a server. The address begins with a slash.
func splitURL(url string) (address, host, protocol string) {
	protocol, rest, _ := strings.Cut(url, "://")
	host, address, _ = strings.Cut(rest, "/")
	return "/" + address, host, protocol
}

func (d *asyncDoc) info() *schema.Value {
	title := d.contract.Title
	if title == "" {
		title = d.contract.Name
	}
	description := d.contract.Doc + "\n\nIn a request, an optional field that is null counts as absent, unless null is one of its values. " +
		"Unknown fields of a request are ignored."
	var tags []*schema.Value
	for _, name := range d.tagNames() {
		tags = append(tags, object(member("name", text(name.name)), member("description", textOrNone(name.doc))))
	}
	return object(
		member("title", text(title)), member("version", text(d.contract.Version)), member("description", text(strings.TrimSpace(description))),
		member("tags", arrayOrNone(tags...)),
		member("x-contract-hash", text(d.contract.Hash)),
	)
}

// tag is a group of messages.
type tag struct{ name, doc string }

// tagNames returns the nouns, and the documents of broadcasts that have other names.
func (d *asyncDoc) tagNames() []tag {
	var all []tag
	seen := map[string]bool{}
	for _, n := range d.contract.Nouns {
		if len(d.requests(n)) > 0 {
			all = append(all, tag{n.Name, n.Doc})
			seen[n.Name] = true
		}
	}
	for _, m := range d.broadcasts() {
		if !seen[m.Noun] {
			seen[m.Noun] = true
			all = append(all, tag{m.Noun, ""})
		}
	}
	return all
}

func tagReference(noun string) *schema.Value { return array(object(member("name", text(noun)))) }

// binding describes how the connection is opened.
func (d *asyncDoc) binding() *schema.Value {
	printable := func(low, high int64, doc string) *schema.Value {
		return typed("string", member("minLength", integer(low)), member("maxLength", integer(high)), member("description", text(doc)))
	}
	query := object(
		member("client_id", printable(1, 128, "Identifies the client: printable characters.")),
		member("client_key", printable(8, 128, "A secret that the client chooses: printable characters.")),
	)
	if d.resumes() {
		query.Members = append(query.Members,
			member("session_id", printable(1, 64, "The client receives only the broadcasts of this session.")),
			member("epoch", printable(1, 64, "With session_id and after, to resume: the epoch of the last welcome.")),
			member("after", typed("integer", member("minimum", integer(0)), member("maximum", integer(1<<53-1)),
				member("description", text("With session_id and epoch, to resume: the seq of the newest broadcast that the client has, 0 for none.")))),
		)
	}
	if d.announcesClose() {
		query.Members = append(query.Members, member("announce_close", typed("string", member("enum", array(text("true"), text("false"))),
			member("description", text("true: the server sends a frame with the close code before the close frame.")))))
	}
	headers := object()
	if len(d.secrets()) > 0 {
		headers = object(member("Authorization", typed("string", member("description", text("Optional: Bearer and the credential.")))))
	}
	binding := object(
		member("method", text("GET")),
		member("query", typed("object", member("required", array(text("client_id"))), member("properties", query))),
	)
	if len(headers.Members) > 0 {
		binding.Members = append(binding.Members, member("headers", typed("object", member("properties", headers))))
	}
	binding.Members = append(binding.Members, member("bindingVersion", text("0.1.0")))
	return binding
}

// security refers to a security scheme if the protocol has credentials.
func (d *asyncDoc) security(scheme string) []*schema.Value {
	if len(d.secrets()) == 0 {
		return nil
	}
	return []*schema.Value{object(member("$ref", text("#/components/securitySchemes/"+scheme)))}
}

func (d *asyncDoc) securitySchemes() *schema.Value {
	if len(d.secrets()) == 0 {
		return nil
	}
	schemes := object(member(bearer, object(
		member("type", text("http")), member("scheme", text(bearer)),
		member("description", text("Optional: the credential in the handshake. The connection is then trusted from the start.")),
	)))
	for _, s := range d.secrets() {
		schemes.Members = append(schemes.Members, member(schemeOf(s.String()), object(
			member("type", text("apiKey")), member("in", text("password")),
			member("description", text("The credential as the field `"+s.String()+"` of a request.")),
		)))
	}
	return schemes
}

// bearer is the security scheme of the Authorization header.
const bearer = "bearer"

// schemeOf is the name of the security scheme for a field with the credential. It is the name of
// the field if that is a valid key of components.
func schemeOf(field string) string {
	if field != bearer && !reserved(field) && regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(field) {
		return field
	}
	return fmt.Sprintf("field-%x", field)
}

// messageTypes returns the types of all messages.
func (b *builder) messageTypes() map[string]bool {
	all := map[string]bool{}
	for _, m := range b.contract.Requests() {
		all[m.Wire] = true
	}
	for _, m := range b.contract.Broadcasts {
		all[m.Wire] = true
	}
	for _, m := range b.contract.Frames {
		all[m.Wire] = true
	}
	return all
}

// uniqueName returns an unused name for a message without a type of its own.
func (d *asyncDoc) uniqueName(name string) string {
	for d.usedNames[name] {
		name += "-"
	}
	d.usedNames[name] = true
	return name
}

// references refers to the messages of the channel.
func (d *asyncDoc) references() *schema.Value {
	all := object()
	for _, m := range d.messages {
		all.Members = append(all.Members, member(m.Key, object(member("$ref", text("#/components/messages/"+m.Key)))))
	}
	return all
}

// addMessage adds a message to the channel and returns the reference to it.
func (d *asyncDoc) addMessage(name, doc, noun string, payload *schema.Value, examples []example.Example, more ...schema.Member) *schema.Value {
	values, written := messageExamples(firstN(examples, maxExamples))
	var tags *schema.Value
	if noun != "" {
		tags = tagReference(noun)
	}
	members := []schema.Member{
		member("name", text(name)), member("summary", text(sentence(doc))), member("description", textOrNone(doc)), member("tags", tags),
		member("payload", payload), member("examples", values), member("x-examples-as-text", written),
	}
	d.messages = append(d.messages, member(name, object(append(members, more...)...)))
	return object(member("$ref", text("#/channels/connection/messages/"+name)))
}
