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

// TestSlowHandshakes: many clients of one address send their handshakes slowly. They get a quarter of
// the limit, further ones are refused, and other clients are served meanwhile.
func TestSlowHandshakes(t *testing.T) {
	t.Parallel()
	const limit = 200
	refusals := new(httpd.Refusals)
	s := startServerWith(t, httpd.Options{}, httpd.Limits{MaxHandshakes: limit, Refusals: refusals}, ws.Config{})
	ended := make(chan error, 2*limit)
	var conns []net.Conn
	for range 2 * limit {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
		go func() { ended <- sendSlowly(conn) }()
	}
	for range 2*limit - limit/4 {
		if err := <-ended; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("got more than %d connections of one address, want the others refused", limit/4)
		}
	}
	for range 5 {
		checkEcho(t, s.address, "127.0.0.2")
	}
	if n := refusals.Counts()["handshakes_full"]; n != 2*limit-limit/4 || len(ended) > 0 {
		t.Errorf("got %d refused and %d more ended, want %d and 0", n, len(ended), 2*limit-limit/4)
	}
	for _, conn := range conns {
		conn.Close()
	}
	for range limit / 4 {
		<-ended
	}
}

// TestSlowHandshakes_timeout: each slow handshake ends with HeaderTimeout.
func TestSlowHandshakes_timeout(t *testing.T) {
	t.Parallel()
	s := startServerWith(t, httpd.Options{}, httpd.Limits{HeaderTimeout: 300 * time.Millisecond}, ws.Config{})
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
			t.Error("the connection is open, want it closed after HeaderTimeout")
		}
	}
}

// sendSlowly sends an endless header until the connection ends, and returns the error of reading.
func sendSlowly(conn net.Conn) error {
	go sendEndlessHeader(conn)
	_, err := io.Copy(io.Discard, conn)
	return err
}

// sendEndlessHeader sends a header that never ends.
func sendEndlessHeader(conn net.Conn) {
	conn.SetDeadline(time.Now().Add(testTimeout))
	if _, err := io.WriteString(conn, "GET /ws/connect?client_id=slow HTTP/1.1\r\nHost: x\r\nX: "); err != nil {
		return
	}
	for {
		if _, err := io.WriteString(conn, "y"); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond) // the rate of the attack
	}
}

// checkEcho connects from an address, sends a message and checks the answer.
func checkEcho(t *testing.T, address, from string) bool {
	t.Helper()
	dialer := gobwas.Dialer{NetDial: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext, Timeout: testTimeout}
	conn, _, _, err := dialer.Dial(t.Context(), "ws://"+address+"/ws/connect?client_id=other")
	if err != nil {
		t.Error(err)
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testTimeout))
	if err := wsutil.WriteClientText(conn, []byte("x")); err != nil {
		t.Error(err)
		return false
	}
	got, err := wsutil.ReadServerText(conn)
	if err != nil || string(got) != "other||false|" {
		t.Errorf("got %q, error %v, want the caller's data", got, err)
		return false
	}
	return true
}

// TestMaxHandshakes: upgraded and closed connections do not count. A trusted proxy may use the whole
// limit.
func TestMaxHandshakes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		proxies []netip.Prefix
		limit   int
	}{
		"one address": {nil, 2}, "a proxy": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServerWith(t, httpd.Options{}, httpd.Limits{MaxHandshakes: 8, TrustedProxies: tt.proxies}, ws.Config{})
			var idle []net.Conn
			for range tt.limit {
				if got := s.request(t, "GET", "/ws/connect?client_id=c", upgrade...); got.status != 101 {
					t.Fatalf("got status %d, want 101", got.status)
				}
				conn, err := net.Dial("tcp", s.address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				idle = append(idle, conn)
				// The answer shows that the server counts the connection. It stays open for another request.
				io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
				r, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || r.StatusCode != 200 {
					t.Fatalf("connection %d: %v", len(idle), err)
				}
				r.Body.Close()
			}
			if !isRefused(t, s.address) {
				t.Errorf("got more than %d connections, want the next refused", tt.limit)
			}
			for _, conn := range idle {
				conn.Close()
			}
			deadline := time.Now().Add(testTimeout)
			for isRefused(t, s.address) {
				if time.Now().After(deadline) {
					t.Fatal("a connection is refused after all others were closed, want it accepted")
				}
			}
		})
	}
}

// isRefused reports whether a new connection is closed without an answer.
func isRefused(t *testing.T, address string) bool {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testTimeout))
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
	s := startServerWith(t, httpd.Options{TrustedProxies: proxies}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	plain := startServerWith(t, httpd.Options{}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	for i, tt := range []struct {
		forwarded []string
		status    int
	}{
		{nil, 101},                                     // the proxy itself
		{[]string{"not an address"}, 429},              // ignored: the proxy again
		{[]string{"192.0.2.1"}, 101},                   // a client
		{[]string{"192.0.2.1"}, 429},                   // the same client
		{[]string{"192.0.2.1:4711"}, 429},              // with a port
		{[]string{"192.0.2.2, 192.0.2.1"}, 429},        // with a forged first entry
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
		openConn(t, s.address, header, tt.status)
		if i == 0 {
			openConn(t, plain.address, header, 101)
		} else {
			openConn(t, plain.address, header, 429) // trusts no proxy, so all are one address
		}
	}
	for _, bad := range []string{"", "localhost", "10.0.0.0/33", "1.2.3.4:80"} {
		if _, err := httpd.ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q: got no error, want one", bad)
		}
	}
}

// TestParseProxies_mapped: IPv4-mapped IPv6 addresses mean the IPv4 address. (Once they never matched, so
// that all clients of such a proxy shared one address.)
func TestParseProxies_mapped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"::ffff:10.0.0.1": "10.0.0.1/32", "::ffff:10.1.2.3/104": "10.0.0.0/8", " 10.0.0.1": "10.0.0.1/32", "::ffff:0:0/95": "::fffe:0:0/95",
	} {
		if got, err := httpd.ParseProxies([]string{text}); err != nil || len(got) != 1 || got[0].String() != want {
			t.Errorf("%q: got %v, error %v, want %s", text, got, err, want)
		}
	}
	proxies, err := httpd.ParseProxies([]string{"::ffff:127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	s := startServerWith(t, httpd.Options{TrustedProxies: proxies}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	for _, client := range []string{"192.0.2.1", "192.0.2.2"} {
		openConn(t, s.address, append([]string{"X-Forwarded-For: " + client}, upgrade...), 101)
	}
}

// openConn sends a handshake, checks the status, and leaves the connection open until the test ends.
func openConn(t *testing.T, address string, header []string, status int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(testTimeout))
	io.WriteString(conn, "GET /ws/connect?client_id=c"+address+" HTTP/1.1\r\nHost: x\r\n"+strings.Join(header, "\r\n")+"\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != status {
		t.Errorf("with %q: got status %d, want %d", header[len(upgrade):], r.StatusCode, status)
	}
}
