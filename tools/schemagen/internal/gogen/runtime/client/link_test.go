package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	client "seg.example/tools/schemagen/internal/gogen/runtime/client"
)

// TestServerCloses: calls in progress fail with the code and the reason, the close frame is
// answered, and later calls fail at once.
func TestServerCloses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		payload      []byte
		echo         string
		code         int
		reason, text string
	}{
		{ws.NewCloseFrameBody(4000, "server restarts"), "close:4000", 4000, "server restarts", "connection closed with code 4000: server restarts"},
		{ws.NewCloseFrameBody(1012, ""), "close:1012", 1012, "", "connection closed with code 1012"},
		{nil, "close", 1005, "", "connection closed without a code"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			t.Parallel()
			var events int
			play(t, client.Options{OnEvent: func(client.Event) { events++ }}, func(c *client.Client, s *server) {
				t := s.t
				done := begin(func() (any, error) { return number(c.Find(t.Context(), &client.Number{})) })
				s.want(`text:{"type":"find","request_id":1,"n":0}`)
				if c.Err() != nil {
					t.Errorf("it has ended already: %v", c.Err())
				}
				s.send(added(1))
				s.write(ws.NewCloseFrame(tc.payload))
				s.want(tc.echo)
				s.want("end: EOF")
				<-c.Done()
				got := <-done
				for _, err := range []error{got.err, c.Err(), c.Forget(t.Context(), &client.None{})} {
					closed, ok := errors.AsType[*client.ClosedError](err)
					if !ok || closed.Code != tc.code || closed.Reason != tc.reason || closed.Err != nil || closed.Error() != tc.text {
						t.Errorf("got %#v", err)
					}
				}
				if events != 1 {
					t.Errorf("%d events were told, want the one before the end", events)
				}
			})
		})
	}
}

// TestClosedError_final: the close codes after which a program may reconnect, as in the TypeScript
// client.
func TestClosedError_final(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]bool{
		1000: true, 1001: false, 1002: true, 1003: true, 1005: false, 1006: false, 1007: true, 1008: true, 1009: true, 1010: true, 1011: false,
		1012: false, 4000: false, 4001: true, 4008: false, 4399: false, 4400: true, 4404: true, 4409: true, 4499: true, 4500: false, 4999: false,
	} {
		closed := &client.ClosedError{Code: code}
		if got := closed.Final(); got != want {
			t.Errorf("%d: final %t", code, got)
		}
		if got := closed.Refused(); got != (code/100 == 44) {
			t.Errorf("%d: refused %t", code, got)
		}
	}
}

func TestConnectionLost(t *testing.T) {
	t.Parallel()
	play(t, client.Options{}, func(c *client.Client, s *server) {
		t := s.t
		done := begin(func() (any, error) { return number(c.Find(t.Context(), &client.Number{})) })
		s.want(`text:{"type":"find","request_id":1,"n":0}`)
		s.conn.Close()
		<-c.Done()
		got := <-done
		closed, ok := errors.AsType[*client.ClosedError](got.err)
		if !ok || closed.Code != 1006 || !errors.Is(got.err, io.EOF) || closed.Error() != "connection lost: EOF" {
			t.Errorf("got %v", got.err)
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	play(t, client.Options{}, func(c *client.Client, s *server) {
		t := s.t
		done := begin(func() (any, error) { return number(c.Find(t.Context(), &client.Number{})) })
		s.want(`text:{"type":"find","request_id":1,"n":0}`)
		closed := begin(func() (any, error) { c.Close(); return true, nil })
		s.want("close:1000")
		if got := <-done; !errors.Is(got.err, client.ErrClosed) {
			t.Errorf("got %v", got.err)
		}
		s.write(ws.NewCloseFrame(ws.NewCloseFrameBody(1000, "")))
		<-closed
		s.want("end: EOF")
		<-c.Done()
		if err := c.Forget(t.Context(), &client.None{}); !errors.Is(err, client.ErrClosed) || !errors.Is(c.Err(), client.ErrClosed) {
			t.Errorf("got %v, %v", err, c.Err())
		}
	})
}

// TestClose_serverIsSilent: Close returns if the server does not read.
func TestClose_serverIsSilent(t *testing.T) {
	t.Parallel()
	for _, reads := range []string{"reads", "does not read"} {
		t.Run(reads, func(t *testing.T) {
			t.Parallel()
			play(t, client.Options{}, func(c *client.Client, s *server) {
				t := s.t
				if reads == "reads" {
					go s.read()
				}
				before := time.Now()
				c.Close()
				<-c.Done()
				if took := time.Since(before); took != 2*time.Second {
					t.Errorf("Close took %v", took)
				}
			})
		})
	}
}

// TestKeepAlive: a silent server gets a ping after 30 seconds. If it does not answer, the
// connection is closed after 30 more.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	play(t, client.Options{}, func(c *client.Client, s *server) {
		t := s.t
		began := time.Now()
		s.want("ping:")
		for range 20 {
			s.write(ws.NewPongFrame(nil))
			s.want("ping:")
		}
		if asked := time.Since(began); asked < 20*30*time.Second {
			t.Errorf("asked 21 times in %v", asked)
		}
		if c.Err() != nil {
			t.Errorf("got end %v", c.Err())
		}
		before := time.Now()
		s.want("end: EOF")
		if silent := time.Since(before); silent != 30*time.Second {
			t.Errorf("given up after %v", silent)
		}
		<-c.Done()
		if text := c.Err().Error(); text != "connection lost: nothing was heard from the server" {
			t.Error(text)
		}
	})
}

