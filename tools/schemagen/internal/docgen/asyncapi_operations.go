package docgen

import (
	"slices"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// operations returns the operations of the server. It receives and answers each request, and sends
// each broadcast and the frames that are not answers.
func (d *asyncDoc) operations() *schema.Value {
	all := object()
	refusal := d.refusalMessage()
	frames := map[string]*schema.Value{}
	for _, f := range d.frames() {
		if f.Wire != "response" { // described request by request
			frames[f.Wire] = d.frameMessage(f)
		}
	}
	replies := map[string]bool{"error": true}
	for _, n := range d.contract.Nouns {
		for _, m := range d.requests(n) {
			request, answers := d.requestMessage(m), []*schema.Value{}
			if m.ReplyAs == ir.ReplyFrame {
				wire := d.frameOfAnswer(m)
				answers, replies[wire] = append(answers, frames[wire]), true
			}
			answers = append(answers, d.responseMessage(m), refusal)
			if failed := frames["error"]; failed != nil {
				answers = append(answers, failed)
			}
			all.Members = append(all.Members, member(m.Wire, d.requestOperation(m, request, answers)))
		}
	}
	all.Members = append(all.Members, d.sendOperations(frames, replies)...)
	return all
}

// sendOperations returns the operations that send broadcasts, and frames that are not answers.
func (d *asyncDoc) sendOperations(frames map[string]*schema.Value, replies map[string]bool) []schema.Member {
	var all []schema.Member
	for _, m := range d.broadcasts() {
		all = append(all, member(m.Wire, d.sendOperation(m.Type.Doc, m.Noun, d.broadcastMessage(m))))
	}
	for _, f := range d.frames() {
		if frames[f.Wire] != nil && !replies[f.Wire] {
			all = append(all, member(f.Wire, d.sendOperation(f.Type.Doc, "", frames[f.Wire])))
		}
	}
	return all
}

// frameOfAnswer is the type of the frame that answers a request.
func (d *asyncDoc) frameOfAnswer(m *ir.Request) string {
	i := slices.IndexFunc(d.contract.Frames, func(f *ir.Frame) bool { return f.Type == m.Answer.Ref })
	return d.contract.Frames[i].Wire
}

func connection() *schema.Value { return object(member("$ref", text("#/channels/connection"))) }

// requestOperation is the operation that receives a request.
func (d *asyncDoc) requestOperation(m *ir.Request, request *schema.Value, answers []*schema.Value) *schema.Value {
	var emits []string
	for _, b := range m.Emits {
		emits = append(emits, b.Wire)
	}
	operation := object(
		member("action", text("receive")), member("channel", connection()),
		member("summary", text(sentence(m.Type.Doc))), member("description", textOrNone(m.Type.Doc)), member("tags", tagReference(m.Noun)),
	)
	switch m.Auth {
	case ir.AuthRequired:
		operation.Members = append(operation.Members, member("security", array(d.security(schemeOf(m.Secret.Name))...)), member("x-auth", text("required")))
	case ir.AuthOptional:
		operation.Members = append(operation.Members, member("x-auth", text("optional")))
	case ir.AuthNone:
	}
	if m.Mutates {
		operation.Members = append(operation.Members, member("x-mutates", jsonTrue()))
	}
	rest := object(
		member("x-emits", arrayOrNone(texts(emits)...)), member("x-errors", arrayOrNone(texts(m.Errors)...)),
		member("messages", array(request)),
		member("reply", object(member("channel", connection()), member("messages", array(answers...)))),
	)
	operation.Members = append(operation.Members, rest.Members...)
	return operation
}

// sendOperation is the operation that sends a message without a request.
func (d *asyncDoc) sendOperation(doc, noun string, message *schema.Value) *schema.Value {
	var tags *schema.Value
	if noun != "" {
		tags = tagReference(noun)
	}
	return object(
		member("action", text("send")), member("channel", connection()),
		member("summary", text(sentence(doc))), member("description", textOrNone(doc)), member("tags", tags),
		member("messages", array(message)),
	)
}

// frameSchema is the schema of a frame: the fields of the envelope, then those of its own type.
func frameSchema(wire string, required []string, envelope []schema.Member, own *schema.Value) *schema.Value {
	names := append([]*schema.Value{text("type")}, texts(required)...)
	fields := []schema.Member{member("type", object(member("const", text(wire))))}
	fields = append(fields, envelope...)
	rest := object()
	if own != nil {
		if list := own.Get("required"); list != nil {
			names = append(names, list.Items...)
		}
		if named := own.Get("properties"); named != nil {
			fields = append(fields, named.Members...)
		}
		for _, m := range own.Members {
			if m.Key != "type" && m.Key != "required" && m.Key != "properties" && m.Key != "description" {
				rest.Members = append(rest.Members, m)
			}
		}
	}
	frame := typed("object", append([]schema.Member{member("required", array(names...))}, properties(fields)...)...)
	frame.Members = append(frame.Members, rest.Members...)
	return frame
}

// requestID is the schema of request_id: that of the protocol's response frame, or else that of the
// runtime.
func (d *asyncDoc) requestID() *schema.Value {
	for _, f := range d.frames() {
		if id := field(f.Type, "request_id"); f.Wire == "response" && id != nil {
			return d.schemas.schemaOf(id.Type)
		}
	}
	return object(
		member("description", text("Matches a response with its request.")), member("type", array(text("string"), text("integer"))),
		member("minLength", integer(1)), member("maxLength", integer(128)),
	)
}

// correlation says where requests and responses have their common id.
func correlation() schema.Member {
	return member("correlationId", object(
		member("description", text("The response has the id of its request.")), member("location", text("$message.payload#/request_id")),
	))
}

func (d *asyncDoc) requestMessage(m *ir.Request) *schema.Value {
	own := d.schemas.definition(m.Type)
	payload := frameSchema(m.Wire, nil, []schema.Member{member("request_id", d.requestID())}, own)
	payload.Members = append(payload.Members, member("x-null-absent", jsonTrue()))
	var examples []example.Example
	for _, e := range d.examples.Of(m.Wire, example.GoodRequest) {
		if !hasAbsentNull(m.Type, e.Value) {
			examples = append(examples, e)
		}
	}
	return d.addMessage(m.Wire, m.Type.Doc, m.Noun, payload, examples, correlation())
}

// hasAbsentNull reports whether a frame has a null that counts as absent. The schema does not
// accept it.
func hasAbsentNull(t *ir.Type, frame *schema.Value) bool {
	for _, f := range t.Object.Fields {
		if v := frame.Get(f.Name); v != nil && v.Kind == schema.Null && !hasNullValue(f.Type) {
			return true
		}
	}
	return false
}

// responseMessage is the response to a request.
func (d *asyncDoc) responseMessage(m *ir.Request) *schema.Value {
	data, doc := null(), "The response to "+m.Wire+"."
	if m.Answer != nil && m.ReplyAs == ir.ReplyResponse {
		data = d.schemas.schemaOf(m.Answer)
	}
	payload := frameSchema("response", []string{"request_id", "data"}, []schema.Member{member("request_id", d.requestID()), member("data", data)}, nil)
	return d.addMessage(d.uniqueName(m.Wire+"-response"), doc, m.Noun, payload, d.examples.Of(m.Wire, example.GoodResponse), correlation())
}

// refusalMessage is the response that refuses a request.
func (d *asyncDoc) refusalMessage() *schema.Value {
	var data *schema.Value
	for _, t := range d.contract.Types {
		if t.Name == "ErrorData" && t.Kind == ir.Object {
			data = d.schemas.schemaOf(&ir.Type{Kind: ir.Ref, Ref: t})
		}
	}
	if data == nil {
		code := typed("string")
		if d.contract.Codes != nil {
			code = d.schemas.schemaOf(&ir.Type{Kind: ir.Ref, Ref: d.contract.Codes})
		}
		detail := typed("object", member("properties", object(member("path", typed("string")), member("message", typed("string")))))
		data = typed("object", member("required", array(text("error"), text("code"))), member("properties", object(
			member("error", typed("string")), member("code", code), member("details", typed("array", member("items", detail))),
		)))
	}
	payload := frameSchema("response", []string{"request_id", "data"}, []schema.Member{member("request_id", d.requestID()), member("data", data)}, nil)
	return d.addMessage(d.uniqueName("refusal"), "The response to a request that was refused.", "", payload, nil, correlation())
}

func (d *asyncDoc) frameMessage(f *ir.Frame) *schema.Value {
	payload := frameSchema(f.Wire, nil, nil, d.schemas.definition(f.Type))
	return d.addMessage(f.Wire, f.Type.Doc, "", payload, d.examples.Of(f.Wire, example.Good))
}

func (d *asyncDoc) broadcastMessage(m *ir.Broadcast) *schema.Value {
	data := d.schemas.schemaOf(&ir.Type{Kind: ir.Ref, Ref: m.Type})
	envelope := []schema.Member{member("data", data)}
	required := []string{"data"}
	if t := d.broadcastEnvelope(); t != nil {
		for _, f := range t.Object.Fields {
			if f.Name == "type" || f.Name == "data" {
				continue
			}
			envelope = append(envelope, member(f.Name, d.schemas.property(f)))
			if f.Required {
				required = append(required, f.Name)
			}
		}
	}
	delivery := []schema.Member{member("x-delivery", text("reliable"))}
	if m.Delivery == ir.DeliverLatest {
		delivery = []schema.Member{member("x-delivery", text("latest")), member("x-key", text(m.Key.Name))}
	}
	return d.addMessage(m.Wire, m.Type.Doc, m.Noun, frameSchema(m.Wire, required, envelope, nil), d.examples.Of(m.Wire, example.Good), delivery...)
}
