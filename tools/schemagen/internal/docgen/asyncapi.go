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
	schemas  *schemas
	messages []schema.Member // of the channel
	taken    map[string]bool // names that messages of the protocol have, which others must not take
}

// asyncAPI prints the protocol as an AsyncAPI document of version 3.1.0, from the server's side: it receives requests, and sends
// their answers, broadcasts and frames. Payloads are schemas of draft-07.
func (b *builder) asyncAPI() []byte {
	d := &asyncDoc{builder: b, schemas: &schemas{used: map[*ir.Type]bool{}}, taken: b.names()}
	operations := d.operations()
	address, host, protocol := splitURL(b.contract.URL)
	channel := object(
		member("address", text(address)),
		member("title", text("Connection")),
		member("description", text("One WebSocket connection. Requests go one way, answers and broadcasts the other.")),
		member("messages", d.references()),
		member("bindings", object(member("ws", d.binding()))),
	)
	server := object(
		member("host", text(host)), member("protocol", text(protocol)),
		member("description", text("A server of one's own.")),
		member("security", arrayOrNone(d.security(bearer)...)),
	)
	components := object(
		member("messages", object(d.messages...)),
		member("schemas", d.schemas.components(b.contract)),
		member("securitySchemes", d.securitySchemes()),
	)
	doc := object(
		member("asyncapi", text("3.1.0")),
		member("x-comment", text(mark)),
		member("info", d.info()),
		member("defaultContentType", text("application/json")),
		member("servers", object(member("local", server))),
		member("channels", object(member("connection", channel))),
		member("operations", operations),
		member("components", components),
	)
	return append([]byte(pretty(doc)), '\n')
}

// splitURL takes the URL of a server apart; the address begins with a slash.
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
	description := d.contract.Doc + "\n\nIn a request, an optional field that is null, where null means nothing, counts as absent. " +
		"Fields that a request does not know are ignored."
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

// tag is what messages are grouped by.
type tag struct{ name, doc string }

// tagNames are the nouns, and documents of broadcasts that are called otherwise.
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

func tagged(noun string) *schema.Value { return array(object(member("name", text(noun)))) }

// binding describes how the connection is opened.
func (d *asyncDoc) binding() *schema.Value {
	printable := func(low, high int64, doc string) *schema.Value {
		return typed("string", member("minLength", integer(low)), member("maxLength", integer(high)), member("description", text(doc)))
	}
	query := object(
		member("client_id", printable(1, 128, "Who the client says it is: printable characters.")),
		member("client_key", printable(8, 128, "Proves who the client is: printable characters that only it knows.")),
	)
	if d.resumes() {
		query.Members = append(query.Members,
			member("session_id", printable(1, 64, "Only the broadcasts of this session are to come.")),
			member("epoch", printable(1, 64, "With session_id and after: the epoch that the client knows.")),
			member("after", typed("integer", member("minimum", integer(0)), member("maximum", integer(1<<53-1)),
				member("description", text("With session_id and epoch: the seq of the newest broadcast that the client has, 0 for none.")))),
		)
	}
	if d.announcesClose() {
		query.Members = append(query.Members, member("announce_close", typed("string", member("enum", array(text("true"), text("false"))),
			member("description", text("true: a frame with the close code comes before the close frame.")))))
	}
	headers := object()
	if len(d.secrets()) > 0 {
		headers = object(member("Authorization", typed("string", member("description", text("Bearer and the credential; optional.")))))
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

// security refers to a scheme, where the protocol has credentials.
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
		member("description", text("Optional: the credential, given when connecting. The connection is then trusted from the start.")),
	)))
	for _, s := range d.secrets() {
		schemes.Members = append(schemes.Members, member(schemeOf(s.String()), object(
			member("type", text("apiKey")), member("in", text("password")),
			member("description", text("The credential as the field `"+s.String()+"` of a request.")),
		)))
	}
	return schemes
}

// bearer is the scheme of the header.
const bearer = "bearer"

// schemeOf is the name of the scheme of a field that carries the credential: its own where that may be a key of components.
func schemeOf(field string) string {
	if field != bearer && !reserved(field) && regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(field) {
		return field
	}
	return fmt.Sprintf("field-%x", field)
}

// names are the types of all messages.
func (b *builder) names() map[string]bool {
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

// free is a name for a message that has no type of its own.
func (d *asyncDoc) free(name string) string {
	for d.taken[name] {
		name += "-"
	}
	d.taken[name] = true
	return name
}

// references are the channel's messages.
func (d *asyncDoc) references() *schema.Value {
	all := object()
	for _, m := range d.messages {
		all.Members = append(all.Members, member(m.Key, object(member("$ref", text("#/components/messages/"+m.Key)))))
	}
	return all
}

// message adds a message to the channel and returns the reference to it.
func (d *asyncDoc) message(name, doc, noun string, payload *schema.Value, examples []example.Example, more ...schema.Member) *schema.Value {
	values, written := messageExamples(first(examples, shown))
	var tags *schema.Value
	if noun != "" {
		tags = tagged(noun)
	}
	members := []schema.Member{
		member("name", text(name)), member("summary", text(sentence(doc))), member("description", textOrNone(doc)), member("tags", tags),
		member("payload", payload), member("examples", values), member("x-examples-as-text", written),
	}
	d.messages = append(d.messages, member(name, object(append(members, more...)...)))
	return object(member("$ref", text("#/channels/connection/messages/"+name)))
}
