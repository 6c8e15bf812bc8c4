// Package contracttest holds what the program says against the schema, by other means than the code that was generated from it:
// santhosh judges every frame and every event. It is for tests; the program never links it.
package contracttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Judge knows the contract and what has been asked of one server. It is safe for concurrent use.
type Judge struct {
	protocol *protocol

	mu                sync.Mutex
	allowedBroadcasts map[string]bool // types of the broadcasts that the requests sent so far may cause
}

// NewJudge returns a Judge of the contract whose documents lie in fsys, contract.json at its root.
func NewJudge(fsys fs.FS) (*Judge, error) {
	p, err := compile(fsys)
	if err != nil {
		return nil, err
	}
	return &Judge{protocol: p, allowedBroadcasts: map[string]bool{}}, nil
}

// ErrExtremeNumber is returned for a frame with numbers so extreme that the oracle cannot be asked about it.
var ErrExtremeNumber = errors.New("numbers too extreme for the oracle")

// Request returns nil if the schema accepts frame as a request that is served, ErrExtremeNumber if it cannot be told, otherwise why not.
func (j *Judge) Request(frame []byte) error {
	_, err := j.request(frame)
	return err
}

// request judges a frame from a client and returns its type as far as it has one that is served.
func (j *Judge) request(frame []byte) (string, error) {
	if !utf8.Valid(frame) {
		return "", errors.New("not UTF-8")
	}
	v, err := parse(frame)
	if err != nil {
		return "", err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return "", errors.New("not an object")
	}
	typ, _ := object["type"].(string)
	r := j.protocol.requests[typ]
	if r == nil || r.planned {
		return "", fmt.Errorf("type %q is not served", typ)
	}
	if !hasModerateNumbers(v) {
		return typ, ErrExtremeNumber
	}
	for name, schema := range r.frame.Properties {
		// What is null and not nullable counts as absent.
		if value, has := object[name]; has && value == nil && schema.Validate(nil) != nil {
			delete(object, name)
		}
	}
	if err := r.frame.Validate(object); err != nil {
		return typ, fmt.Errorf("%s: %w", typ, err)
	}
	return typ, nil
}

// MayCause returns an error unless a request of the given type may cause all these broadcasts.
func (j *Judge) MayCause(request string, broadcasts ...string) error {
	r := j.protocol.requests[request]
	if r == nil || r.planned {
		return fmt.Errorf("type %q is not served", request)
	}
	for _, b := range broadcasts {
		if !slices.Contains(r.emits, b) {
			return fmt.Errorf("%s has caused %s, which its x-emits does not name", request, b)
		}
	}
	return nil
}

// Data returns an error unless data is what the schema says of a broadcast's data, as the server writes it.
func (j *Judge) Data(broadcast string, data []byte) error {
	b := j.protocol.broadcasts[broadcast]
	if b == nil || b.planned {
		return fmt.Errorf("broadcast %q is not sent", broadcast)
	}
	v, err := parse(data)
	if err != nil {
		return err
	}
	if err := b.data.Validate(v); err != nil {
		return fmt.Errorf("data of %s: %w", broadcast, err)
	}
	return nil
}

// Connect returns a Conversation for one connection to the server.
func (j *Judge) Connect() *Conversation {
	return &Conversation{judge: j, seqs: map[string]int64{}}
}

// Conversation is what one connection has sent and received. It is safe for concurrent use; Sent must be called before the frame
// is sent.
type Conversation struct {
	judge *Judge

	mu      sync.Mutex
	pending []pendingRequest // requests with an id that have not been answered, oldest first
	seqs    map[string]int64 // of the newest broadcast, by session
}

// pendingRequest is a request that waits for its response.
type pendingRequest struct {
	id      string // JSON text, as sent
	typ     string // empty: none that is served
	verdict error  // of the schema
	frame   []byte // as sent
}

