package httpd

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
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
//	            same key may replace it; any other is closed with 4409
//	session_id  optional: receive only the broadcasts of this session, which must exist; otherwise it is closed with 4404. The first
//	            frame is a welcome
//	epoch,      optional, both or none, with session_id: the session's epoch and the number of the newest broadcast that the
//	after       client has, 0 for none. What it has missed since follows the welcome, which says so
//	announce_   optional, true or false: whether a frame "closing" with the close code is sent before the close frame, for clients that
//	close       see the close code only when TCP ends
//
// An "Authorization: Bearer PASSWORD" makes the connection trusted from the start; a wrong one is refused with a 401, as everywhere in
// HTTP: scripts in browsers, which could not see that, cannot send one. The key is known as its SHA-256 sum only, from here on.
func (h *handler) connect(w http.ResponseWriter, r *http.Request) {
	who, err := h.admit(r)
	if err == nil {
		err = h.open(w, r, who)
	}
	if err == nil {
		return
	}
	no := refusalOf(err)
	if no == nil {
		h.lost(err)
		return
	}
	h.turned.refused(r, who.ClientID, no)
	if no.closing == 0 {
		refuse(w, no)
		return
	}
	err = h.Sockets.RefuseWith(w, r, no.closing, no.text, func(s *ws.Socket) {
		if announces, err := readAnnounceClose(r.URL.Query()); err == nil && announces {
			s.AnnounceClose()
		}
	})
	if _, unwritten := errors.AsType[*ws.Refused](err); unwritten {
		refuse(w, no) // the server is full, or about to end, since a moment ago
	} else if err != nil {
		h.lost(err)
	}
}

func (h *handler) lost(err error) {
	h.Log.Debug("a connection was lost while it was upgraded", "error", err)
}

// refusalOf returns what an error of admit or open is answered with; nil if nobody is there any more to be answered.
func refusalOf(err error) *refusal {
	if refused, ok := errors.AsType[*ws.Refused](err); ok {
		return &refusal{status: refused.Status, code: refused.Code, text: refused.Text, header: refused.Header, cause: causeOf(refused)}
	}
	if errors.Is(err, hub.ErrTaken) {
		return &refusal{
			status: http.StatusConflict, code: wire.ErrorCodeConflict, text: hub.ErrTaken.Error(),
			cause: otherKey, closing: ws.CloseOtherKey,
		}
	}
	no, _ := errors.AsType[*refusal](err)
	return no
}

// causeOf tells why a request was not upgraded.
func causeOf(r *ws.Refused) cause {
	switch {
	case r.Code == wire.ErrorCodeRateLimited && r.Status == http.StatusTooManyRequests:
		return addressFull
	case r.Code == wire.ErrorCodeRateLimited:
		return serverFull
	case r.Status == http.StatusServiceUnavailable:
		return restarting
	}
	return noHandshake
}

// applicant is who wants to connect.
type applicant struct {
	route.Caller

	position  hub.Position // in the session that it wants to listen to
	announces bool         // it wants a frame "closing" before the close frame
}

// admit decides who r is and whether it may connect.
func (h *handler) admit(r *http.Request) (applicant, error) {
	if err := h.Sockets.Check(r); err != nil {
		return applicant{}, err
	}
	if !h.origins.allow(r) {
		return applicant{}, &refusal{
			status: http.StatusForbidden, code: wire.ErrorCodeUnauthorized, text: "pages of this origin may not connect",
			cause: foreignOrigin,
		}
	}
	who, err := readParameters(r.URL.RawQuery)
	if err != nil {
		return applicant{}, err
	}
	switch token(r) {
	case tokenNone:
	case tokenGiven:
		if refused := h.present(r); refused != nil {
			return who, refused
		}
		who.Trusted = true
	case tokenMalformed:
		return who, wrongPassword()
	}
	return who, nil
}

// open upgrades the connection of who, once it is known what it has missed.
func (h *handler) open(w http.ResponseWriter, r *http.Request, who applicant) error {
	var opening *hub.Subscription
	if who.SessionID != "" {
		var err error
		opening, err = h.Clients.Subscribe(r.Context(), who.SessionID, who.position)
		if err != nil {
			return h.notOpened(r, err)
		}
		defer opening.Close()
	}
	//nolint:contextcheck // catching up outlives the request, as the socket does
	add := func(s *ws.Socket) error {
		if who.announces {
			s.AnnounceClose()
		}
		return h.Clients.Add(s, opening)
	}
	return h.Sockets.UpgradeWith(w, r, who.Caller, add)
}

