package httpd_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	gobwas "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/gen/route"
	"seg.example/internal/auth"
	"seg.example/internal/httpd"
	"seg.example/internal/hub"
	"seg.example/internal/leaktest"
	"seg.example/internal/ws"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// testTimeout limits each wait on a real connection. It matters only if a test fails.
const testTimeout = time.Minute

// callerEcho answers every message with the caller's data.
type callerEcho struct{}

func (callerEcho) DispatchInto(_ context.Context, c *route.Caller, _, _ []byte) [][]byte {
	return [][]byte{fmt.Appendf(nil, "%s|%s|%t|%s", c.ClientID, c.SessionID, c.Trusted, c.Key)}
}

// testServer is a running server, wired as in cmd/seg.
type testServer struct {
	address string
	sockets *ws.Server
	clients *hub.Hub
}

func startServer(t *testing.T, o httpd.Options) *testServer {
	t.Helper()
	return startServerWith(t, o, httpd.Limits{}, ws.Config{})
}

func startServerWith(t *testing.T, o httpd.Options, l httpd.Limits, c ws.Config) *testServer {
	t.Helper()
	clients := hub.New(hub.Options{
		Log: fakeLog{}, Text: ws.TextFrame, Frame: func(_ string, e hub.Event, _ int64) []byte { return ws.TextFrame(e.Data) },
	})
	t.Cleanup(clients.Close)
	c.Closed = func(s *ws.Socket) { clients.Remove(s) }
	// Long timeouts, so that a slow machine does not look like a slow client.
	c.PingInterval, c.WriteTimeout = cmp.Or(c.PingInterval, time.Hour), cmp.Or(c.WriteTimeout, testTimeout)
	l.HeaderTimeout = cmp.Or(l.HeaderTimeout, testTimeout)
	sockets := ws.New(callerEcho{}, c)
	o.Sockets, o.Clients = sockets, clients
	if o.Log == nil {
		o.Log = testLog(t)
	}
	if o.Passwords == nil {
		o.Passwords = auth.NewGuard(auth.New(password), 0, time.Now)
	}
	handler, err := httpd.New(o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httpd.NewServer(handler, l, o.Log)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
		defer cancel()
		if err := errors.Join(sockets.Shutdown(ctx), server.Shutdown(ctx)); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return &testServer{listener.Addr().String(), sockets, clients}
}

// response is an HTTP response.
type response struct {
	status int
	header http.Header
	body   string
}

// request sends a request with the given header lines "Name: value" and reads the response.
func (s *testServer) request(t *testing.T, method, target string, header ...string) response {
	t.Helper()
	return s.requestWithHost(t, "game.example:8000", method, target, header...)
}

// requestWithHost is request with another Host header.
func (s *testServer) requestWithHost(t *testing.T, host, method, target string, header ...string) response {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testTimeout))
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: " + host}, header...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusSwitchingProtocols {
		return response{status: r.StatusCode}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	checkNoSecrets(t, "answer", fmt.Sprint(r.Header, string(body)))
	return response{r.StatusCode, r.Header, string(body)}
}

// upgrade holds the header lines of a valid handshake.
var upgrade = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}

// wantRefused checks the status, the content type, the code and the text of a refusal.
func wantRefused(t *testing.T, got response, status int, code string) {
	t.Helper()
	var body struct{ Error, Code string }
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatalf("status %d, body %q: %v", got.status, got.body, err)
	}
	if got.status != status || body.Code != code || body.Error == "" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %q %s, want %d with code %s", got.status, got.body, got.header.Get("Content-Type"), status, code)
	}
}

