package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/gobwas/ws"

	"seg.example/gen/route"
)

const opText = ws.OpText

// incoming is what matters of a frame here.
type incoming struct {
	Type      string          `json:"type"`
	RequestID json.RawMessage `json:"request_id"`
	Code      string          `json:"code"`
	Data      json.RawMessage `json:"data"`
}

// pingExchange is a ping and its pong.
type pingExchange struct{}

func (pingExchange) request(dst []byte, _ int64) []byte { return append(dst, `{"type":"ping"}`...) }

func (pingExchange) answers(frame []byte, _ int64) (answered bool, code string) {
	if bytes.HasPrefix(frame, []byte(`{"type":"pong"`)) {
		return true, ""
	}
	return refusedWith(frame)
}

// refusedWith tells whether frame is an error that answers no request in particular, and its code.
func refusedWith(frame []byte) (answered bool, code string) {
	if !bytes.HasPrefix(frame, []byte(`{"type":"error"`)) {
		return false, ""
	}
	var in incoming
	if err := json.Unmarshal(frame, &in); err != nil {
		return true, "an error that is no JSON"
	}
	return true, in.Code
}

// placeholder stands for the number of a request in what the user writes, stand-in for it in what becomes of that: it is text and
// number alike, and in nobody's way.
const (
	placeholder = "{n}"
	standIn     = "8888777766665555"
)

// callExchange is any request and its response.
type callExchange struct {
	parts []string // the request's text, cut where the number belongs
	first int64
}

// newCallExchange makes the request typ of fields as seg call takes them. password is put in where it is needed and not given.
func newCallExchange(typ string, fields []string, password string, first int64) (*callExchange, error) {
	index := slices.IndexFunc(route.Messages(), func(m *route.Message) bool { return m.Type == typ })
	if index < 0 {
		return nil, unknown("message", typ, messageTypes())
	}
	m := route.Messages()[index]
	numbered := make([]string, len(fields))
	for i, f := range fields {
		numbered[i] = strings.ReplaceAll(f, placeholder, standIn)
	}
	var later []string
	if password != "" {
		later = append(later, passwordField)
	}
	object, err := readFields(m, numbered, later...)
	if err != nil {
		return nil, err
	}
	text := []byte(`{"type":` + quoteJSON(typ) + `,"request_id":` + standIn)
	given := func(name string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(f, name+"=") || strings.HasPrefix(f, name+":=") })
	}
	if m.Auth == route.AuthRequired && !given(passwordField) {
		text = append(append(text, `,"`+passwordField+`":`...), quoteJSON(password)...)
	}
	if len(object) > len(`{}`) {
		text = append(text, ',')
	}
	text = append(text, object[1:]...)
	return &callExchange{strings.Split(string(text), standIn), first}, nil
}

func (x *callExchange) request(dst []byte, n int64) []byte {
	for i, part := range x.parts {
		if i > 0 {
			dst = strconv.AppendInt(dst, x.first+n, 10)
		}
		dst = append(dst, part...)
	}
	return dst
}

func (x *callExchange) answers(frame []byte, n int64) (answered bool, code string) {
	if !bytes.HasPrefix(frame, []byte(`{"type":"response"`)) {
		return refusedWith(frame)
	}
	// The server writes its members in this order; a frame of another form is read as any JSON.
	rest, usual := bytes.CutPrefix(frame, []byte(`{"type":"response","request_id":`))
	id := strconv.AppendInt(nil, x.first+n, 10)
	if data, same := bytes.CutPrefix(rest, append(id, `,"data":`...)); usual && same && !bytes.HasPrefix(data, []byte(`{"error"`)) {
		return true, ""
	}
	var in incoming
	if err := json.Unmarshal(frame, &in); err != nil {
		return true, "a response that is no JSON"
	}
	if !bytes.Equal(in.RequestID, id) {
		return false, ""
	}
	var failed incoming
	if bytes.HasPrefix(in.Data, []byte(`{"error"`)) && json.Unmarshal(in.Data, &failed) == nil {
		return true, failed.Code
	}
	return true, ""
}

// messageTypes lists the requests that there are.
func messageTypes() []string {
	var types []string
	for _, m := range route.Messages() {
		types = append(types, m.Type)
	}
	return types
}

// quoteJSON returns s as JSON.
func quoteJSON(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // no string fails
	}
	return string(text)
}
