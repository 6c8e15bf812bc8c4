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

// Limits in characters.
const (
	maxClientID  = 128
	minClientKey = 8
	maxClientKey = 128
)

// connect opens a WebSocket connection. Its parameters, in the query:
//
//	client_id       required, 1 to 128 printable characters: the client's name. A second connection
//	                with the same one replaces the first
//	client_key      optional, 8 to 128 printable characters: proves the client's identity. Only a
//	                connection with the same key can replace it; others are closed with 4409
//	session_id      optional: receive only the broadcasts of this session. If it does not exist, the
//	                connection is closed with 4404. The first frame is a welcome
//	epoch, after    optional, both or none, with session_id: the session's epoch and the seq of the
//	                newest broadcast that the client has, 0 for none. The missed broadcasts follow
//	                the welcome
//	announce_close  optional, true or false: send a frame "closing" with the close code before the
//	                close frame, for clients that see the close code only when TCP ends
//
// An "Authorization: Bearer PASSWORD" makes the connection trusted from the start. A wrong one is
// refused with 401: browser scripts cannot send this header, so they need no close code. After this
// function only the SHA-256 sum of client_key is known.
func (h *handler) connect(w http.ResponseWriter, r *http.Request) {
	req, err := h.authorize(r)
	if err == nil {
		err = h.upgrade(w, r, req)
	}
	if err == nil {
		return
	}
	refused := refusalOf(err)
	if refused == nil {
		h.logLost(err)
		return
	}
	h.refusalLog.refused(r, req.ClientID, refused)
	if refused.closeCode == 0 {
		writeRefusal(w, refused)
		return
	}
	err = h.Sockets.RefuseWith(w, r, refused.closeCode, refused.text, func(s *ws.Socket) {
		if announce, err := readAnnounceClose(r.URL.Query()); err == nil && announce {
			s.AnnounceClose()
		}
	})
	if _, notUpgraded := errors.AsType[*ws.Refused](err); notUpgraded {
		writeRefusal(w, refused) // meanwhile the server became full or began to shut down
	} else if err != nil {
		h.logLost(err)
	}
}

func (h *handler) logLost(err error) {
	h.Log.Debug("connection lost during the upgrade", "error", err)
}

// refusalOf returns the answer to an error of authorize or upgrade; nil if the connection is lost.
func refusalOf(err error) *refusal {
	if refused, ok := errors.AsType[*ws.Refused](err); ok {
		return &refusal{status: refused.Status, code: refused.Code, text: refused.Text, header: refused.Header, reason: reasonOf(refused)}
	}
	if errors.Is(err, hub.ErrTaken) {
		return &refusal{
			status: http.StatusConflict, code: wire.ErrorCodeConflict, text: hub.ErrTaken.Error(),
			reason: reasonOtherKey, closeCode: ws.CloseOtherKey,
		}
	}
	refused, _ := errors.AsType[*refusal](err)
	return refused
}

// reasonOf returns why package ws did not upgrade a request.
func reasonOf(r *ws.Refused) refusalReason {
	switch {
	case r.Code == wire.ErrorCodeRateLimited && r.Status == http.StatusTooManyRequests:
		return reasonAddressFull
	case r.Code == wire.ErrorCodeRateLimited:
		return reasonServerFull
	case r.Status == http.StatusServiceUnavailable:
		return reasonRestarting
	}
	return reasonNoHandshake
}

// connectRequest holds the parameters of a handshake.
type connectRequest struct {
	route.Caller

	position      hub.Position // the newest broadcast that the client has
	announceClose bool         // send a frame "closing" before the close frame
}

// authorize reads the parameters of r and checks whether it may connect.
func (h *handler) authorize(r *http.Request) (connectRequest, error) {
	if err := h.Sockets.Check(r); err != nil {
		return connectRequest{}, err
	}
	if !h.origins.allow(r) {
		return connectRequest{}, &refusal{
			status: http.StatusForbidden, code: wire.ErrorCodeUnauthorized, text: "this origin is not allowed",
			reason: reasonOrigin,
		}
	}
	req, err := readParameters(r.URL.RawQuery)
	if err != nil {
		return connectRequest{}, err
	}
	switch tokenStateOf(r) {
	case tokenNone:
	case tokenGiven:
		if refused := h.checkToken(r); refused != nil {
			return req, refused
		}
		req.Trusted = true
	case tokenMalformed:
		return req, wrongPassword()
	}
	return req, nil
}