func TestConnectParameters(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	long := strings.Repeat("ж", 128)
	tests := []struct {
		name, query string
		status      int // HTTP status or close code
		code        string
	}{
		{"plain", "client_id=c", 101, ""},
		{"128 characters of two bytes", "client_id=" + url.QueryEscape(long), 101, ""},
		{"spaces and signs", "client_id=" + url.QueryEscape("J. Doe <1>"), 101, ""},
		{"with a session", "client_id=c&session_id=GAME_001", 101, ""},
		{"longest session", "client_id=c&session_id=" + longestSessionID, 101, ""},
		{"session that does not exist", "client_id=c&session_id=nowhere", 4404, ""},
		{"session that cannot be read", "client_id=c&session_id=broken", 500, "internal"},
		{"unknown parameters", "client_id=c&theme=dark", 101, ""},
		{"no client_id", "", 4400, ""},
		{"empty client_id", "client_id=", 4400, ""},
		{"129 characters", "client_id=" + url.QueryEscape(long+"x"), 4400, ""},
		{"control character", "client_id=a%00b", 4400, ""},
		{"line break", "client_id=a%0Ab", 4400, ""},
		{"invisible character", "client_id=a%E2%80%8Bb", 4400, ""},
		{"not UTF-8", "client_id=%FF", 4400, ""},
		{"two client_ids", "client_id=a&client_id=b", 4400, ""},
		{"malformed query", "client_id=%zz", 4400, ""},
		{"empty session", "client_id=c&session_id=", 4400, ""},
		{"session with a dot", "client_id=c&session_id=a.b", 4400, ""},
		{"session too long", "client_id=c&session_id=" + strings.Repeat("s", 65), 4400, ""},
		{"two sessions", "client_id=c&session_id=a&session_id=b", 4400, ""},
		{"from the beginning", "client_id=r1&session_id=GAME_001&epoch=e1&after=0", 101, ""},
		{"from the last number there is", "client_id=r2&session_id=GAME_001&epoch=" + strings.Repeat("e", 64) + "&after=9007199254740991", 101, ""},
		{"epoch alone", "client_id=c&session_id=GAME_001&epoch=e1", 4400, ""},
		{"after alone", "client_id=c&session_id=GAME_001&after=3", 4400, ""},
		{"resume without a session", "client_id=c&epoch=e1&after=3", 4400, ""},
		{"two epochs", "client_id=c&session_id=GAME_001&epoch=e1&epoch=e1&after=3", 4400, ""},
		{"after twice", "client_id=c&session_id=GAME_001&epoch=e1&after=3&after=3", 4400, ""},
		{"empty epoch", "client_id=c&session_id=GAME_001&epoch=&after=3", 4400, ""},
		{"epoch with a dot", "client_id=c&session_id=GAME_001&epoch=a.b&after=3", 4400, ""},
		{"epoch too long", "client_id=c&session_id=GAME_001&after=3&epoch=" + strings.Repeat("e", 65), 4400, ""},
		{"empty after", "client_id=c&session_id=GAME_001&epoch=e1&after=", 4400, ""},
		{"after below 0", "client_id=c&session_id=GAME_001&epoch=e1&after=-1", 4400, ""},
		{"after with a sign", "client_id=c&session_id=GAME_001&epoch=e1&after=%2B1", 4400, ""},
		{"after with a fraction", "client_id=c&session_id=GAME_001&epoch=e1&after=1.0", 4400, ""},
		{"after beyond the last number", "client_id=c&session_id=GAME_001&epoch=e1&after=9007199254740992", 4400, ""},
		{"after beyond all numbers", "client_id=c&session_id=GAME_001&epoch=e1&after=18446744073709551616", 4400, ""},
		{"shortest key", "client_id=k1&client_key=12345678", 101, ""},
		{"longest key", "client_id=k2&client_key=" + url.QueryEscape(long), 101, ""},
		{"key too short", "client_id=c&client_key=1234567", 4400, ""},
		{"key too long", "client_id=c&client_key=" + url.QueryEscape(long+"x"), 4400, ""},
		{"empty key", "client_id=c&client_key=", 4400, ""},
		{"key with a line break", "client_id=c&client_key=1234567%0A", 4400, ""},
		{"key not UTF-8", "client_id=c&client_key=1234567%FF", 4400, ""},
		{"two keys", "client_id=c&client_key=12345678&client_key=12345678", 4400, ""},
		{"announced closing", "client_id=a1&announce_close=true", 101, ""},
		{"silent closing", "client_id=a2&announce_close=false", 101, ""},
		{"closing neither", "client_id=c&announce_close=1", 4400, ""},
		{"closing twice", "client_id=c&announce_close=true&announce_close=true", 4400, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.status > 4000 {
				wantClosed(t, s, "/ws/connect?"+tt.query, ws.CloseCode(tt.status), "")
				return
			}
			got := s.request(t, "GET", "/ws/connect?"+tt.query, upgrade...)
			if tt.status == 101 {
				if got.status != 101 {
					t.Errorf("got %d %s, want 101", got.status, got.body)
				}
				return
			}
			wantRefused(t, got, tt.status, tt.code)
		})
	}
}

