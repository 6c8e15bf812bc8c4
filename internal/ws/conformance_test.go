package ws_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"seg.example/internal/ws"
)

// row holds frames that a client sends and the answers that it must get. If the answers do not end
// in a close frame, the connection must still work.
type row struct {
	name string
	send [][]byte
	want []string
}

func frames(f ...[]byte) [][]byte { return f }

var framing = []row{
	{"text, empty", frames(text("")), []string{"text:"}},
	{"text, 1 byte", frames(text("a")), []string{"text:a"}},
	{"text, 125 bytes: longest 7-bit length", frames(text(a(125))), []string{"text#125"}},
	{"text, 126 bytes: shortest 16-bit length", frames(text(a(126))), []string{"text#126"}},
	{"text, 127 bytes", frames(text(a(127))), []string{"text#127"}},
	{"text, 504 bytes: with its header the size of the buffer", frames(text(a(504))), []string{"text#504"}},
	{"text, 512 bytes: the payload is the size of the buffer", frames(text(a(512))), []string{"text#512"}},
	{"text, 513 bytes: longer than the buffer", frames(text(a(513))), []string{"text#513"}},
	{"text, 5000 bytes: longer than the first piece", frames(text(a(5000))), []string{"text#5000"}},
	{"text, 65535 bytes: longest 16-bit length", frames(text(a(65535))), []string{"text#65535"}},
	{"text, 65536 bytes: 64-bit length, the limit itself", frames(text(a(65536))), []string{"text#65536"}},
	{"two messages in one write", frames(slices.Concat(text("a"), text("b"))), []string{"text:a", "text:b"}},
	{"a long message, then a short one", frames(text(a(9000)), text("b")), []string{"text#9000", "text:b"}},
	{"125 bytes with a 16-bit length", frames(framed(fin|opText, []byte{126, 0, 125}, a(125))), []string{"close:1002"}},
	{"1 byte with a 64-bit length", frames(framed(fin|opText, []byte{127, 0, 0, 0, 0, 0, 0, 0, 1}, "a")), []string{"close:1002"}},
	{"length with the highest bit", frames(framed(fin|opText, []byte{127, 0x80, 0, 0, 0, 0, 0, 0, 0}, "")), []string{"close:1002"}},
	{"unmasked text", frames(unmasked(fin|opText, "a")), []string{"close:1002"}},
	{"unmasked ping", frames(unmasked(fin|opPing, "a")), []string{"close:1002"}},
	{"unmasked close", frames(unmasked(fin|opClose, "\x03\xe8")), []string{"close:1002"}},
	{"binary", frames(frame(fin|opBinary, "a")), []string{"close:1003"}},
	{"binary, empty", frames(frame(fin|opBinary, "")), []string{"close:1003"}},
	{"unmasked text of 126 bytes", frames(append([]byte{fin | opText, 126, 0, 126}, a(126)...)), []string{"close:1002"}},
	{"unmasked continuation", frames(frame(opText, "a"), unmasked(fin|opCont, "b")), []string{"close:1002"}},
	{"masked with zeros", frames([]byte{fin | opText, 0x80 | 1, 0, 0, 0, 0, 'a'}), []string{"text:a"}},
	{"binary, first of fragments", frames(frame(opBinary, "a")), []string{"close:1003"}},
}

var reserved = []row{
	{"RSV1 on text", frames(frame(fin|rsv1|opText, "a")), []string{"close:1002"}},
	{"RSV2 on text", frames(frame(fin|rsv2|opText, "a")), []string{"close:1002"}},
	{"RSV3 on text", frames(frame(fin|rsv3|opText, "a")), []string{"close:1002"}},
	{"RSV1 on a continuation", frames(frame(opText, "a"), frame(fin|rsv1|opCont, "b")), []string{"close:1002"}},
	{"RSV1 on ping", frames(frame(fin|rsv1|opPing, "")), []string{"close:1002"}},
	{"all RSV on close", frames(frame(fin|rsv1|rsv2|rsv3|opClose, "")), []string{"close:1002"}},
	{"a good message before a bad one", frames(text("a"), frame(fin|rsv1|opText, "b"), text("c")), []string{"text:a", "close:1002"}},
	{"opcode 3 between fragments", frames(frame(opText, "a"), frame(fin|0x3, "")), []string{"close:1002"}},
	{"opcode 11 between fragments", frames(frame(opText, "a"), frame(fin|0xb, "")), []string{"close:1002"}},
	{"RSV1 and RSV2 on text", frames(frame(fin|rsv1|rsv2|opText, "a")), []string{"close:1002"}},
	{"RSV2 on a continuation", frames(frame(opText, "a"), frame(fin|rsv2|opCont, "b")), []string{"close:1002"}},
	{"RSV3 on a continuation", frames(frame(opText, "a"), frame(fin|rsv3|opCont, "b")), []string{"close:1002"}},
	{"RSV2 on ping", frames(frame(fin|rsv2|opPing, "")), []string{"close:1002"}},
	{"RSV3 on ping between fragments", frames(frame(opText, "a"), frame(fin|rsv3|opPing, "")), []string{"close:1002"}},
	{"RSV1 on pong", frames(frame(fin|rsv1|opPong, "")), []string{"close:1002"}},
	{"RSV3 on close", frames(frame(fin|rsv3|opClose, "\x03\xe8")), []string{"close:1002"}},
	{"RSV1 on binary", frames(frame(fin|rsv1|opBinary, "a")), []string{"close:1002"}},
}

