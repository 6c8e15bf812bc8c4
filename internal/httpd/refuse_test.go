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

// wantClosed connects and expects a close frame with a code and a reason, of whatever text if that is empty, and then the end.
func wantClosed(t *testing.T, s *site, target string, code ws.CloseCode, reason string, lines ...string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
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
		t.Errorf("%s: status %d, want a connection that is closed with %d", target, answer.StatusCode, code)
		return
	}
	header, err := gobwas.ReadHeader(in)
	if err != nil || header.OpCode != gobwas.OpClose || header.Length < 2 || header.Length > gobwas.MaxControlFramePayloadSize {
		t.Errorf("%s: %+v %v, want it closed with %d", target, header, err, code)
		return
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(in, payload); err != nil {
		t.Error(err)
	}
	got, text := ws.CloseCode(binary.BigEndian.Uint16(payload)), string(payload[2:])
	keepsSecrets(t, "reason", text)
	if got != code || text == "" || reason != "" && text != reason {
		t.Errorf("%s: closed with %d %q, want %d %q", target, got, text, code, reason)
	}
	if n, err := io.Copy(io.Discard, in); n > 0 || err != nil {
		t.Errorf("%s: behind the close frame %d bytes, %v", target, n, err)
	}
}

// TestUnknownSession_isSeenByBrowsers: a 404 to the handshake is a lost connection to a browser, whose client tried again for ever.
func TestUnknownSession_isSeenByBrowsers(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	const target = "/ws/connect?client_id=c&session_id=nowhere"
	wantClosed(t, s, target, ws.CloseNoSession, "Session not found", "Origin: http://game.example:8000")
	wantClosed(t, s, target+"&epoch=e1&after=3", ws.CloseNoSession, "Session not found")
	if n := s.clients.Count(); n != 0 {
		t.Errorf("%d clients are connected", n)
	}
}

// TestHTTPAnswers_stay: what trying again may mend, what is no handshake and whom a browser should keep away are answered in HTTP.
func TestHTTPAnswers_stay(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	const target = "/ws/connect?client_id=c&session_id=nowhere"
	wantRefused(t, s.ask(t, "GET", target), 426, "invalid_field")
	wantRefused(t, s.ask(t, "POST", target, upgrade...), 405, "invalid_field")
	wantRefused(t, s.ask(t, "GET", target, append(upgrade, "Origin: https://evil.example")...), 403, "unauthorized")
	wantRefused(t, s.ask(t, "GET", target, append(upgrade, "Authorization: Bearer wrong")...), 401, "unauthorized")
	full := startWithin(t, httpd.Options{}, httpd.Limits{}, ws.Config{MaxSockets: 1})
	open(t, full.address, upgrade, 101)
	wantRefused(t, full.ask(t, "GET", target, upgrade...), 503, "rate_limited")
}

// filling is a log without sessions, which has something done before it says so.
type filling struct{ fill func() }

func (f filling) Since(context.Context, string, hub.Position, int) (hub.Missed, error) {
	f.fill()
	return hub.Missed{}, hub.ErrNoSession
}

// TestRefusedWhileFilling: where there is no room any more to close a connection, its handshake is answered all the same, for its own reason.
func TestRefusedWhileFilling(t *testing.T) {
	t.Parallel()
	refusals, sockets := new(httpd.Refusals), ws.New(introduce{}, ws.Config{MaxSockets: 1})
	var front *httptest.Server
	clients := hub.New(hub.Options{Text: ws.TextFrame, Log: filling{func() { open(t, front.Listener.Addr().String(), upgrade, 101) }}})
	defer clients.Close()
	handler, err := httpd.New(httpd.Options{
		Sockets: sockets, Clients: clients, Passwords: auth.NewGuard(auth.New(password), 0, time.Now), Refusals: refusals,
	})
	if err != nil {
		t.Fatal(err)
	}
	front = httptest.NewServer(handler)
	defer front.Close()
	s := &site{front.Listener.Addr().String(), sockets, clients}
	wantRefused(t, s.ask(t, "GET", "/ws/connect?client_id=c&session_id=nowhere", upgrade...), 404, "not_found")
	if got := refusals.Counts(); got["no_session"] != 1 || got["server_full"] != 0 {
		t.Errorf("%v", got)
	}
	if err := sockets.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRefusals: no figure told that clients are kept out, nor why.
func TestRefusals(t *testing.T) {
	t.Parallel()
	refusals := new(httpd.Refusals)
	reasons := slices.Sorted(maps.Keys(refusals.Counts()))
	if want := strings.Fields(`address_full guessing handshakes_full internal no_handshake no_session origin other_key parameters password
		restarting server_full`); !slices.Equal(reasons, want) {
		t.Errorf("reasons before anybody was refused: %q, want %q", reasons, want)
	}
	s := start(t, httpd.Options{Refusals: refusals, Passwords: auth.NewGuard(auth.New(password), 1, stopped)})
	full := startWithin(t, httpd.Options{Refusals: refusals}, httpd.Limits{MaxHandshakes: 4, Refusals: refusals}, ws.Config{MaxSockets: 1})
	crowded := startWithin(t, httpd.Options{Refusals: refusals}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	counts := func() map[string]uint64 {
		got := refusals.Counts()
		maps.DeleteFunc(got, func(_ string, n uint64) bool { return n == 0 })
		return got
	}
	const connect = "/ws/connect?client_id=c"
	s.ask(t, "GET", connect)
	s.ask(t, "GET", connect, append(upgrade, "Origin: https://evil.example")...)
	wantClosed(t, s, "/ws/connect", ws.CloseBadParameters, "Missing required field: client_id")
	wantClosed(t, s, connect+"&session_id=nowhere", ws.CloseNoSession, "")
	s.ask(t, "GET", connect+"&session_id=broken", upgrade...)
	s.ask(t, "GET", connect, append(upgrade, "Authorization: Bearer wrong")...)
	s.ask(t, "GET", connect, append(upgrade, "Authorization: Bearer wrong")...)
	keyed, _, _, err := gobwas.Dial(t.Context(), "ws://"+s.address+connect+"&client_key=12345678")
	if err != nil {
		t.Fatal(err)
	}
	defer keyed.Close()
	wantClosed(t, s, connect, ws.CloseOtherKey, "")
	for _, one := range []*site{full, crowded} {
		open(t, one.address, upgrade, 101)
		one.ask(t, "GET", connect, upgrade...)
	}
	want := map[string]uint64{
		"no_handshake": 1, "origin": 1, "parameters": 1, "no_session": 1, "internal": 1, "password": 1, "guessing": 1, "other_key": 1,
		"server_full": 1, "address_full": 1,
	}
	if got := counts(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for range 5 {
		conn, err := net.Dial("tcp", full.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for deadline := time.Now().Add(patience); counts()["handshakes_full"] == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("who was closed unheard is not counted")
		}
	}
	if err := s.sockets.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.ask(t, "GET", connect, upgrade...)
	if got := counts()["restarting"]; got != 1 {
		t.Errorf("%d were refused by a server that ends", got)
	}
}
