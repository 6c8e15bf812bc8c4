package ws_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"seg.example/internal/ws"
)

const goodHandshake = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"

// handshakes holds requests and the status of their answers.
var handshakes = []struct {
	name, line, header string
	want               int
}{
	{"POST", "POST / HTTP/1.1", goodHandshake, 405},
	{"HTTP/1.0", "GET / HTTP/1.0", goodHandshake, 505},
	{"body", "GET / HTTP/1.1", goodHandshake + "Content-Length: 2\n", 400},
	{"chunked body", "GET / HTTP/1.1", goodHandshake + "Transfer-Encoding: chunked\n", 400},
	{"plain request", "GET / HTTP/1.1", "", 426},
	{"no Upgrade", "GET / HTTP/1.1", strings.Replace(goodHandshake, "Upgrade: websocket\n", "", 1), 426},
	{"other Upgrade", "GET / HTTP/1.1", strings.Replace(goodHandshake, "websocket", "h2c", 1), 426},
	{"Upgrade with a Kelvin sign for a k", "GET / HTTP/1.1", strings.Replace(goodHandshake, "websocket", "websoc\u212aet", 1), 426},
	{"no Connection", "GET / HTTP/1.1", strings.Replace(goodHandshake, "Connection: Upgrade\n", "", 1), 426},
	{"other Connection", "GET / HTTP/1.1", strings.Replace(goodHandshake, ": Upgrade", ": keep-alive", 1), 426},
	{"no version", "GET / HTTP/1.1", strings.Replace(goodHandshake, "Sec-WebSocket-Version: 13\n", "", 1), 426},
	{"version 8", "GET / HTTP/1.1", strings.Replace(goodHandshake, "13", "8", 1), 426},
	{"two versions", "GET / HTTP/1.1", goodHandshake + "Sec-WebSocket-Version: 13\n", 426},
	{"no key", "GET / HTTP/1.1", goodHandshake[:strings.Index(goodHandshake, "Sec-WebSocket-Key")], 400},
	{"key not base64", "GET / HTTP/1.1", strings.Replace(goodHandshake, "dGhl", "d*hl", 1), 400},
	{"short key", "GET / HTTP/1.1", strings.Replace(goodHandshake, "dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 1), 400},
	{"two keys", "GET / HTTP/1.1", goodHandshake + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n", 400},
	{"all right", "GET / HTTP/1.1", goodHandshake, 101},
	{"all right, other case, in a list", "GET / HTTP/1.1", strings.NewReplacer(": Upgrade", ": keep-alive,upgrade", "websocket", "WebSocket").Replace(goodHandshake), 101},
	{"Connection in two lines", "GET / HTTP/1.1", strings.Replace(goodHandshake, "Connection: Upgrade\n", "Connection: keep-alive\nConnection: Upgrade\n", 1), 101},
	{"several Upgrades", "GET / HTTP/1.1", strings.Replace(goodHandshake, "websocket", "h2c, websocket", 1), 101},
	{"offers compression, which is declined", "GET / HTTP/1.1", goodHandshake + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\n", 101},
	{"offers compression with a parameter of no meaning", "GET / HTTP/1.1", goodHandshake + "Sec-WebSocket-Extensions: permessage-deflate; foo=1\n", 101},
	{"asks for a subprotocol, of which there are none", "GET / HTTP/1.1", goodHandshake + "Sec-WebSocket-Protocol: chat, superchat\n", 101},
	{"two hosts", "GET / HTTP/1.1", goodHandshake + "Host: other.test\n", 400},
	{"space before a colon", "GET / HTTP/1.1", goodHandshake + "X-A : b\n", 400},
	{"NUL in a header", "GET / HTTP/1.1", goodHandshake + "X-A: \x00\n", 400},
	{"body by both ways of telling its length", "GET / HTTP/1.1", goodHandshake + "Content-Length: 2\nTransfer-Encoding: chunked\n", 400},
	{"key of 17 bytes", "GET / HTTP/1.1", strings.Replace(goodHandshake, "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZTE=", 1), 400},
}

func TestHandshakes(t *testing.T) {
	t.Parallel()
	_, address := serve(t, dispatch(echo), ws.Config{})
	for _, tt := range handshakes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			p := newPeer(conn)
			p.SetDeadline(time.Now().Add(timeout))
			p.send(t, []byte(strings.ReplaceAll(tt.line+"\nHost: example.test\n"+tt.header+"\n", "\n", "\r\n")))
			response, err := http.ReadResponse(p.in, nil)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != tt.want {
				t.Fatalf("got status %d, want %d", response.StatusCode, tt.want)
			}
			if tt.want != 101 {
				return
			}
			// The server must not accept an extension or a subprotocol that it does not support.
			for _, name := range []string{"Sec-Websocket-Extensions", "Sec-Websocket-Protocol"} {
				if got := response.Header.Values(name); len(got) > 0 {
					t.Errorf("header %s: got %q, want none", name, got)
				}
			}
			p.send(t, text("a"), frame(fin|rsv1|opText, "b"))
			p.want(t, "text:a", "close:1002", "end: EOF")
		})
	}
}
