package httpd_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	gobwas "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/internal/httpd"
	"seg.example/internal/ws"
)

// TestSlowHandshakes has many clients send their handshakes drop by drop: an address gets a quarter of the room, whoever comes beyond is
// turned away, and those who know what they want are served meanwhile.
func TestSlowHandshakes(t *testing.T) {
	t.Parallel()
	const room = 200
	refusals := new(httpd.Refusals)
	s := startWithin(t, httpd.Options{}, httpd.Limits{MaxHandshakes: room, Refusals: refusals}, ws.Config{})
	ended := make(chan error, 2*room)
	var conns []net.Conn
	for range 2 * room {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
		go func() { ended <- sendSlowly(conn) }()
	}
	for range 2*room - room/4 {
		if err := <-ended; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("more have got in than there is room for one address")
		}
	}
	for range 5 {
		exchange(t, s.address, "127.0.0.2")
	}
	if n := refusals.Counts()["handshakes_full"]; n != 2*room-room/4 || len(ended) > 0 {
		t.Errorf("%d were turned away, and %d are gone", n, len(ended))
	}
	for _, conn := range conns {
		conn.Close()
	}
	for range room / 4 {
		<-ended
	}
}

// TestSlowHandshakes_end: each of them is cut off in time.
func TestSlowHandshakes_end(t *testing.T) {
	t.Parallel()
	s := startWithin(t, httpd.Options{}, httpd.Limits{HeaderTimeout: 300 * time.Millisecond}, ws.Config{})
	const clients = 50
	ended := make(chan error, clients)
	for range clients {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() { ended <- sendSlowly(conn) }()
	}
	for range clients {
		if err := <-ended; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("never cut off")
		}
	}
}

// sendSlowly sends a header that does not end, until the connection does, and returns how that was seen.
func sendSlowly(conn net.Conn) error {
	go drip(conn)
	_, err := io.Copy(io.Discard, conn)
	return err
}

// drip sends a header that does not end.
func drip(conn net.Conn) {
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "GET /ws/connect?client_id=slow HTTP/1.1\r\nHost: x\r\nX: "); err != nil {
		return
	}
	for {
		if _, err := io.WriteString(conn, "y"); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond) // the pace of the attack
	}
}

// exchange connects from an address and has a message answered.
func exchange(t *testing.T, address, from string) bool {
	t.Helper()
	dialer := gobwas.Dialer{NetDial: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext, Timeout: patience}
	conn, _, _, err := dialer.Dial(t.Context(), "ws://"+address+"/ws/connect?client_id=other")
	if err != nil {
		t.Error(err)
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if err := wsutil.WriteClientText(conn, []byte("x")); err != nil {
		t.Error(err)
		return false
	}
	got, err := wsutil.ReadServerText(conn)
	if err != nil || string(got) != "other||false|" {
		t.Errorf("%q, %v", got, err)
		return false
	}
	return true
}

// TestRoomForHandshakes: a connection that has become a socket, or that is over, takes no room; a proxy may take all.
func TestRoomForHandshakes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		proxies []netip.Prefix
		room    int
	}{
		"one address": {nil, 2}, "a proxy": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startWithin(t, httpd.Options{}, httpd.Limits{MaxHandshakes: 8, TrustedProxies: tt.proxies}, ws.Config{})
			var idle []net.Conn
			for range tt.room {
				if got := s.ask(t, "GET", "/ws/connect?client_id=c", upgrade...); got.status != 101 {
					t.Fatalf("status %d", got.status)
				}
				conn, err := net.Dial("tcp", s.address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				idle = append(idle, conn)
				// An answer shows that the server has taken the connection in; it is kept for the next request.
				io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
				r, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || r.StatusCode != 200 {
					t.Fatalf("connection %d: %v", len(idle), err)
				}
				r.Body.Close()
			}
			if !turnedAway(t, s.address) {
				t.Error("there is more room than there should be")
			}
			for _, conn := range idle {
				conn.Close()
			}
			deadline := time.Now().Add(patience)
			for turnedAway(t, s.address) {
				if time.Now().After(deadline) {
					t.Fatal("no room, though everybody has gone")
				}
			}
		})
	}
}

// turnedAway tells whether a connection is closed unheard.
func turnedAway(t *testing.T, address string) bool {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	return !strings.HasPrefix(string(answer), "HTTP/1.1 200")
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	proxies, err := httpd.ParseProxies([]string{"127.0.0.1", "10.0.0.0/8", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	s := startWithin(t, httpd.Options{TrustedProxies: proxies}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	plain := startWithin(t, httpd.Options{}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	for i, tt := range []struct {
		forwarded []string
		status    int
	}{
		{nil, 101},                                     // the proxy itself
		{[]string{"not an address"}, 429},              // as good as none
		{[]string{"192.0.2.1"}, 101},                   // somebody
		{[]string{"192.0.2.1"}, 429},                   // again
		{[]string{"192.0.2.1:4711"}, 429},              // with a port
		{[]string{"192.0.2.2, 192.0.2.1"}, 429},        // says to be somebody else
		{[]string{"192.0.2.2", "192.0.2.1"}, 429},      // in two lines
		{[]string{"192.0.2.1, 10.1.2.3"}, 429},         // through a second proxy
		{[]string{"192.0.2.2, fd00::1,10.0.0.1"}, 101}, // through three
		{[]string{"2001:db8::1"}, 101},
		{[]string{"2001:db8::2"}, 429}, // the same network
	} {
		header := append([]string{}, upgrade...)
		for _, f := range tt.forwarded {
			header = append(header, "X-Forwarded-For: "+f)
		}
		open(t, s.address, header, tt.status)
		if i == 0 {
			open(t, plain.address, header, 101)
		} else {
			open(t, plain.address, header, 429) // whose word counts for nothing
		}
	}
	for _, bad := range []string{"", "localhost", "10.0.0.0/33", "1.2.3.4:80"} {
		if _, err := httpd.ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q is taken for a proxy", bad)
		}
	}
}

// TestParseProxies_mapped: proxies written as IPv6 writes IPv4 were taken and never recognized, so that all their clients were one.
func TestParseProxies_mapped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"::ffff:10.0.0.1": "10.0.0.1/32", "::ffff:10.1.2.3/104": "10.0.0.0/8", " 10.0.0.1": "10.0.0.1/32", "::ffff:0:0/95": "::fffe:0:0/95",
	} {
		if got, err := httpd.ParseProxies([]string{text}); err != nil || len(got) != 1 || got[0].String() != want {
			t.Errorf("%q is %v, %v, want %s", text, got, err, want)
		}
	}
	proxies, err := httpd.ParseProxies([]string{"::ffff:127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	s := startWithin(t, httpd.Options{TrustedProxies: proxies}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	for _, client := range []string{"192.0.2.1", "192.0.2.2"} {
		open(t, s.address, append([]string{"X-Forwarded-For: " + client}, upgrade...), 101)
	}
}

// open sends a handshake, wants a status, and leaves the connection open until the test ends.
func open(t *testing.T, address string, header []string, status int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET /ws/connect?client_id=c"+address+" HTTP/1.1\r\nHost: x\r\n"+strings.Join(header, "\r\n")+"\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != status {
		t.Errorf("with %q: status %d, want %d", header[len(upgrade):], r.StatusCode, status)
	}
}
