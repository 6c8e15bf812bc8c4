package ws

import (
	"encoding/binary"

	"github.com/gobwas/ws"
)

// TextFrame returns text as an unfragmented text frame. Header and payload are one slice, which any
// number of sockets may Send. text is copied.
func TextFrame(text []byte) []byte { return frame(ws.OpText, text) }

// frame returns an unmasked, final frame.
func frame(op ws.OpCode, payload []byte) []byte {
	buf := make([]byte, 0, headerSize(len(payload))+len(payload))
	return append(appendHeader(buf, op, len(payload)), payload...)
}

// Largest payloads of the two shorter forms of a frame's length.
const (
	maxShort  = 125
	maxMedium = 0xffff
)

// headerSize returns the length of the header that appendHeader appends.
func headerSize(payload int) int {
	switch {
	case payload <= maxShort:
		return 2
	case payload <= maxMedium:
		return 4
	}
	return 10
}

// appendHeader appends the header of an unmasked, final frame; payload is the payload's length.
func appendHeader(dst []byte, op ws.OpCode, payload int) []byte {
	const final = 0x80
	dst = append(dst, final|byte(op))
	switch {
	case payload <= maxShort:
		return append(dst, byte(payload))
	case payload <= maxMedium:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(payload))
	}
	return binary.BigEndian.AppendUint64(append(dst, 127), uint64(payload))
}

// parseHeader parses a frame header at the start of data and returns it with its length. A length
// of 0 means that the header is incomplete. The error is a *closeStatus.
func parseHeader(data []byte) (ws.Header, int, error) {
	if len(data) < ws.MinHeaderSize {
		return ws.Header{}, 0, nil
	}
	h := ws.Header{
		Fin:    data[0]&0x80 != 0,
		Rsv:    data[0] & 0x70 >> 4,
		OpCode: ws.OpCode(data[0] & 0x0f),
		Masked: data[1]&0x80 != 0,
		Length: int64(data[1] & 0x7f),
	}
	n := ws.MinHeaderSize + lengthBytes(h.Length)
	masked := n
	if h.Masked {
		n += len(h.Mask)
	}
	if len(data) < n {
		return ws.Header{}, 0, nil
	}
	var shortest bool
	switch masked {
	case 4:
		h.Length = int64(binary.BigEndian.Uint16(data[2:]))
		shortest = h.Length > maxShort
	case 10:
		h.Length = int64(binary.BigEndian.Uint64(data[2:]))
		shortest = h.Length > maxMedium // negative if the most significant bit is set, which RFC 6455, 5.2, forbids
	default:
		shortest = true
	}
	if !shortest {
		return h, n, &closeStatus{CloseProtocol, "payload length is not in its shortest form"}
	}
	copy(h.Mask[:], data[masked:n])
	return h, n, nil
}

// lengthBytes returns how many bytes of extended length follow the 7-bit length.
func lengthBytes(length int64) int {
	switch length {
	case 126:
		return 2
	case 127:
		return 8
	}
	return 0
}
