//go:build linux

package sockets_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/tools/bench/internal/sockets"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs a server until the test ends.
func serve(t *testing.T, name string) net.Listener {
	t.Helper()
	l := listen(t)
	done := make(chan error, 1)
	go func() { done <- sockets.ServeOn(name, l) }()
	t.Cleanup(func() {
		l.Close()
		if err := <-done; err != nil {
			t.Errorf("%s: got %v, want no error", name, err)
		}
	})
	return l
}

const window = 40 * time.Millisecond

// longer calls measure with longer and longer windows until it succeeds. In a short window a slow
// machine may finish nothing.
func longer(measure func(window time.Duration) (content bool)) {
	for w := window; w <= 1000*window; w *= 10 {
		if measure(w) {
			return
		}
	}
}

// TestEchoes: every echo server answers every client.
func TestEchoes(t *testing.T) {
	t.Parallel()
	for _, name := range sockets.EchoNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := serve(t, name)
			var got sockets.Measured
			var err error
			longer(func(window time.Duration) bool {
				got, err = sockets.PingHere(t.Context(), name, l, 5, window)
				return err == nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Rate <= 0 || got.P50 <= 0 || got.P99 < got.P50 {
				t.Errorf("got %+v, want positive figures", got)
			}
		})
	}
}

// TestFans: every fan-out server sends every broadcast to all clients, at full speed and at a low
// rate.
func TestFans(t *testing.T) {
	t.Parallel()
	const clients, slow = 20, 200
	for _, name := range sockets.FanNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := serve(t, name)
			fast, err := sockets.FanHere(t.Context(), name, l, clients, 0, window)
			if err != nil {
				t.Fatal(err)
			}
			if fast.Rate <= 0 || fast.P50 <= 0 || fast.P99 < fast.P50 {
				t.Errorf("full speed: got %+v, want positive figures", fast)
			}
			leisurely, err := sockets.FanHere(t.Context(), name, l, clients, slow, 5*window)
			if err != nil {
				t.Fatal(err)
			}
			if leisurely.Rate > 1.5*clients*slow {
				t.Errorf("low rate: got %v deliveries a second, want about %d", leisurely.Rate, clients*slow)
			}
		})
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	if err := sockets.IdleHere(t.Context(), sockets.Lean, serve(t, sockets.Lean), 10); err != nil {
		t.Error(err)
	}
}

// startMisbehaving serves connections with the given function.
func startMisbehaving(t *testing.T, serve func(conn net.Conn)) net.Listener {
	t.Helper()
	l := listen(t)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l
}

// upgraded answers the handshake and then calls the given function.
func upgraded(then func(conn net.Conn)) func(conn net.Conn) {
	return func(conn net.Conn) {
		if _, err := (ws.Upgrader{}).Upgrade(conn); err == nil {
			then(conn)
		}
	}
}

// TestMisbehaviour: a server that does something wrong causes an error, never a figure.
func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	answer := func(frame []byte) func(net.Conn) {
		return upgraded(func(conn net.Conn) {
			if _, err := conn.Read(make([]byte, 1000)); err == nil {
				_, _ = conn.Write(frame)
				_, _ = io.Copy(io.Discard, conn)
			}
		})
	}
	// room brings its only client what it publishes while it gathers, then what change makes of that.
	room := func(change func(frame []byte) []byte) func(net.Conn) {
		return upgraded(func(conn net.Conn) {
			for {
				text, err := wsutil.ReadClientText(conn)
				if err != nil {
					return
				}
				frame := ws.MustCompileFrame(ws.NewTextFrame(text))
				if text[0] == 'b' {
					frame = change(frame)
				}
				if _, err := conn.Write(frame); err != nil || frame == nil {
					return
				}
			}
		})
	}
	text := func(n int) []byte { return ws.MustCompileFrame(ws.NewTextFrame(bytes.Repeat([]byte("x"), n))) }
	for _, x := range []struct {
		name      string
		serve     func(net.Conn)
		ping, fan string
	}{
		{"refuses", func(conn net.Conn) {
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_, _ = io.WriteString(conn, "HTTP/1.1 429 Too Many Requests\r\n\r\n")
		}, "was refused", "was refused"},
		{"hangs up at once", func(net.Conn) {}, "no answer to the handshake", "no answer to the handshake"},
		{"hangs up later", upgraded(func(conn net.Conn) { _, _ = conn.Read(make([]byte, 10)) }), "closed|reset", "closed|reset"},
		{"sends a ping", answer(ws.MustCompileFrame(ws.NewPingFrame(nil))), "something else", ""},
		{"sends too much", answer(append(text(10), text(10)...)), "want an answer", ""},
		{"sends other texts", room(func([]byte) []byte { return text(199) }), "", "not published"},
		{"sends twice", room(func(frame []byte) []byte { return append(frame, frame...) }), "", "want at most"},
		{"sends back and hangs up", room(func([]byte) []byte { return nil }), "", "closed|reset|broken pipe"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			l := startMisbehaving(t, x.serve)
			if x.ping != "" {
				var err error
				longer(func(window time.Duration) bool {
					_, err = sockets.PingHere(t.Context(), sockets.Lean, l, 1, window)
					return err != nil && !strings.Contains(err.Error(), "nothing was answered")
				})
				wantError(t, err, x.ping)
			}
			if x.fan != "" {
				_, err := sockets.FanHere(t.Context(), sockets.Lean, l, 1, 0, window)
				wantError(t, err, x.fan)
			}
		})
	}
}

