package httpd_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	gobwas "github.com/gobwas/ws"

	"seg.example/internal/auth"
	"seg.example/internal/httpd"
	"seg.example/internal/hub"
	"seg.example/internal/ws"
)

// wantClosed connects and checks the close frame: its code, its reason unless reason is "", and that
// the connection ends after it.
func wantClosed(t *testing.T, s *testServer, target string, code ws.CloseCode, reason string, lines ...string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testTimeout))
	lines = slices.Concat([]string{"GET " + target + " HTTP/1.1", "Host: game.example:8000"}, upgrade, lines)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("%s: got status %d, want 101 and close code %d", target, answer.StatusCode, code)
		return
	}
	header, err := gobwas.ReadHeader(in)
	if err != nil || header.OpCode != gobwas.OpClose || header.Length < 2 || header.Length > gobwas.MaxControlFramePayloadSize {
		t.Errorf("%s: got frame %+v, error %v, want close code %d", target, header, err, code)
		return
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(in, payload); err != nil {
		t.Error(err)
	}
	got, text := ws.CloseCode(binary.BigEndian.Uint16(payload)), string(payload[2:])
	checkNoSecrets(t, "reason", text)
	if got != code || text == "" || reason != "" && text != reason {
		t.Errorf("%s: got close code %d %q, want %d %q", target, got, text, code, reason)
	}
	if n, err := io.Copy(io.Discard, in); n > 0 || err != nil {
		t.Errorf("%s: got %d bytes after the close frame, error %v, want none", target, n, err)
	}
}

// TestUnknownSession_isSeenByBrowsers: an unknown session closes the connection with 4404. (A 404 looks
// like a lost connection to a browser, and the client retried forever.)
func TestUnknownSession_isSeenByBrowsers(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	const target = "/ws/connect?client_id=c&session_id=nowhere"
	wantClosed(t, s, target, ws.CloseNoSession, "Session not found", "Origin: http://game.example:8000")
	wantClosed(t, s, target+"&epoch=e1&after=3", ws.CloseNoSession, "Session not found")
	if n := s.clients.Count(); n != 0 {
		t.Errorf("got %d connected clients, want 0", n)
	}
}

// TestHTTPAnswers_stay: refusals that a retry may avoid, requests that are no handshake, and foreign
// origins are answered with an HTTP status.
func TestHTTPAnswers_stay(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	const target = "/ws/connect?client_id=c&session_id=nowhere"
	wantRefused(t, s.request(t, "GET", target), 426, "invalid_field")
	wantRefused(t, s.request(t, "POST", target, upgrade...), 405, "invalid_field")
	wantRefused(t, s.request(t, "GET", target, append(upgrade, "Origin: https://evil.example")...), 403, "unauthorized")
	wantRefused(t, s.request(t, "GET", target, append(upgrade, "Authorization: Bearer wrong")...), 401, "unauthorized")
	full := startServerWith(t, httpd.Options{}, httpd.Limits{}, ws.Config{MaxSockets: 1})
	openConn(t, full.address, upgrade, 101)
	wantRefused(t, full.request(t, "GET", target, upgrade...), 503, "rate_limited")
}

// fillingLog is an event log without sessions. It calls fill before it reports that.
type fillingLog struct{ fill func() }

func (f fillingLog) Since(context.Context, string, hub.Position, int) (hub.Missed, error) {
	f.fill()
	return hub.Missed{}, hub.ErrNoSession
}

// TestRefusedWhileFull: if the server becomes full before it can upgrade and close a connection, it
// answers with the HTTP status of the original reason.
func TestRefusedWhileFull(t *testing.T) {
	t.Parallel()
	refusals, sockets := new(httpd.Refusals), ws.New(callerEcho{}, ws.Config{MaxSockets: 1})
	var server *httptest.Server
	clients := hub.New(hub.Options{Text: ws.TextFrame, Log: fillingLog{func() { openConn(t, server.Listener.Addr().String(), upgrade, 101) }}})
	defer clients.Close()
	handler, err := httpd.New(httpd.Options{
		Sockets: sockets, Clients: clients, Passwords: auth.NewGuard(auth.New(password), 0, time.Now), Refusals: refusals,
	})
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewServer(handler)
	defer server.Close()
	s := &testServer{server.Listener.Addr().String(), sockets, clients}
	wantRefused(t, s.request(t, "GET", "/ws/connect?client_id=c&session_id=nowhere", upgrade...), 404, "not_found")
	if got := refusals.Counts(); got["no_session"] != 1 || got["server_full"] != 0 {
		t.Errorf("got counts %v, want one no_session and no server_full", got)
	}
	if err := sockets.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRefusals: every refused connection is counted under its reason.
func TestRefusals(t *testing.T) {
	t.Parallel()
	refusals := new(httpd.Refusals)
	reasons := slices.Sorted(maps.Keys(refusals.Counts()))
	if want := strings.Fields(`address_full guessing handshakes_full internal no_handshake no_session origin other_key parameters password
		restarting server_full`); !slices.Equal(reasons, want) {
		t.Errorf("reasons before the first refusal: got %q, want %q", reasons, want)
	}
	s := startServer(t, httpd.Options{Refusals: refusals, Passwords: auth.NewGuard(auth.New(password), 1, frozenClock)})
	full := startServerWith(t, httpd.Options{Refusals: refusals}, httpd.Limits{MaxHandshakes: 4, Refusals: refusals}, ws.Config{MaxSockets: 1})
	crowded := startServerWith(t, httpd.Options{Refusals: refusals}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	counts := func() map[string]uint64 {
		got := refusals.Counts()
		maps.DeleteFunc(got, func(_ string, n uint64) bool { return n == 0 })
		return got
	}
	const connect = "/ws/connect?client_id=c"
	s.request(t, "GET", connect)
	s.request(t, "GET", connect, append(upgrade, "Origin: https://evil.example")...)
	wantClosed(t, s, "/ws/connect", ws.CloseBadParameters, "Missing required field: client_id")
	wantClosed(t, s, connect+"&session_id=nowhere", ws.CloseNoSession, "")
	s.request(t, "GET", connect+"&session_id=broken", upgrade...)
	s.request(t, "GET", connect, append(upgrade, "Authorization: Bearer wrong")...)
	s.request(t, "GET", connect, append(upgrade, "Authorization: Bearer wrong")...)
	keyed, _, _, err := gobwas.Dial(t.Context(), "ws://"+s.address+connect+"&client_key=12345678")
	if err != nil {
		t.Fatal(err)
	}
	defer keyed.Close()
	wantClosed(t, s, connect, ws.CloseOtherKey, "")
	for _, server := range []*testServer{full, crowded} {
		openConn(t, server.address, upgrade, 101)
		server.request(t, "GET", connect, upgrade...)
	}
	want := map[string]uint64{
		"no_handshake": 1, "origin": 1, "parameters": 1, "no_session": 1, "internal": 1, "password": 1, "guessing": 1, "other_key": 1,
		"server_full": 1, "address_full": 1,
	}
	if got := counts(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for range 5 {
		conn, err := net.Dial("tcp", full.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for deadline := time.Now().Add(testTimeout); counts()["handshakes_full"] == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("got no handshakes_full, want at least 1")
		}
	}
	if err := s.sockets.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.request(t, "GET", connect, upgrade...)
	if got := counts()["restarting"]; got != 1 {
		t.Errorf("got %d refused during shutdown, want 1", got)
	}
}
