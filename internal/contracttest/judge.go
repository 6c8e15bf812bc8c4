// Package contracttest checks frames against the schema with an independent validator
// (santhosh-tekuri/jsonschema), not with the generated code. It is for tests only.
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

// Judge checks the frames of one server and its clients. It is safe for concurrent use.
type Judge struct {
	protocol *protocol

	mu                sync.Mutex
	allowedBroadcasts map[string]bool // types that the requests sent so far may cause
}

// NewJudge returns a Judge for the contract in fsys, which has contract.json at its root.
func NewJudge(fsys fs.FS) (*Judge, error) {
	p, err := compile(fsys)
	if err != nil {
		return nil, err
	}
	return &Judge{protocol: p, allowedBroadcasts: map[string]bool{}}, nil
}

// ErrExtremeNumber is returned for a frame with numbers that the validator cannot handle.
var ErrExtremeNumber = errors.New("numbers too extreme for the validator")

// Request returns nil if frame is a valid request, ErrExtremeNumber if the validator cannot handle it,
// otherwise an error with the reason.
func (j *Judge) Request(frame []byte) error {
	_, err := j.request(frame)
	return err
}

// request checks a frame from a client. It also returns the type, "" if it is unknown.
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
		// null in a field that is not nullable means absent.
		if value, has := object[name]; has && value == nil && schema.Validate(nil) != nil {
			delete(object, name)
		}
	}
	if err := r.frame.Validate(object); err != nil {
		return typ, fmt.Errorf("%s: %w", typ, err)
	}
	return typ, nil
}

// MayCause returns an error unless the schema allows all the broadcasts for the request type.
func (j *Judge) MayCause(request string, broadcasts ...string) error {
	r := j.protocol.requests[request]
	if r == nil || r.planned {
		return fmt.Errorf("type %q is not served", request)
	}
	for _, b := range broadcasts {
		if !slices.Contains(r.emits, b) {
			return fmt.Errorf("%s caused %s, which is not in its x-emits", request, b)
		}
	}
	return nil
}

// Data returns an error unless data is valid data of a broadcast, as the server writes it.
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

// Conversation checks the frames of one connection. It is safe for concurrent use. Sent must be called
// before the frame is sent.
type Conversation struct {
	judge *Judge

	mu      sync.Mutex
	pending []pendingRequest // requests with an id that are not answered, oldest first
	seqs    map[string]int64 // seq of the newest broadcast, by session
}

// pendingRequest is a request without an answer yet.
type pendingRequest struct {
	id      string // JSON text, as sent
	typ     string // empty: none that is served
	verdict error  // of the schema
	frame   []byte // as sent
}

// Sent records a frame from the client, valid or not.
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

// requestID returns the JSON text of the request_id that the answer to frame must have, "" for none.
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
			return "" // duplicate key: the id is ambiguous
		}
		id = string(value)
	}
	if v, err := parse([]byte(id)); err != nil || !hasModerateNumbers(v) || j.protocol.frames["response"].schema.Properties["request_id"].Validate(v) != nil {
		return ""
	}
	return id
}

// Unanswered returns the JSON texts of the request_ids without an answer, oldest first.
func (c *Conversation) Unanswered() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, q := range c.pending {
		ids = append(ids, q.id)
	}
	return ids
}

// Received checks a frame from the server. The error contains the frame and the reason.
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
		return errors.New("frame is not UTF-8")
	}
	v, err := parse(frame)
	if err != nil {
		return err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return errors.New("frame is not an object")
	}
	if err := json.Unmarshal(frame, &head); err != nil {
		return fmt.Errorf("wrong types in the envelope: %w", err)
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

// takePending removes and returns the pending request for an answer. Answers must come in the order of
// the requests.
func (c *Conversation) takePending(id string) (pendingRequest, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.pending, func(q pendingRequest) bool { return q.id == id })
	if i < 0 {
		return pendingRequest{}, fmt.Errorf("no request with request_id %s is pending", id)
	}
	q := c.pending[i]
	if i > 0 {
		return q, fmt.Errorf("request_id %s is answered before the earlier %s", id, c.pending[0].id)
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
		return errors.New("response to an invalid request; it must be an error frame")
	}
	if object, ok := data.(map[string]any); ok && object["error"] != nil {
		return c.judge.checkRefusal(q, r, object)
	}
	switch {
	case q.verdict != nil && !errors.Is(q.verdict, ErrExtremeNumber):
		return fmt.Errorf("the server accepted a request that the schema refuses: %w", q.verdict)
	case r.answer == nil || r.asFrame:
		if data != nil {
			return fmt.Errorf("%s must be answered with null", q.typ)
		}
	default:
		if err := r.answer.Validate(data); err != nil {
			return fmt.Errorf("answer of %s: %w", q.typ, err)
		}
	}
	return nil
}

// checkRefusal checks the data of a response with an error.
func (j *Judge) checkRefusal(q pendingRequest, r *request, data map[string]any) error {
	if err := j.protocol.refusal.Validate(data); err != nil {
		return fmt.Errorf("refusal of %s: %w", q.typ, err)
	}
	code, _ := data["code"].(string)
	if !slices.Contains(r.errors, code) {
		return fmt.Errorf("%s is refused with %s, which is not in its x-errors", q.typ, code)
	}
	if q.verdict == nil && code == "missing_field" && !namesMissingFields(q.frame, r, data["details"]) {
		return fmt.Errorf("%s is refused for a missing field, but no field is missing", q.typ)
	}
	return nil
}

// namesMissingFields reports whether details names only fields that exist in the schema and are missing
// in the request. A field may be required only with certain values of another one, which the schema
// cannot express.
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

// checkError checks what the schema cannot express about an error frame.
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
			return fmt.Errorf("available_types are %v, want %v", names, served)
		}
	}
	if id == "" {
		return nil
	}
	_, err := c.takePending(id)
	return err
}

// checkBroadcast checks a broadcast, its sequence number, and whether a request may have caused it.
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
		return fmt.Errorf("%s is not in the x-emits of any request that was sent", typ)
	}
	return c.checkSeq(object)
}

// checkSeq checks that no broadcast of the session is missing before this one. A session that is deleted
// and created again starts at 1.
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

// integer returns the value of a validated integer, 0 for nil.
func integer(v any) int64 {
	number, _ := v.(json.Number)
	n, err := number.Int64()
	if err != nil {
		return 0
	}
	return n
}