func opcodes() []row {
	var rows []row
	for _, code := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		name := "opcode " + strconv.Itoa(int(code))
		rows = append(rows,
			row{name + ", empty", frames(frame(fin|code, "")), []string{"close:1002"}},
			row{name + ", after a good message", frames(text("a"), frame(fin|code, "b")), []string{"text:a", "close:1002"}})
	}
	return rows
}

var fragments = []row{
	{"two fragments", frames(frame(opText, "a"), frame(fin|opCont, "b")), []string{"text:ab"}},
	{"empty fragments", frames(frame(opText, ""), frame(opCont, ""), frame(fin|opCont, "")), []string{"text:"}},
	{"empty first and last", frames(frame(opText, ""), frame(opCont, "a"), frame(fin|opCont, "")), []string{"text:a"}},
	{"long fragments", frames(frame(opText, a(600)), frame(opCont, a(40)), frame(fin|opCont, a(6000))), []string{"text#6640"}},
	{"ping between", frames(frame(opText, "a"), ping("p"), frame(fin|opCont, "b")), []string{"pong:p", "text:ab"}},
	{"close between", frames(frame(opText, "a"), closing(1000, "")), []string{"close:1000"}},
	{"continuation first", frames(frame(fin|opCont, "a")), []string{"close:1002"}},
	{"unfinished continuation first", frames(frame(opCont, "a")), []string{"close:1002"}},
	{"text within text", frames(frame(opText, "a"), text("b")), []string{"close:1002"}},
	{"continuation after the end", frames(frame(opText, "a"), frame(fin|opCont, "b"), frame(opCont, "c")), []string{"text:ab", "close:1002"}},
	{"fragmented ping", frames(frame(opPing, "a")), []string{"close:1002"}},
	{"32 fragments", slices.Concat(frames(frame(opText, "a")), slices.Repeat(frames(frame(opCont, "")), 30), frames(frame(fin|opCont, "b"))), []string{"text:ab"}},
	{"33 fragments", slices.Concat(frames(frame(opText, "a")), slices.Repeat(frames(frame(opCont, "")), 32)), []string{"close:1008"}},
}

var control = []row{
	{"ping, empty", frames(ping("")), []string{"pong:"}},
	{"ping, 125 bytes", frames(ping(a(125))), []string{"pong:" + a(125)}},
	{"ping, 126 bytes", frames(ping(a(126))), []string{"close:1002"}},
	{"ping with bytes that are no text", frames(ping("\xff\x00")), []string{"pong:\xff\x00"}},
	{"ten pings", slices.Repeat(frames(ping("x")), 10), slices.Repeat([]string{"pong:x"}, 10)},
	{"ping that is not final", frames(frame(opPing, "")), []string{"close:1002"}},
	{"pong, 126 bytes", frames(frame(fin|opPong, a(126))), []string{"close:1002"}},
	{"ping with a 16-bit length", frames(framed(fin|opPing, []byte{126, 0, 1}, "a")), []string{"close:1002"}},
	{"ping, then close", frames(ping("a"), closing(1000, "")), []string{"pong:a", "close:1000"}},
	{"pongs between fragments", frames(frame(opText, "a"), frame(fin|opPong, ""), frame(fin|opPong, "x"), frame(fin|opCont, "b")), []string{"text:ab"}},
	{"unasked pong", frames(frame(fin|opPong, "a"), text("b")), []string{"text:b"}},
	{"close, empty", frames(frame(fin|opClose, "")), []string{"close"}},
	{"close, half a code", frames(frame(fin|opClose, "\x03")), []string{"close:1002"}},
	{"close with a reason", frames(closing(1001, "going")), []string{"close:1001"}},
	{"close, 123 bytes of reason", frames(closing(1000, a(123))), []string{"close:1000"}},
	{"close, 124 bytes of reason", frames(closing(1000, a(124))), []string{"close:1002"}},
	{"close, reason not UTF-8", frames(closing(1000, "\xff")), []string{"close:1007"}},
	{"close, then more", frames(slices.Concat(closing(1000, ""), text("a"), ping("b"))), []string{"close:1000"}},
}

