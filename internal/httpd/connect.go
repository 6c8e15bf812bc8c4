package httpd

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/hub"
	"seg.example/internal/ws"
)

// Lengths in characters.
const (
	maxClientID  = 128
	minClientKey = 8
	maxClientKey = 128
)

// connect opens a WebSocket connection. Its parameters, in the query:
//
//	client_id   required, 1 to 128 printable characters: who the client says it is. A second connection replaces the first
//	client_key  optional, 8 to 128 printable characters: proves who the client is. While it is connected only a connection with the
//	            same key may replace it; any other gets a 409
//	session_id  optional: receive only the broadcasts of this session
//
// An "Authorization: Bearer PASSWORD" makes the connection trusted from the start; a wrong one is refused. The key is known as its
// SHA-256 sum only, from here on.
func (h *handler) connect(w http.ResponseWriter, r *http.Request) {
	caller, err := h.admit(r)
	if err == nil {
		err = h.Sockets.Upgrade(w, r, caller)
	}
	if err == nil {
		return
	}
	if refused, ok := errors.AsType[*ws.Refused](err); ok {
		err = &refusal{refused.Status, refused.Code, refused.Text, refused.Header}
	}
	if errors.Is(err, hub.ErrTaken) {
		err = &refusal{status: http.StatusConflict, code: wire.ErrorCodeConflict, text: hub.ErrTaken.Error()}
	}
	if no, ok := errors.AsType[*refusal](err); ok {
		refuse(w, no)
		return
	}
	h.Log.Debug("a connection was lost while it was upgraded", "error", err)
}

// admit decides who r is and whether it may connect.
func (h *handler) admit(r *http.Request) (route.Caller, error) {
	if err := h.Sockets.Check(r); err != nil {
		return route.Caller{}, err
	}
	if !h.origins.allow(r) {
		return route.Caller{}, &refusal{
			status: http.StatusForbidden, code: wire.ErrorCodeUnauthorized, text: "pages of this origin may not connect",
		}
	}
	caller, err := readParameters(r.URL.RawQuery)
	if err != nil {
		return route.Caller{}, err
	}
	switch token(r) {
	case tokenNone:
	case tokenGiven:
		if refused := h.present(r); refused != nil {
			return route.Caller{}, refused
		}
		caller.Trusted = true
	case tokenMalformed:
		return route.Caller{}, wrongPassword()
	}
	return caller, nil
}

func wrongPassword() *refusal {
	return &refusal{
		http.StatusUnauthorized, wire.ErrorCodeUnauthorized, "Password is incorrect", http.Header{"Www-Authenticate": {"Bearer"}},
	}
}

// readParameters reads the query of connect. The error is a *refusal.
func readParameters(query string) (route.Caller, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return route.Caller{}, badParameter("the query is malformed")
	}
	for _, name := range []string{"epoch", "after"} {
		if values.Has(name) {
			// Ignoring it would promise what this server does not do.
			return route.Caller{}, badParameter(name + " is not served yet")
		}
	}
	clientIDs, sessionIDs := values["client_id"], values["session_id"]
	if len(clientIDs) == 0 {
		return route.Caller{}, &refusal{
			status: http.StatusBadRequest, code: wire.ErrorCodeMissingField, text: "Missing required field: client_id",
		}
	}
	if len(clientIDs) > 1 || !printable(clientIDs[0], 1, maxClientID) {
		return route.Caller{}, badParameter("client_id must be given once, as 1 to 128 printable characters")
	}
	caller := route.Caller{ClientID: clientIDs[0]}
	if keys := values["client_key"]; len(keys) > 0 {
		if len(keys) > 1 || !printable(keys[0], minClientKey, maxClientKey) {
			return route.Caller{}, badParameter("client_key must be given once, as 8 to 128 printable characters")
		}
		sum := sha256.Sum256([]byte(keys[0]))
		caller.Key = hex.EncodeToString(sum[:])
	}
	if len(sessionIDs) > 1 || len(sessionIDs) == 1 && !validSessionID(sessionIDs[0]) {
		return route.Caller{}, badParameter("session_id must be given once, as 1 to 64 letters, digits, _ or -")
	}
	if len(sessionIDs) == 1 {
		caller.SessionID = sessionIDs[0]
	}
	return caller, nil
}

func badParameter(text string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: wire.ErrorCodeInvalidField, text: text}
}

// printable tells whether text is shortest to longest printable characters.
func printable(text string, shortest, longest int) bool {
	n := utf8.RuneCountInString(text)
	if !utf8.ValidString(text) || n < shortest || n > longest {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

func validSessionID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
