package ws

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// CloseCode is the status code of a close frame. It says why a connection ended, and whether the
// client may reconnect automatically.
type CloseCode uint16

// Codes that this server sends, besides those that it echoes.
const (
	// CloseProtocol: the client violated RFC 6455. It must not reconnect automatically.
	CloseProtocol CloseCode = 1002
	// CloseUnsupported: the client sent a binary message. It must not reconnect automatically.
	CloseUnsupported CloseCode = 1003
	// CloseInvalidText: a text message or a close reason was not UTF-8. The client must not
	// reconnect automatically.
	CloseInvalidText CloseCode = 1007
	// ClosePolicy: too many messages or fragments, or a message that took too long. The client must
	// not reconnect automatically.
	ClosePolicy CloseCode = 1008
	// CloseTooLarge: a message exceeded MaxMessage. The client must not reconnect automatically.
	CloseTooLarge CloseCode = 1009
	// CloseInternal: the server failed. The client may reconnect.
	CloseInternal CloseCode = 1011
	// CloseRestart: the server restarts or drains. The client may reconnect after a random delay.
	CloseRestart CloseCode = 4000
	// CloseReplaced: the same client has a newer connection. The client must not reconnect
	// automatically, because the two would replace each other without end.
	CloseReplaced CloseCode = 4001
	// CloseSlow: the client does not read fast enough, or did not answer a ping. It may reconnect.
	CloseSlow CloseCode = 4008
)

// Codes of Server.Refuse. They are 4000 plus the corresponding HTTP status. The client must not
// reconnect automatically after a code from 4400 to 4499, because the server would refuse it again.
const (
	// CloseBadParameters: the connect request has invalid parameters.
	CloseBadParameters CloseCode = 4400
	// CloseNoSession: the session of the connect request does not exist or was deleted.
	CloseNoSession CloseCode = 4404
	// CloseOtherKey: the client's id is in use by a connection with another key.
	CloseOtherKey CloseCode = 4409
)

// noCode stands for a close frame without a payload.
const noCode CloseCode = 0

// closeStatus is the code and reason with which a connection ends. The reading side returns it as
// an error.
type closeStatus struct {
	code   CloseCode
	reason string
}

func (e *closeStatus) Error() string { return e.reason }

// closeFrame returns the close frame for e. The reason is cut to 123 bytes, the most that a close
// frame can hold, between two characters.
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

// peerClose returns the answer to a client's close frame: the client's own code if it is valid (RFC
// 6455, 5.5.1), otherwise the error.
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

// sendable reports whether an endpoint may send code. 1004, 1005, 1006 and 1015 are reserved. 1012
// to 1014 were registered after the RFC. 3000 to 4999 are for libraries and applications (RFC 6455,
// 7.4, and the IANA registry).
func sendable(code uint16) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}
