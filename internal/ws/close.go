package ws

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// CloseCode is the status code of a close frame: why a connection ended, and so whether the client may come back by itself.
type CloseCode uint16

// The codes that this server sends, besides echoing a client's own.
const (
	// CloseProtocol: the client broke RFC 6455. It may not reconnect by itself.
	CloseProtocol CloseCode = 1002
	// CloseUnsupported: the client sent a binary message. It may not reconnect by itself.
	CloseUnsupported CloseCode = 1003
	// CloseInvalidText: a text message or a close reason was not UTF-8. The client may not reconnect by itself.
	CloseInvalidText CloseCode = 1007
	// ClosePolicy: too many messages or fragments, or a message that took too long. The client may not reconnect by itself.
	ClosePolicy CloseCode = 1008
	// CloseTooLarge: a message exceeded MaxMessage. The client may not reconnect by itself.
	CloseTooLarge CloseCode = 1009
	// CloseInternal: the server failed. The client may reconnect.
	CloseInternal CloseCode = 1011
	// CloseRestart: the server restarts or drains. The client may reconnect, after a random pause.
	CloseRestart CloseCode = 4000
	// CloseReplaced: a newer connection of the same client took over. The client may not reconnect by itself: the two would
	// replace each other for ever.
	CloseReplaced CloseCode = 4001
	// CloseSlow: the client does not read as fast as it is sent to, or is silent after a ping. It may reconnect.
	CloseSlow CloseCode = 4008
)

// The codes of Server.Refuse: 4000 and the status that HTTP has for it. With none from 4400 to 4499 the client may reconnect by itself: it
// would be refused again.
const (
	// CloseBadParameters: the client connected with parameters that make no sense.
	CloseBadParameters CloseCode = 4400
	// CloseNoSession: the session that the client wants to listen to does not exist, or not any more.
	CloseNoSession CloseCode = 4404
	// CloseOtherKey: the client's id is in use by a connection with another key.
	CloseOtherKey CloseCode = 4409
)

// noCode stands for a close frame without a payload.
const noCode CloseCode = 0

// closeStatus says how a connection is to end. As an error it is what the reading side found.
type closeStatus struct {
	code   CloseCode
	reason string
}

func (e *closeStatus) Error() string { return e.reason }

// closeFrame returns the close frame that tells the client of e. The reason is cut to the 123 bytes that a close frame can hold,
// between characters.
func (e *closeStatus) closeFrame() []byte {
	if e.code == noCode {
		return frame(ws.OpClose, nil)
	}
	reason := e.reason
	for limit := ws.MaxControlFramePayloadSize - 2; len(reason) > limit; {
		_, size := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-size]
	}
	payload := binary.BigEndian.AppendUint16(nil, uint16(e.code))
	return frame(ws.OpClose, append(payload, reason...))
}

// peerClose judges the payload of a client's close frame and returns how to end: with the client's own code where it is a right
// one (RFC 6455, 5.5.1), else with what is wrong about it.
func peerClose(payload []byte) *closeStatus {
	if len(payload) == 0 {
		return &closeStatus{code: noCode, reason: "closed by the client"}
	}
	if len(payload) == 1 {
		return &closeStatus{CloseProtocol, "close frame with half a status code"}
	}
	code := binary.BigEndian.Uint16(payload)
	if !sendable(code) {
		return &closeStatus{CloseProtocol, "close frame with a status code that may not be sent"}
	}
	if !utf8.Valid(payload[2:]) {
		return &closeStatus{CloseInvalidText, "close reason is not UTF-8"}
	}
	return &closeStatus{code: CloseCode(code)}
}

// sendable tells whether an endpoint may send code: 1004, 1005, 1006 and 1015 are reserved, 1012 to 1014 were registered after the
// RFC, 3000 to 4999 belong to libraries and applications (RFC 6455, 7.4, and the IANA registry).
func sendable(code uint16) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}