// notOpened turns the error of a session that cannot be listened to into what is answered.
func (h *handler) notOpened(r *http.Request, err error) error {
	if errors.Is(err, hub.ErrNoSession) {
		return &refusal{
			status: http.StatusNotFound, code: wire.ErrorCodeNotFound, text: "Session not found",
			cause: noSession, closing: ws.CloseNoSession,
		}
	}
	no := &refusal{status: http.StatusInternalServerError, code: wire.ErrorCodeInternal, text: "Internal error"}
	if r.Context().Err() == nil { // otherwise it is the client that has given up
		no.cause = fault
		h.Log.Error("a session could not be opened", "error", err)
	}
	return no
}

func wrongPassword() *refusal {
	return &refusal{
		status: http.StatusUnauthorized, code: wire.ErrorCodeUnauthorized, text: "Password is incorrect",
		header: http.Header{"Www-Authenticate": {"Bearer"}}, cause: wrongToken,
	}
}

// readParameters reads the query of connect. The error is a *refusal.
func readParameters(query string) (applicant, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return applicant{}, badParameter("the query is malformed")
	}
	clientIDs, sessionIDs := values["client_id"], values["session_id"]
	if len(clientIDs) == 0 {
		missing := badParameter("Missing required field: client_id")
		missing.code = wire.ErrorCodeMissingField
		return applicant{}, missing
	}
	if len(clientIDs) > 1 || !printable(clientIDs[0], 1, maxClientID) {
		return applicant{}, badParameter("client_id must be given once, as 1 to 128 printable characters")
	}
	// Copies: a part of the request's text would keep all of it for as long as the connection lasts.
	who := applicant{Caller: route.Caller{ClientID: strings.Clone(clientIDs[0])}}
	if keys := values["client_key"]; len(keys) > 0 {
		if len(keys) > 1 || !printable(keys[0], minClientKey, maxClientKey) {
			return applicant{}, badParameter("client_key must be given once, as 8 to 128 printable characters")
		}
		sum := sha256.Sum256([]byte(keys[0]))
		who.Key = hex.EncodeToString(sum[:])
	}
	if len(sessionIDs) > 1 || len(sessionIDs) == 1 && !plainID(sessionIDs[0]) {
		return applicant{}, badParameter("session_id must be given once, as 1 to 64 letters, digits, _ or -")
	}
	if len(sessionIDs) == 1 {
		who.SessionID = strings.Clone(sessionIDs[0])
	}
	if who.announces, err = readAnnounceClose(values); err != nil {
		return applicant{}, err
	}
	who.position, err = readPosition(values, who.SessionID)
	return who, err
}

// readAnnounceClose reads whether the client wants a frame before the close frame. The error is a *refusal.
func readAnnounceClose(values url.Values) (bool, error) {
	given := values["announce_close"]
	switch {
	case len(given) == 0, len(given) == 1 && given[0] == "false":
		return false, nil
	case len(given) == 1 && given[0] == "true":
		return true, nil
	}
	return false, badParameter("announce_close must be given once, as true or false")
}

// ClosingText is the frame that announces a close frame.
func ClosingText(code ws.CloseCode, reason string) []byte {
	closing := wire.Closing{Code: int64(code), Reason: reason}
	text := closing.Append([]byte(`{"type":"closing"`))
	text[len(`{"type":"closing"`)] = ','
	return text
}

// maxAfter is the largest number that a broadcast can have: 2⁵³-1.
const maxAfter = 1<<53 - 1

// readPosition reads how far the client has followed the session. The error is a *refusal.
func readPosition(values url.Values, session string) (hub.Position, error) {
	epochs, afters := values["epoch"], values["after"]
	if len(epochs) == 0 && len(afters) == 0 {
		return hub.Position{}, nil
	}
	if len(epochs) != 1 || len(afters) != 1 || session == "" {
		return hub.Position{}, badParameter("epoch and after must be given together, once each, with session_id")
	}
	if !plainID(epochs[0]) {
		return hub.Position{}, badParameter("epoch must be 1 to 64 letters, digits, _ or -")
	}
	after, err := strconv.ParseUint(afters[0], 10, 64)
	if err != nil || after > maxAfter {
		return hub.Position{}, badParameter("after must be an integer from 0 to 9007199254740991")
	}
	return hub.Position{Epoch: epochs[0], After: int64(after)}, nil
}

func badParameter(text string) *refusal {
	return &refusal{
		status: http.StatusBadRequest, code: wire.ErrorCodeInvalidField, text: text,
		cause: badParameters, closing: ws.CloseBadParameters,
	}
}

// printable tells whether text is shortest to longest printable characters.
func printable(text string, shortest, longest int) bool {
	n := utf8.RuneCountInString(text)
	if !utf8.ValidString(text) || n < shortest || n > longest {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// plainID tells whether id has the form of a session's name and epoch.
func plainID(id string) bool {
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