func TestKeepAlive_off(t *testing.T) {
	t.Parallel()
	play(t, client.Options{KeepAlive: -1}, func(c *client.Client, s *server) {
		t := s.t
		if err := s.conn.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := s.read(); !strings.Contains(got, "timeout") || c.Err() != nil {
			t.Errorf("got %s, %v", got, c.Err())
		}
	})
}

// TestWriteTimeout: if the server does not read, the write times out.
func TestWriteTimeout(t *testing.T) {
	t.Parallel()
	play(t, client.Options{WriteTimeout: time.Second}, func(c *client.Client, s *server) {
		t := s.t
		before := time.Now()
		_, err := c.Find(t.Context(), &client.Number{})
		closed, ok := errors.AsType[*client.ClosedError](err)
		if !ok || closed.Code != 1006 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(before) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(before))
		}
	})
}

func TestPings(t *testing.T) {
	t.Parallel()
	var got []string
	play(t, client.Options{OnEvent: func(e client.Event) { got = append(got, told(e)) }}, func(_ *client.Client, s *server) {
		t := s.t
		s.write(ws.NewPingFrame([]byte("a")))
		s.want("pong:a")
		s.write(ws.NewPingFrame(nil))
		s.want("pong:")
		s.write(ws.NewPongFrame([]byte("unasked")))
		text := added(1)
		s.write(ws.NewFrame(ws.OpText, false, []byte(text[:9])))
		s.write(ws.NewPingFrame([]byte("between")))
		s.want("pong:between")
		s.write(ws.NewFrame(ws.OpContinuation, true, []byte(text[9:])))
		synctest.Wait()
		if len(got) != 1 || !strings.HasSuffix(got[0], "n=1") {
			t.Errorf("got %q", got)
		}
	})
}

