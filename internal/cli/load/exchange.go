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

// envelope has the members of a frame that matter here.
type envelope struct {
	Type      string          `json:"type"`
	RequestID json.RawMessage `json:"request_id"`
	Code      string          `json:"code"`
	Data      json.RawMessage `json:"data"`
}

// pingExchange sends a ping and expects a pong.
type pingExchange struct{}

func (pingExchange) request(dst []byte, _ int64) []byte { return append(dst, `{"type":"ping"}`...) }

func (pingExchange) answers(frame []byte, _ int64) (answered bool, code string) {
	if bytes.HasPrefix(frame, []byte(`{"type":"pong"`)) {
		return true, ""
	}
	return errorCode(frame)
}

// errorCode returns the code of an error frame, which does not name the request it answers.
// answered is false for every other frame.
func errorCode(frame []byte) (answered bool, code string) {
	if !bytes.HasPrefix(frame, []byte(`{"type":"error"`)) {
		return false, ""
	}
	var in envelope
	if err := json.Unmarshal(frame, &in); err != nil {
		return true, "an error that is not JSON"
	}
	return true, in.Code
}

// placeholder stands for the number of a request in the arguments. It is replaced by
// placeholderNumber before the arguments are parsed, because that works in strings and in numbers.
// It is unlikely to occur otherwise.
const (
	placeholder       = "{n}"
	placeholderNumber = "8888777766665555"
)

// callExchange sends a request of any type and expects its response.
type callExchange struct {
	parts []string // the text of the request, split at the number
	first int64
}

// newCallExchange creates the request from its type and its fields, in the form of seg call. It
// adds the password if the request needs one and fields has none.
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
	// The server usually writes the members in this order. Other frames are decoded as JSON.
	rest, usual := bytes.CutPrefix(frame, []byte(`{"type":"response","request_id":`))
	id := strconv.AppendInt(nil, x.first+n, 10)
	if data, same := bytes.CutPrefix(rest, append(id, `,"data":`...)); usual && same && !bytes.HasPrefix(data, []byte(`{"error"`)) {
		return true, ""
	}
	var in envelope
	if err := json.Unmarshal(frame, &in); err != nil {
		return true, "a response that is not JSON"
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