var encoding = []row{
	{"UTF-8 of all lengths", frames(text("aß€😀")), []string{"text:aß€😀"}},
	{"noncharacter U+FFFF", frames(text("\uffff")), []string{"text:\uffff"}},
	{"highest U+10FFFF", frames(text("\U0010ffff")), []string{"text:\U0010ffff"}},
	{"character split over fragments", frames(frame(opText, "\xf0\x9f"), frame(opCont, "\x98"), frame(fin|opCont, "\x80")), []string{"text:😀"}},
	{"bad byte", frames(text("a\xff")), []string{"close:1007"}},
	{"overlong", frames(text("\xc0\xaf")), []string{"close:1007"}},
	{"surrogate", frames(text("\xed\xa0\x80")), []string{"close:1007"}},
	{"beyond U+10FFFF", frames(text("\xf4\x90\x80\x80")), []string{"close:1007"}},
	{"cut at the end", frames(text("a\xe2\x82")), []string{"close:1007"}},
	{"cut at the end of a long message", frames(text(a(700) + "\xe2\x82")), []string{"close:1007"}},
	{"cut at the end of fragments", frames(frame(opText, "\xe2"), frame(fin|opCont, "\x82")), []string{"close:1007"}},
	{"bad byte in a message that does not end", frames(frame(opText, "a\xffb")), []string{"close:1007"}},
	{"continuation byte alone in a message that does not end", frames(frame(opText, "\x80")), []string{"close:1007"}},
	{"bad second half in a message that does not end", frames(frame(opText, "\xe2"), frame(opCont, "a")), []string{"close:1007"}},
}

const tooLarge = `text:{"type":"error"`

var sizes = []row{
	{"65537 bytes", frames(text(a(65537))), []string{tooLarge, "close:1009"}},
	{"1 MiB", frames(text(a(1 << 20))), []string{tooLarge, "close:1009"}},
	{"claims 2^62 bytes", frames(framed(fin|opText, []byte{127, 0x40, 0, 0, 0, 0, 0, 0, 0}, "a")), []string{tooLarge, "close:1009"}},
	{"claims 2^63-1 bytes behind a fragment", frames(frame(opText, "a"), framed(fin|opCont, []byte{127, 0x7f, 255, 255, 255, 255, 255, 255, 255}, "")), []string{tooLarge, "close:1009"}},
	{"fragments of 65537 bytes", frames(frame(opText, a(65536)), frame(fin|opCont, "a")), []string{tooLarge, "close:1009"}},
	{"the limit again after the limit", frames(text(a(65536)), text(a(65536))), []string{"text#65536", "text#65536"}},
}

func closeCodes() []row {
	var rows []row
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		name := strconv.Itoa(int(code))
		rows = append(rows, row{"echoes " + name, frames(closing(code, "")), []string{"close:" + name}})
	}
	for _, code := range []uint16{0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535} {
		rows = append(rows, row{"refuses " + strconv.Itoa(int(code)), frames(closing(code, "")), []string{"close:1002"}})
	}
	return rows
}

// TestConformance compares the server with RFC 6455. Each row is sent frame by frame, and a short
// one also byte by byte.
func TestConformance(t *testing.T) {
	t.Parallel()
	// With such a long linger, only closing the sending half gives the client the end of the
	// stream.
	_, address := serve(t, dispatch(echo), ws.Config{Linger: time.Hour})
	count := 0
	for family, rows := range map[string][]row{
		"framing": framing, "reserved": reserved, "fragments": fragments, "control": control, "encoding": encoding, "sizes": sizes,
		"opcodes": opcodes(), "codes": closeCodes(),
	} {
		count += len(rows)
		for _, r := range rows {
			t.Run(family+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				check(t, dial(t, address, "c"), r.send, r.want)
				if whole := bytes.Join(r.send, nil); len(whole) < 200 {
					check(t, dial(t, address, "c"), slices.Collect(slices.Chunk(whole, 1)), r.want)
				}
			})
		}
	}
	t.Logf("%d streams, %d handshakes", count, len(handshakes))
	if count < 110 {
		t.Errorf("got only %d streams, want the whole table", count)
	}
}

func check(t *testing.T, p *peer, send [][]byte, want []string) {
	t.Helper()
	// A write may fail after the server has closed the connection. Only the answers matter.
	go func() {
		for _, f := range send {
			if _, err := p.Write(f); err != nil {
				return
			}
		}
		if !strings.HasPrefix(want[len(want)-1], "close") {
			p.Write(ping("still there"))
		}
	}()
	for i, w := range want {
		got := p.read()
		if w == tooLarge {
			if !strings.HasPrefix(got, w) || !strings.Contains(got, `"code":"too_large"`) {
				t.Fatalf("frame %d: got %q, want the error frame too_large", i, got)
			}
		} else if !matches(got, w) {
			t.Fatalf("frame %d: got %q, want %q", i, got, w)
		}
	}
	if strings.HasPrefix(want[len(want)-1], "close") {
		// The stream must end with EOF, not with a reset, which could drop the close frame.
		p.want(t, "end: EOF")
		return
	}
	p.want(t, "pong:still there")
}

func a(n int) string { return strings.Repeat("a", n) }
