package ws_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/internal/ws"
)

// TestStats counts one connection from its first byte to its last.
func TestStats(t *testing.T) {
	t.Parallel()
	var server *ws.Server
	greeting := ws.TextFrame([]byte("hi"))
	ended := make(chan struct{}, 1)
	server, address := serve(t, dispatch(echo), ws.Config{
		Opened: func(s *ws.Socket) error {
			s.Send(greeting, greeting)
			if got := server.Stats(); got.Open != 1 || got.Opened != 1 || got.QueuedBytes != 2*len(greeting) {
				t.Errorf("stats before the handshake is answered: got %+v", got)
			}
			return nil
		},
		Closed: func(*ws.Socket) { ended <- struct{}{} },
	})
	long := strings.Repeat("x", 1000)
	in := [][]byte{text("abc"), frame(opText, "ab"), frame(fin|opCont, "c"), ping("p"), text(long), closing(1000, "")}
	p := dial(t, address, "c", in[0])
	p.send(t, in[1:]...)
	p.want(t, "text:hi", "text:hi", "text:abc", "text:abc", "pong:p", "text#1000", "close:1000", "end: EOF")
	p.Close()
	<-ended
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := ws.Stats{
		Opened: 1, Ended: map[ws.CloseCode]int{1000: 1},
		FramesIn: 6, BytesIn: uint64(len(bytes.Join(in, nil))),
		FramesOut: 7, BytesOut: uint64(2*(2+2) + 2*(2+3) + (2 + 1) + (4 + 1000) + (2 + 2)),
	}
	if diff := cmp.Diff(want, server.Stats()); diff != "" {
		t.Errorf("stats after the end (-want +got):\n%s", diff)
	}
}

// TestStats_Ended ends one connection in each way and checks the counts and the log.
func TestStats_Ended(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		end  func(*peer, *ws.Socket) error
		want ws.CloseCode
	}{
		{"client's code", func(p *peer, _ *ws.Socket) error { return p.say(closing(4123, "bye")) }, 4123},
		{"client without a code", func(p *peer, _ *ws.Socket) error { return p.say(frame(fin|opClose, "")) }, ws.CloseNoStatus},
		{"client without a word", func(p *peer, _ *ws.Socket) error { return p.Close() }, ws.CloseLost},
		{"client's fault", func(p *peer, _ *ws.Socket) error { return p.say(frame(fin|opBinary, "x")) }, ws.CloseUnsupported},
		{"server's code", func(_ *peer, s *ws.Socket) error { s.CloseReplaced(); return nil }, ws.CloseReplaced},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			hook, sockets := opened()
			ended := make(chan struct{})
			server, address := serve(t, dispatch(echo), ws.Config{
				Opened: hook, Closed: func(*ws.Socket) { close(ended) },
				Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			p := dial(t, address, "the-client")
			if err := row.end(p, <-sockets); err != nil {
				t.Fatal(err)
			}
			p.readAll()
			p.Close()
			<-ended
			if diff := cmp.Diff(map[ws.CloseCode]int{row.want: 1}, server.Stats().Ended); diff != "" {
				t.Errorf("ended (-want +got):\n%s", diff)
			}
			checkLog(t, log.String(), row.want)
		})
	}
}

// checkLog checks the two log lines of a connection.
func checkLog(t *testing.T, log string, code ws.CloseCode) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if len(lines) != 2 {
		t.Fatalf("got log\n%s\nwant two lines", log)
	}
	var opened, closed struct {
		Msg, Client, Level string
		Conn               uint64
		Code               ws.CloseCode
	}
	if err := json.Unmarshal([]byte(lines[0]), &opened); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(lines[1]), &closed); err != nil {
		t.Fatal(err)
	}
	if opened.Msg != "connection opened" || opened.Client != "the-client" || opened.Level != "DEBUG" || opened.Conn != 1 {
		t.Errorf("got first line %s, want the opened connection", lines[0])
	}
	if closed.Msg != "connection closed" || closed.Client != "the-client" || closed.Level != "DEBUG" || closed.Code != code {
		t.Errorf("got last line %s, want the closed connection and its code", lines[1])
	}
}

func (p *peer) say(frame []byte) error {
	_, err := p.Write(frame)
	return err
}