// upgrade reads the missed broadcasts, upgrades the connection and adds it to the hub.
func (h *handler) upgrade(w http.ResponseWriter, r *http.Request, req connectRequest) error {
	var subscription *hub.Subscription
	if req.SessionID != "" {
		var err error
		subscription, err = h.Clients.Subscribe(r.Context(), req.SessionID, req.position)
		if err != nil {
			return h.subscribeError(r, err)
		}
		defer subscription.Close()
	}
	//nolint:contextcheck // catching up outlives the request, as the socket does
	add := func(s *ws.Socket) error {
		if req.announceClose {
			s.AnnounceClose()
		}
		return h.Clients.Add(s, subscription)
	}
	return h.Sockets.UpgradeWith(w, r, req.Caller, add)
}

// subscribeError returns the refusal for an error of Subscribe.
func (h *handler) subscribeError(r *http.Request, err error) error {
	if errors.Is(err, hub.ErrNoSession) {
		return &refusal{
			status: http.StatusNotFound, code: wire.ErrorCodeNotFound, text: "Session not found",
			reason: reasonNoSession, closeCode: ws.CloseNoSession,
		}
	}
	refused := &refusal{status: http.StatusInternalServerError, code: wire.ErrorCodeInternal, text: "Internal error"}
	if r.Context().Err() == nil { // otherwise the client has disconnected
		refused.reason = reasonInternal
		h.Log.Error("subscribing to a session failed", "error", err)
	}
	return refused
}

func wrongPassword() *refusal {
	return &refusal{
		status: http.StatusUnauthorized, code: wire.ErrorCodeUnauthorized, text: "Password is incorrect",
		header: http.Header{"Www-Authenticate": {"Bearer"}}, reason: reasonWrongPassword,
	}
}

// readParameters reads the query of connect. The error is a *refusal.
func readParameters(query string) (connectRequest, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return connectRequest{}, badParameter("the query is malformed")
	}
	clientIDs, sessionIDs := values["client_id"], values["session_id"]
	if len(clientIDs) == 0 {
		missing := badParameter("Missing required field: client_id")
		missing.code = wire.ErrorCodeMissingField
		return connectRequest{}, missing
	}
	if len(clientIDs) > 1 || !printable(clientIDs[0], 1, maxClientID) {
		return connectRequest{}, badParameter("client_id must be given once, as 1 to 128 printable characters")
	}
	// Clone, because a substring would keep the whole request in memory while the connection is open.
	req := connectRequest{Caller: route.Caller{ClientID: strings.Clone(clientIDs[0])}}
	if keys := values["client_key"]; len(keys) > 0 {
		if len(keys) > 1 || !printable(keys[0], minClientKey, maxClientKey) {
			return connectRequest{}, badParameter("client_key must be given once, as 8 to 128 printable characters")
		}
		sum := sha256.Sum256([]byte(keys[0]))
		req.Key = hex.EncodeToString(sum[:])
	}
	if len(sessionIDs) > 1 || len(sessionIDs) == 1 && !validID(sessionIDs[0]) {
		return connectRequest{}, badParameter("session_id must be given once, as 1 to 64 letters, digits, _ or -")
	}
	if len(sessionIDs) == 1 {
		req.SessionID = strings.Clone(sessionIDs[0])
	}
	if req.announceClose, err = readAnnounceClose(values); err != nil {
		return connectRequest{}, err
	}
	req.position, err = readPosition(values, req.SessionID)
	return req, err
}

// readAnnounceClose reads the parameter announce_close. The error is a *refusal.
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

// ClosingText returns the text frame "closing", which announces a close frame.
func ClosingText(code ws.CloseCode, reason string) []byte {
	closing := wire.Closing{Code: int64(code), Reason: reason}
	text := closing.Append([]byte(`{"type":"closing"`))
	text[len(`{"type":"closing"`)] = ','
	return text
}

// maxAfter is the largest seq of a broadcast: 2⁵³-1.
const maxAfter = 1<<53 - 1

// readPosition reads the parameters epoch and after. The error is a *refusal.
func readPosition(values url.Values, session string) (hub.Position, error) {
	epochs, afters := values["epoch"], values["after"]
	if len(epochs) == 0 && len(afters) == 0 {
		return hub.Position{}, nil
	}
	if len(epochs) != 1 || len(afters) != 1 || session == "" {
		return hub.Position{}, badParameter("epoch and after must be given together, once each, with session_id")
	}
	if !validID(epochs[0]) {
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
		reason: reasonParameters, closeCode: ws.CloseBadParameters,
	}
}

// printable reports whether text consists of minLength to maxLength printable characters.
func printable(text string, minLength, maxLength int) bool {
	n := utf8.RuneCountInString(text)
	if !utf8.ValidString(text) || n < minLength || n > maxLength {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// validID reports whether id is a valid session_id or epoch.
func validID(id string) bool {
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