func TestConnectHandshake(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	const target = "/ws/connect?client_id=c"
	wantRefused(t, s.request(t, "POST", target, upgrade...), 405, "invalid_field")
	wantRefused(t, s.request(t, "GET", target, append(upgrade, "Content-Length: 5")...), 400, "invalid_field")
	plain := s.request(t, "GET", target)
	wantRefused(t, plain, 426, "invalid_field")
	if got := plain.header.Get("Sec-WebSocket-Version"); got != "13" {
		t.Errorf("Sec-WebSocket-Version: got %q, want 13", got)
	}
	if got := s.request(t, "GET", target, append(upgrade, "X-Long: "+strings.Repeat("x", 15<<10))...); got.status != 101 {
		t.Errorf("header of 15 KiB and a little: got status %d, want 101", got.status)
	}
	if got := s.request(t, "GET", target, append(upgrade, "X-Long: "+strings.Repeat("x", 16<<10))...); got.status != 431 {
		t.Errorf("header of 16 KiB and a little: got status %d, want 431", got.status)
	}
	if got := s.request(t, "GET", target, slices.Repeat([]string{"X: y"}, 50_000)...); got.status != 431 {
		t.Errorf("50,000 header lines: got status %d, want 431", got.status)
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	own, listed := startServer(t, httpd.Options{}), startServer(t, httpd.Options{Origins: []string{"https://Good.example", "http://localhost:3000"}})
	all := startServer(t, httpd.Options{Origins: []string{"*"}})
	tests := []struct {
		name   string
		origin []string
		// Whether it is allowed by a server without a list, with a list, and with "*".
		own, listed, all bool
	}{
		{"none", nil, true, true, true},
		{"own host", []string{"http://game.example:8000"}, true, true, true},
		{"own host behind TLS", []string{"https://game.example:8000"}, true, true, true},
		{"own host, upper case", []string{"HTTP://GAME.EXAMPLE:8000"}, true, true, true},
		{"own host, other port", []string{"http://game.example:8001"}, false, false, true},
		{"own host, no port", []string{"http://game.example"}, false, false, true},
		{"listed", []string{"https://good.example"}, false, true, true},
		{"listed, other scheme", []string{"http://good.example"}, false, false, true},
		{"listed with its port", []string{"http://localhost:3000"}, false, true, true},
		{"listed as a prefix", []string{"https://good.example.evil"}, false, false, true},
		{"listed as a suffix", []string{"https://evilgood.example"}, false, false, true},
		{"sub-domain", []string{"https://sub.good.example"}, false, false, true},
		{"evil", []string{"https://evil.example"}, false, false, true},
		{"own host as a prefix", []string{"http://game.example:8000.evil.example"}, false, false, true},
		{"own host as a user", []string{"http://game.example:8000@evil.example"}, false, false, true},
		{"own host with a path", []string{"http://game.example:8000/"}, false, false, true},
		{"own host, scheme of no web page", []string{"ws://game.example:8000"}, false, false, true},
		{"null", []string{"null"}, false, false, true},
		{"empty", []string{""}, false, false, true},
		{"two", []string{"http://game.example:8000", "https://good.example"}, false, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := slices.Clip(upgrade)
			for _, o := range tt.origin {
				header = append(header, "Origin: "+o)
			}
			for _, server := range []struct {
				*testServer
				allows bool
			}{{own, tt.own}, {listed, tt.listed}, {all, tt.all}} {
				got := server.request(t, "GET", "/ws/connect?client_id=c", header...)
				if server.allows && got.status != 101 {
					t.Errorf("got %d %s, want 101", got.status, got.body)
				} else if !server.allows {
					wantRefused(t, got, 403, "unauthorized")
				}
			}
		})
	}
}