// Sent notes a frame that the client sends, whether it is right or not.
func (c *Conversation) Sent(frame []byte) {
	typ, verdict := c.judge.request(frame)
	if r := c.judge.protocol.requests[typ]; r != nil && (verdict == nil || errors.Is(verdict, ErrExtremeNumber)) {
		c.judge.mu.Lock()
		for _, b := range r.emits {
			c.judge.allowedBroadcasts[b] = true
		}
		c.judge.mu.Unlock()
	}
	if id := c.judge.requestID(frame); id != "" {
		c.mu.Lock()
		c.pending = append(c.pending, pendingRequest{id: id, typ: typ, verdict: verdict, frame: bytes.Clone(frame)})
		c.mu.Unlock()
	}
}

// requestID returns the JSON text of the request_id that an answer to frame carries, empty if it carries none.
func (j *Judge) requestID(frame []byte) string {
	if !utf8.Valid(frame) || !json.Valid(frame) {
		return ""
	}
	in := json.NewDecoder(bytes.NewReader(frame))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return ""
	}
	id := ""
	for in.More() {
		key, err := in.Token()
		var value json.RawMessage
		if err != nil || in.Decode(&value) != nil {
			return ""
		}
		if key != "request_id" {
			continue
		}
		if id != "" {
			return "" // it stands twice: nobody can say which one is meant
		}
		id = string(value)
	}
	if v, err := parse([]byte(id)); err != nil || !hasModerateNumbers(v) || j.protocol.frames["response"].schema.Properties["request_id"].Validate(v) != nil {
		return ""
	}
	return id
}

// Unanswered returns the JSON texts of the request_ids that have been sent and not answered, oldest first.
func (c *Conversation) Unanswered() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, q := range c.pending {
		ids = append(ids, q.id)
	}
	return ids
}

// Received judges a frame that the server has sent. An error names the frame and what is wrong with it.
func (c *Conversation) Received(frame []byte) error {
	if err := c.checkFrame(frame); err != nil {
		return fmt.Errorf("%w\n  in %s", err, frame)
	}
	return nil
}

func (c *Conversation) checkFrame(frame []byte) error {
	var head struct {
		Type      string
		RequestID json.RawMessage `json:"request_id"`
	}
	if !utf8.Valid(frame) {
		return errors.New("the server sent what is not UTF-8")
	}
	v, err := parse(frame)
	if err != nil {
		return err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return errors.New("the server sent what is not an object")
	}
	if err := json.Unmarshal(frame, &head); err != nil {
		return fmt.Errorf("the server sent an envelope of other types: %w", err)
	}
	if strings.HasPrefix(head.Type, "api-") {
		return c.checkBroadcast(head.Type, object)
	}
	f := c.judge.protocol.frames[head.Type]
	if f == nil || f.planned {
		return fmt.Errorf("frame %q is not sent", head.Type)
	}
	if err := f.schema.Validate(v); err != nil {
		return fmt.Errorf("frame %s: %w", head.Type, err)
	}
	switch head.Type {
	case "response":
		return c.checkResponse(string(head.RequestID), object["data"])
	case "error":
		return c.checkError(string(head.RequestID), object)
	}
	return nil
}

// takePending takes the question that an answer is for from those that are open.
func (c *Conversation) takePending(id string) (pendingRequest, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.pending, func(q pendingRequest) bool { return q.id == id })
	if i < 0 {
		return pendingRequest{}, fmt.Errorf("nothing has been asked with request_id %s, or it has been answered", id)
	}
	q := c.pending[i]
	if i > 0 {
		return q, fmt.Errorf("request_id %s is answered before %s, which was asked earlier", id, c.pending[0].id)
	}
	c.pending = c.pending[1:]
	return q, nil
}

func (c *Conversation) checkResponse(id string, data any) error {
	q, err := c.takePending(id)
	if err != nil {
		return err
	}
	r := c.judge.protocol.requests[q.typ]
	if r == nil {
		return errors.New("a response to what is no request; it must be an error frame")
	}
	if object, ok := data.(map[string]any); ok && object["error"] != nil {
		return c.judge.checkRefusal(q, r, object)
	}
	switch {
	case q.verdict != nil && !errors.Is(q.verdict, ErrExtremeNumber):
		return fmt.Errorf("the server has accepted what the schema refuses: %w", q.verdict)
	case r.answer == nil || r.asFrame:
		if data != nil {
			return fmt.Errorf("%s is answered with null", q.typ)
		}
	default:
		if err := r.answer.Validate(data); err != nil {
			return fmt.Errorf("answer of %s: %w", q.typ, err)
		}
	}
	return nil
}

