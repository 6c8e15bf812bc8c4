package ws

import (
	"encoding/base64"
	"net/http"

	"golang.org/x/net/http/httpguts"

	"seg.example/gen/route"
)

// Refused says why a request was not upgraded. Nothing has been written, so the caller must answer
// the request.
type Refused struct {
	// Status is the HTTP status to answer with.
	Status int
	// Code is the protocol's error code to answer with.
	Code route.Code
	// Text says what is wrong, for the client's developer.
	Text string
	// Header holds header fields of the answer; it may be nil.
	Header http.Header
}

// Error returns Text.
func (r *Refused) Error() string { return r.Text }

// keyLength is the length of the nonce in Sec-WebSocket-Key before it is encoded.
const keyLength = 16

// checkUpgrade checks r against RFC 6455, 4.2.1. It also refuses a request with a body, because a
// proxy could see the body where this server sees frames.
func checkUpgrade(r *http.Request) *Refused {
	switch {
	case r.Method != http.MethodGet:
		return &Refused{http.StatusMethodNotAllowed, codeInvalid, "a WebSocket handshake is a GET request", http.Header{"Allow": {http.MethodGet}}}
	case r.ProtoMajor != 1 || r.ProtoMinor < 1:
		return &Refused{Status: http.StatusHTTPVersionNotSupported, Code: codeInvalid, Text: "a WebSocket handshake needs HTTP/1.1"}
	case r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		// Without "close" net/http would read the body before it answers.
		return &Refused{http.StatusBadRequest, codeInvalid, "a WebSocket handshake has no body", http.Header{"Connection": {"close"}}}
	case !httpguts.HeaderValuesContainsToken(r.Header.Values("Connection"), "upgrade") ||
		!httpguts.HeaderValuesContainsToken(r.Header.Values("Upgrade"), "websocket"):
		return upgradeRequired("this address speaks WebSocket only: Connection: Upgrade and Upgrade: websocket are needed")
	}
	versions := r.Header.Values("Sec-Websocket-Version")
	if len(versions) != 1 || versions[0] != "13" {
		return upgradeRequired("Sec-WebSocket-Version must be 13")
	}
	keys := r.Header.Values("Sec-Websocket-Key")
	if len(keys) != 1 || !validKey(keys[0]) {
		return &Refused{Status: http.StatusBadRequest, Code: codeInvalid, Text: "Sec-WebSocket-Key must be 16 bytes in base64"}
	}
	return nil
}

func upgradeRequired(text string) *Refused {
	return &Refused{http.StatusUpgradeRequired, codeInvalid, text, http.Header{
		"Connection":            {"Upgrade"},
		"Upgrade":               {"websocket"},
		"Sec-Websocket-Version": {"13"},
	}}
}

func validKey(key string) bool {
	nonce, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(nonce) == keyLength
}
