package ws_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gobwas "github.com/gobwas/ws"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// pinged is a ping of the server, as peer.read shows it.
const pinged = `opcode 9:""`

func pong() []byte { return frame(fin|opPong, "") }

func TestPing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{}), route.Caller{})
		defer p.Close()
		began := time.Now()
		for i := range 5 {
			p.want(t, pinged)
			if at, want := time.Since(began), time.Duration(i+1)*25*time.Second; at != want {
				t.Fatalf("ping %d: got it after %s, want %s", i, at, want)
			}
			time.Sleep(9 * time.Second)
			p.send(t, pong())
		}
		p.send(t, text("still there"))
		p.want(t, "text:still there")
	})
}

// TestPingInTraffic: messages must not change the times of pings.
func TestPingInTraffic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{}), route.Caller{})
		defer p.Close()
		for range 4 {
			time.Sleep(6 * time.Second)
			p.send(t, frame(opText, "a"), frame(fin|opCont, "b"))
			p.want(t, "text:ab")
		}
		began := time.Now()
		p.want(t, pinged)
		if took := time.Since(began); took != time.Second {
			t.Errorf("got the ping %s late, want it on time", took-time.Second)
		}
	})
}

// TestPing_latePong: PongTimeout is longer than PingInterval. A late pong must delay the next
// ping as little as possible. The ping is sent after 1 s and answered after 2.5 s; the socket is
// checked every second, so the next ping is due after 3 s. Once it was sent only after PongTimeout.
func TestPing_latePong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{PingInterval: time.Second, PongTimeout: 20 * time.Second}), route.Caller{})
		defer p.Close()
		began := time.Now()
		p.want(t, pinged)
		time.Sleep(1500 * time.Millisecond)
		p.send(t, pong())
		p.want(t, pinged)
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("got the second ping after %s, want 3s", took)
		}
	})
}

// TestPing_noAnswer: a client that does not answer a ping is closed. Any frame is an answer.
func TestPing_noAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer []byte
		want   string
		within time.Duration
	}{
		"nothing":   {nil, "close:4008 no pong within 10s", 10 * time.Second},
		"pong":      {pong(), pinged, 25 * time.Second},
		"message":   {frame(opText, "a"), "close:1008 a message took longer than 20s", 20 * time.Second},
		"half ping": {ping("abc")[:7], "close:1008 a message took longer than 20s", 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pipe(ws.New(dispatch(echo), ws.Config{MessageTimeout: 20 * time.Second}), route.Caller{})
				defer p.Close()
				p.want(t, pinged)
				began := time.Now()
				if tt.answer != nil {
					p.send(t, tt.answer)
				}
				if got, took := p.read(), time.Since(began); got != tt.want || took != tt.within {
					t.Errorf("got %q after %s, want %q after %s", got, took, tt.want, tt.within)
				}
			})
		})
	}
}

// TestPingEachInTime: each of many sockets is pinged on time, whatever the others do.
func TestPingEachInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sockets, interval = 40, 25 * time.Second
		server := ws.New(dispatch(echo), ws.Config{})
		var all sync.WaitGroup
		for i := range sockets {
			all.Go(func() {
				time.Sleep(time.Duration(i*7919%sockets) * 600 * time.Millisecond) // in no order
				p, began := pipe(server, route.Caller{}), time.Now()
				defer p.Close()
				for round := range 1 + i%4 {
					if got, after := p.read(), time.Since(began)-time.Duration(round)*interval; got != pinged || after != interval {
						t.Errorf("socket %d, round %d: got %q after %s, want a ping on time", i, round, got, after)
						return
					}
					p.send(t, pong())
				}
			})
		}
		all.Wait()
		synctest.Wait()
		if n := server.KeepaliveCount(); n != 0 {
			t.Errorf("got %d sockets in the keepalive queue after all were closed, want 0", n)
		}
	})
}

// TestPing_queued: a client cannot answer a ping that is queued behind other frames.
func TestPing_queued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook, sockets := opened()
		p := pipe(ws.New(dispatch(echo), ws.Config{Opened: hook, WriteTimeout: time.Hour}), route.Caller{})
		defer p.Close()
		(<-sockets).Send(ws.TextFrame([]byte(a(5000))))
		time.Sleep(2 * time.Minute)
		p.want(t, "text#5000", pinged)
		p.send(t, pong())
		p.want(t, pinged) // the next one has been due for long
		p.send(t, text("alive"))
		p.want(t, "text:alive")
	})
}

// TestPingOverTLS: TLS must read on after a deadline that passed within a record.
func TestPingOverTLS(t *testing.T) {
	t.Parallel()
	server := ws.New(dispatch(echo), generous(ws.Config{PingInterval: 20 * time.Millisecond, PongTimeout: timeout}))
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := server.Upgrade(w, r, route.Caller{}); err != nil {
			t.Error(err)
		}
	}))
	defer front.Close()
	defer server.Shutdown(t.Context())
	dialer := gobwas.Dialer{TLSConfig: front.Client().Transport.(*http.Transport).TLSClientConfig}
	conn, _, _, err := dialer.Dial(t.Context(), "wss://"+front.Listener.Addr().String()+"/")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := newPeer(conn)
	p.SetDeadline(time.Now().Add(timeout))
	long := text(a(3000))
	for range 5 {
		p.send(t, long[:1500])
		p.want(t, pinged)
		p.send(t, long[1500:], pong())
		for got := p.read(); got != "text#3000"; got = p.read() {
			if !strings.HasPrefix(got, pinged) {
				t.Fatalf("got %q, want the message", got)
			}
		}
	}
}
