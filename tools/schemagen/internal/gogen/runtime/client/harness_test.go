package client_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"

	client "seg.example/tools/schemagen/internal/gogen/runtime/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is the server's end of a client's connection, controlled by the test.
type server struct {
	t    *testing.T
	conn net.Conn
}

// play runs a test in a synctest bubble with a client and the server's end of its connection, and
// closes both at the end.
func play(t *testing.T, o client.Options, test func(c *client.Client, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, s := connect(t, o, nil)
		test(c, s)
		s.conn.Close()
		c.Close()
		<-c.Done()
	})
}

// connect creates a client and upgrades the server's end of its connection. early is written
// together with the handshake.
func connect(t *testing.T, o client.Options, early []byte) (*client.Client, *server) {
	t.Helper()
	near, far := net.Pipe()
	o.NetDial = func(context.Context, string, string) (net.Conn, error) { return near, nil }
	upgraded := make(chan error, 1)
	go func() {
		_, err := ws.Upgrade(&joined{Conn: far, early: early})
		upgraded <- err
	}()
	c, err := client.Dial(t.Context(), "ws://server.example/ws", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-upgraded; err != nil {
		t.Fatal(err)
	}
	return c, &server{t: t, conn: far}
}

// joined appends early to the first write.
type joined struct {
	net.Conn

	early []byte
}

func (j *joined) Write(p []byte) (int, error) {
	early := j.early
	j.early = nil
	n, err := j.Conn.Write(append(append([]byte{}, p...), early...))
	return min(n, len(p)), err
}

// read returns the next frame of the client as "text:…", "close:…" and so on; "end: …" if there is
// none.
func (s *server) read() string {
	s.t.Helper()
	header, err := ws.ReadHeader(s.conn)
	if err != nil {
		return "end: " + err.Error()
	}
	if !header.Masked {
		s.t.Error("a frame that is not masked")
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(s.conn, payload); err != nil {
		return "end: " + err.Error()
	}
	ws.Cipher(payload, header.Mask, 0)
	if header.OpCode == ws.OpClose {
		if len(payload) < 2 {
			return "close"
		}
		return fmt.Sprintf("close:%d%s", binary.BigEndian.Uint16(payload), payload[2:])
	}
	name := map[ws.OpCode]string{ws.OpText: "text", ws.OpPing: "ping", ws.OpPong: "pong"}[header.OpCode]
	return name + ":" + string(payload)
}

// want reads the next frame of the client and compares it.
func (s *server) want(frame string) {
	s.t.Helper()
	if got := s.read(); got != frame {
		s.t.Fatalf("the client sent %q, want %q", got, frame)
	}
}

// send sends texts.
func (s *server) send(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		s.write(ws.NewTextFrame([]byte(text)))
	}
}

func (s *server) write(f ws.Frame) {
	s.t.Helper()
	if _, err := s.conn.Write(ws.MustCompileFrame(f)); err != nil {
		s.t.Errorf("send %s: %v", f.Payload, err)
	}
}

// answers starts a server that answers known texts with frames. On an unknown text it closes the
// connection.
func (s *server) answer(script map[string][]string) {
	for {
		got := s.read()
		frames, ok := script[got]
		if !ok {
			s.conn.Close()
			return
		}
		s.send(frames...)
	}
}

// result is the result of a call.
type result struct {
	value any
	err   error
}

// begin starts a call in a new goroutine.
func begin(call func() (any, error)) <-chan result {
	done := make(chan result, 1)
	go func() {
		value, err := call()
		done <- result{value, err}
	}()
	return done
}