// checkRefusal judges the data of a response that refuses.
func (j *Judge) checkRefusal(q pendingRequest, r *request, data map[string]any) error {
	if err := j.protocol.refusal.Validate(data); err != nil {
		return fmt.Errorf("refusal of %s: %w", q.typ, err)
	}
	code, _ := data["code"].(string)
	if !slices.Contains(r.errors, code) {
		return fmt.Errorf("%s is refused with %s, which its x-errors does not name", q.typ, code)
	}
	if q.verdict == nil && code == "missing_field" && !namesMissingFields(q.frame, r, data["details"]) {
		return fmt.Errorf("%s is refused for a missing field, but the schema finds none missing", q.typ)
	}
	return nil
}

// namesMissingFields tells whether details names fields, all of which the schema knows and a request has not: one may be needed only beside a
// certain value of another, which a schema cannot say.
func namesMissingFields(frame []byte, r *request, details any) bool {
	v, err := parse(frame)
	object, isObject := v.(map[string]any)
	fields, _ := details.([]any)
	if err != nil || !isObject || len(fields) == 0 {
		return false
	}
	for _, f := range fields {
		detail, _ := f.(map[string]any)
		path, _ := detail["path"].(string)
		name, top := strings.CutPrefix(path, "/")
		if !top || r.frame.Properties[name] == nil || object[name] != nil {
			return false
		}
	}
	return true
}

// checkError judges an error frame beyond its shape.
func (c *Conversation) checkError(id string, object map[string]any) error {
	if object["message"] != object["error"] {
		return errors.New("message and error differ")
	}
	if types, ok := object["available_types"].([]any); ok {
		var names []string
		for _, t := range types {
			name, _ := t.(string)
			names = append(names, name)
		}
		slices.Sort(names)
		if served := c.judge.protocol.served(); !slices.Equal(names, served) {
			return fmt.Errorf("available_types are %v, but what is served is %v", names, served)
		}
	}
	if id == "" {
		return nil
	}
	_, err := c.takePending(id)
	return err
}

// checkBroadcast judges a broadcast, its place among those of its session, and whether anything asked of the server may cause it.
func (c *Conversation) checkBroadcast(typ string, object map[string]any) error {
	b := c.judge.protocol.broadcasts[typ]
	if b == nil || b.planned {
		return fmt.Errorf("broadcast %q is not sent", typ)
	}
	if err := c.judge.protocol.broadcast.Validate(object); err != nil {
		return fmt.Errorf("envelope of %s: %w", typ, err)
	}
	if err := b.data.Validate(object["data"]); err != nil {
		return fmt.Errorf("data of %s: %w", typ, err)
	}
	c.judge.mu.Lock()
	caused := c.judge.allowedBroadcasts[typ]
	c.judge.mu.Unlock()
	if !caused {
		return fmt.Errorf("%s came, but no request that was sent names it in its x-emits", typ)
	}
	return c.checkSeq(object)
}

// checkSeq checks that no broadcast of the session is missing before this one. A session that was deleted begins at 1 again when
// it is made anew.
func (c *Conversation) checkSeq(object map[string]any) error {
	session, _ := object["session_id"].(string)
	seq, before := integer(object["seq"]), integer(object["prev_seq"])
	if before == 0 {
		before = seq - 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	last, known := c.seqs[session]
	c.seqs[session] = seq
	if known && before != last && seq != 1 {
		return fmt.Errorf("seq %d of session %s follows %d", seq, session, last)
	}
	return nil
}

// integer returns the integer that a schema has found to be one, 0 for what is absent.
func integer(v any) int64 {
	number, _ := v.(json.Number)
	n, err := number.Int64()
	if err != nil {
		return 0
	}
	return n
}