// wantError checks that an error contains one of some texts.
func wantError(t *testing.T, err error, texts string) {
	t.Helper()
	if err == nil {
		t.Errorf("got no error, want %q", texts)
		return
	}
	for text := range strings.SplitSeq(texts, "|") {
		if strings.Contains(err.Error(), text) {
			return
		}
	}
	t.Errorf("got error %q, want %q", err, texts)
}

// TestCancelled: a measurement ends with its context.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(window, cancel)
	l := serve(t, sockets.Lean)
	if _, err := sockets.PingHere(ctx, sockets.Lean, l, 2, time.Hour); err == nil {
		t.Error("got no error after the context ended, want one")
	}
}

// TestServe talks to the process of a server.
func TestServe(t *testing.T) {
	t.Parallel()
	in, stop := io.Pipe()
	told, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- sockets.Serve(t.Context(), sockets.RawTCP, in, out) }()
	addr, err := bufio.NewReader(told).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimSpace(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, 5)
	if _, err := io.ReadFull(conn, back); err != nil || string(back) != "hello" {
		t.Errorf("got %q, error %v, want the message", back, err)
	}
	stop.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := sockets.Serve(t.Context(), "nobody", in, out); err == nil {
		t.Error("unknown server: got no error, want one")
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 125, 126, 200} {
		text := bytes.Repeat([]byte("x"), n)
		frame := sockets.ClientFrame(text)
		read, err := wsutil.ReadClientText(bytes.NewBuffer(bytes.Clone(frame)))
		if err != nil || !bytes.Equal(read, text) {
			t.Errorf("%d bytes: got %q, error %v, want the same text", n, read, err)
		}
		whole := ws.MustCompileFrame(ws.NewTextFrame(text))
		if length, err := sockets.FrameLength(whole); err != nil || length != len(whole) {
			t.Errorf("%d bytes: got a frame length of %d, error %v, want %d", n, length, err, len(whole))
		}
		answer, err := sockets.AnswerInPlace(frame)
		if fits := n <= 125; fits != (err == nil) || fits && !bytes.Equal(answer, whole) {
			t.Errorf("%d bytes: got answer %q, error %v, want the same text", n, answer, err)
		}
	}
	for _, odd := range []string{"", "\x81", "\x81\x01x", "\x81\x81mask", "\x81\x80maskx"} {
		if got, err := sockets.AnswerInPlace([]byte(odd)); err == nil {
			t.Errorf("%q: got answer %q, want an error", odd, got)
		}
	}
	for text, want := range map[string]int{"": 0, "\x81": 0, "\x81\x7e": 0, "\x81\x7e\x01": 0} {
		if got, err := sockets.FrameLength([]byte(text)); got != want || err != nil {
			t.Errorf("%q: got %d, error %v, want 0 and no error", text, got, err)
		}
	}
	for _, odd := range []string{"\x88", "\x01\x01x", "\x81\x7f", "\x81\x81"} {
		if got, err := sockets.FrameLength([]byte(odd)); err == nil {
			t.Errorf("%q: got a frame length of %d, want an error", odd, got)
		}
	}
}

func TestProc(t *testing.T) {
	t.Parallel()
	for deadline := time.Now().Add(5 * time.Minute); ; {
		spent, err := sockets.CPUTime(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if spent >= 10*time.Millisecond {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("got no processor time after five minutes of work, want some")
		}
	}
	memory, err := sockets.ResidentMemory(os.Getpid())
	if err != nil || memory < 1<<20 || memory > 1<<34 {
		t.Errorf("got %v bytes, error %v, want this process's memory", memory, err)
	}
	if _, err := sockets.CPUTime(-1); err == nil {
		t.Error("processor time of an unknown process: got no error, want one")
	}
	if _, err := sockets.ResidentMemory(-1); err == nil {
		t.Error("memory of an unknown process: got no error, want one")
	}
	if err := sockets.CheckFiles(1); err != nil {
		t.Error(err)
	}
	if err := sockets.CheckFiles(1 << 40); err == nil {
		t.Error("limit of a trillion sockets: got no error, want one")
	}
}

func TestListening(t *testing.T) {
	t.Parallel()
	const line = `{"time":"t","level":"INFO","msg":"listening","addr":"127.0.0.1:80"}` + "\n"
	for _, x := range []struct {
		name   string
		pieces []string
		want   string
	}{
		{"at once", []string{line}, "127.0.0.1:80"},
		{"behind others", []string{"rubbish\n" + `{"msg":"migrated"}` + "\n" + line + "more"}, "127.0.0.1:80"},
		{"in pieces", []string{line[:20], line[20:50], line[50:], line}, "127.0.0.1:80"},
		{"not whole", []string{strings.TrimSuffix(line, "\n")}, ""},
	} {
		if got := sockets.ListenAddr(x.pieces...); got != x.want {
			t.Errorf("%s: got %q, want %q", x.name, got, x.want)
		}
	}
}