func TestBadOrigins(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"", "good.example", "https://", "https://good.example/", "https://u@good.example", "https://good.example/x", "://", "http://[::1", "https://good.example:"} {
		if _, err := httpd.New(httpd.Options{Origins: []string{origin}}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", origin)) {
			t.Errorf("origin %q: got error %v, want one that names it", origin, err)
		}
	}
}

// TestOriginsThatNoBrowserSends: values that no browser sends are refused. (Once they were accepted, and
// then no page could connect.)
func TestOriginsThatNoBrowserSends(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"https://*.good.example", "wss://good.example", "ws://good.example:8000", "https://bücher.example"} {
		if err := httpd.CheckOrigins([]string{"https://good.example", origin}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", origin)) {
			t.Errorf("origin %q: got error %v, want one that names it", origin, err)
		}
	}
	s := startServer(t, httpd.Options{Origins: []string{"https://good.example:443", " http://better.example:80", "https://best.example:80", "app://home"}})
	for origin, status := range map[string]int{
		"https://good.example": 101, "http://better.example": 101, "https://best.example:80": 101, "app://home": 101,
		"https://best.example": 403, "https://better.example": 403,
	} {
		if got := s.request(t, "GET", "/ws/connect?client_id=c", append(upgrade, "Origin: "+origin)...); got.status != status {
			t.Errorf("%s: got status %d, want %d", origin, got.status, status)
		}
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	tests := []struct {
		name          string
		authorization []string
		want          string // the answer of callerEcho; empty: refused
	}{
		{"none", nil, "none|S_1|false|"},
		{"right", []string{"Bearer " + password}, "right|S_1|true|"},
		{"other-case", []string{"bearer  " + password}, "other-case|S_1|true|"},
		{"wrong", []string{"Bearer wrong"}, ""},
		{"empty", []string{"Bearer"}, ""},
		{"other scheme", []string{"Basic b3BlbiBzZXNhbWU="}, ""},
		{"two", []string{"Bearer " + password, "Bearer " + password}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := "/ws/connect?session_id=S_1&client_id=" + url.QueryEscape(tt.name) // a second connection with the same id would replace the first
			if tt.want == "" {
				header := slices.Clip(upgrade)
				for _, a := range tt.authorization {
					header = append(header, "Authorization: "+a)
				}
				got := s.request(t, "GET", target, header...)
				wantRefused(t, got, 401, "unauthorized")
				if got.header.Get("WWW-Authenticate") != "Bearer" || !strings.Contains(got.body, "Password is incorrect") {
					t.Errorf("got %v %s, want WWW-Authenticate: Bearer and the text", got.header, got.body)
				}
				return
			}
			dialer := gobwas.Dialer{Header: gobwas.HandshakeHeaderHTTP{"Authorization": tt.authorization}}
			conn, early, _, err := dialer.Dial(t.Context(), "ws://"+s.address+target)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := wsutil.WriteClientText(conn, []byte("who am I")); err != nil {
				t.Fatal(err)
			}
			in := getOnly(conn, early)
			if got, err := wsutil.ReadServerText(in); err != nil || !strings.HasPrefix(string(got), `{"type":"welcome",`) {
				t.Errorf("got %q, error %v, want a welcome", got, err)
			}
			if got, err := wsutil.ReadServerText(in); err != nil || string(got) != tt.want {
				t.Errorf("got %q, error %v, want %q", got, err, tt.want)
			}
		})
	}
}
