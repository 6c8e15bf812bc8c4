package load

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/gobwas/ws"

	"seg.example/gen/route"
	"seg.example/internal/cli/call"
	"seg.example/internal/cli/clikit"
)

const opText = ws.OpText

// envelope is what matters of a frame here.
type envelope struct {
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
	return errorCode(frame)
}

// errorCode tells whether frame is an error that answers no request in particular, and its code.
func errorCode(frame []byte) (answered bool, code string) {
	if !bytes.HasPrefix(frame, []byte(`{"type":"error"`)) {
		return false, ""
	}
	var in envelope
	if err := json.Unmarshal(frame, &in); err != nil {
		return true, "an error that is no JSON"
	}
	return true, in.Code
}

// placeholder stands for the number of a request in what the user writes, stand-in for it in what becomes of that: it is text and
// number alike, and in nobody's way.
const (
	placeholder       = "{n}"
	placeholderNumber = "8888777766665555"
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
		return nil, clikit.UnknownName("message", typ, call.MessageTypes())
	}
	m := route.Messages()[index]
	numbered := make([]string, len(fields))
	for i, f := range fields {
		numbered[i] = strings.ReplaceAll(f, placeholder, placeholderNumber)
	}
	var later []string
	if password != "" {
		later = append(later, call.PasswordField)
	}
	object, err := call.ParseFields(m, numbered, later...)
	if err != nil {
		return nil, err
	}
	text := []byte(`{"type":` + clikit.QuoteJSON(typ) + `,"request_id":` + placeholderNumber)
	given := func(name string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(f, name+"=") || strings.HasPrefix(f, name+":=") })
	}
	if m.Auth == route.AuthRequired && !given(call.PasswordField) {
		text = append(append(text, `,"`+call.PasswordField+`":`...), clikit.QuoteJSON(password)...)
	}
	if len(object) > len(`{}`) {
		text = append(text, ',')
	}
	text = append(text, object[1:]...)
	return &callExchange{strings.Split(string(text), placeholderNumber), first}, nil
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
		return errorCode(frame)
	}
	// The server writes its members in this order; a frame of another form is read as any JSON.
	rest, usual := bytes.CutPrefix(frame, []byte(`{"type":"response","request_id":`))
	id := strconv.AppendInt(nil, x.first+n, 10)
	if data, same := bytes.CutPrefix(rest, append(id, `,"data":`...)); usual && same && !bytes.HasPrefix(data, []byte(`{"error"`)) {
		return true, ""
	}
	var in envelope
	if err := json.Unmarshal(frame, &in); err != nil {
		return true, "a response that is no JSON"
	}
	if !bytes.Equal(in.RequestID, id) {
		return false, ""
	}
	var failed envelope
	if bytes.HasPrefix(in.Data, []byte(`{"error"`)) && json.Unmarshal(in.Data, &failed) == nil {
		return true, failed.Code
	}
	return true, ""
}