// TestViolations: a violation of RFC 6455, a limit or the frame format ends the connection with a
// code.
func TestViolations(t *testing.T) {
	t.Parallel()
	text := func(s string) ws.Frame { return ws.NewTextFrame([]byte(s)) }
	for _, tc := range []struct {
		name   string
		frames []ws.Frame
		code   int
	}{
		{"masked", []ws.Frame{ws.MaskFrame(text("{}"))}, 1002},
		{"reserved opcode", []ws.Frame{ws.NewFrame(3, true, nil)}, 1002},
		{"reserved bit", []ws.Frame{{Header: ws.Header{Fin: true, Rsv: 4, OpCode: ws.OpText}}}, 1002},
		{"continuation first", []ws.Frame{ws.NewFrame(ws.OpContinuation, true, nil)}, 1002},
		{"fragmented ping", []ws.Frame{ws.NewFrame(ws.OpPing, false, nil)}, 1002},
		{"binary", []ws.Frame{ws.NewBinaryFrame([]byte("{}"))}, 1003},
		{"not UTF-8", []ws.Frame{text("{\"type\":\"\xff\"}")}, 1007},
		{"not JSON", []ws.Frame{text(`{"type":"added"`)}, 1007},
		{"behind JSON", []ws.Frame{text(`{"type":"added"}}`)}, 1007},
		{"no object", []ws.Frame{text(`["type"]`)}, 1007},
		{"no type", []ws.Frame{text(`{"data":{}}`)}, 1007},
		{"a type that is no string", []ws.Frame{text(`{"type":1}`)}, 1007},
		{"an empty message", []ws.Frame{text(``)}, 1007},
		{"too large", []ws.Frame{text(`{"type":"` + strings.Repeat("x", 1000) + `"}`)}, 1009},
		{"too large in fragments", []ws.Frame{
			ws.NewFrame(ws.OpText, false, []byte(strings.Repeat(" ", 600))), ws.NewFrame(ws.OpContinuation, true, []byte(strings.Repeat(" ", 401))),
		}, 1009},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			play(t, client.Options{MaxMessage: 1000}, func(c *client.Client, s *server) {
				t := s.t
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					for _, f := range tc.frames {
						// The client may close the connection before the end of the frame.
						s.conn.Write(ws.MustCompileFrame(f))
					}
				}()
				s.want(fmt.Sprintf("close:%d", tc.code))
				s.want("end: EOF")
				<-c.Done()
				<-sent
				closed, ok := errors.AsType[*client.ClosedError](c.Err())
				if !ok || closed.Code != tc.code || closed.Err == nil {
					t.Errorf("got end %v", c.Err())
				}
			})
		})
	}
}

// TestDial_refused: the error contains the server's reason.
func TestDial_refused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, answer, text string
		code               client.Code
	}{
		{
			"with a reason", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 52\r\n\r\n" + `{"error":"Password is incorrect","code":"no_entry"} `,
			"connect to server.example: the server refused the connection with HTTP status 401: no_entry: Password is incorrect", "no_entry",
		},
		{"without", "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n", "connect to server.example: the server refused the connection with HTTP status 404", ""},
		{"no HTTP", "SSH-2.0-x\r\n", "connect to server.example: malformed HTTP response", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				io.ReadAtLeast(far, make([]byte, 4096), 16)
				io.WriteString(far, tc.answer)
			}()
			_, err := client.Dial(t.Context(), "ws://server.example/", client.Options{
				NetDial: func(context.Context, string, string) (net.Conn, error) { return near, nil },
			})
			if err == nil || !strings.HasPrefix(err.Error(), tc.text) {
				t.Fatalf("got %v, want %s", err, tc.text)
			}
			if refused, ok := errors.AsType[*client.Error](err); ok != (tc.code != "") || ok && refused.Code != tc.code {
				t.Errorf("the refusal is %v", refused)
			}
		})
	}
}

func TestDial_request(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	request := make(chan string, 1)
	go func() {
		defer far.Close()
		head := make([]byte, 4096)
		n, _ := io.ReadAtLeast(far, head, 16)
		request <- string(head[:n])
	}()
	_, err := client.Dial(t.Context(), "ws://server.example/ws?client_id=old&epoch=1", client.Options{
		ClientID: "a b&c", SessionID: "G1", Password: "secret", HTTPHeader: map[string][]string{"Authorization": {"Bearer x"}},
		NetDial: func(_ context.Context, network, address string) (net.Conn, error) {
			if network != "tcp" || address != "server.example:80" {
				t.Errorf("dialled %s %s", network, address)
			}
			return near, nil
		},
	})
	if err == nil {
		t.Error("connected to nothing")
	}
	head := <-request
	if !strings.HasPrefix(head, "GET /ws?client_id=a+b%26c&epoch=1&session_id=G1 HTTP/1.1\r\n") || !strings.Contains(head, "Authorization: Bearer x\r\n") {
		t.Errorf("asked with\n%s", head)
	}
	if strings.Contains(head, "secret") {
		t.Errorf("the password is in the handshake:\n%s", head)
	}
}

func TestDial_fails(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://x/", "ws:///path", "ws://[::1", "", "localhost:8000"} {
		if _, err := client.Dial(t.Context(), address, client.Options{}); err == nil {
			t.Errorf("connected to %q", address)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.Dial(ctx, "ws://server.example/", client.Options{
			NetDial: func(context.Context, string, string) (net.Conn, error) { return near, nil },
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a server that does not answer: %v", err)
		}
	})
}
