package httpd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seg.example/internal/auth"
	"seg.example/internal/httpd"
	"seg.example/internal/ws"
)

// logEntry is a line of the log, with the attributes that these tests check.
type logEntry struct {
	Level, Msg, Setting, From, Origin, Host, Because, Client string

	Times, Status, Close int
}

// entries returns the log entries of a level whose message contains part.
func (j *logBuffer) entries(t *testing.T, level, part string) []logEntry {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []logEntry
	for text := range strings.Lines(j.text.String()) {
		var entry logEntry
		if err := json.Unmarshal([]byte(text), &entry); err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		if entry.Level == level && strings.Contains(entry.Msg, part) {
			found = append(found, entry)
		}
	}
	return found
}

// TestRefusalsAreLogged: if a limit or a setting of the server keeps clients out, the log warns once and
// names the setting. (Once neither the log nor a metric said why nobody could connect.)
func TestRefusalsAreLogged(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	full := startServerWith(t, httpd.Options{Log: log.logger()}, httpd.Limits{}, ws.Config{MaxSockets: 1})
	crowded := startServerWith(t, httpd.Options{Log: log.logger()}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	const connect = "/ws/connect?client_id=c"
	evil := append([]string{"Origin: https://evil.example/" + strings.Repeat("x", 4000)}, upgrade...)
	for _, s := range []*testServer{full, crowded} {
		openConn(t, s.address, upgrade, 101)
		for range 20 {
			s.request(t, "GET", connect, upgrade...)
		}
	}
	other := startServer(t, httpd.Options{Log: log.logger()})
	for range 20 {
		wantRefused(t, other.request(t, "GET", connect, evil...), 403, "unauthorized")
	}
	for _, want := range []logEntry{
		{Msg: "connection limit reached", Setting: "max-connections"},
		{Msg: "too many from one address", Setting: "max-connections-per-address, trusted-proxies"},
		{Msg: "web pages of an origin that is not allowed", Setting: "origins", Origin: "https://evil.example/", Host: "game.example:8000"},
	} {
		got := log.entries(t, "WARN", want.Msg)
		if len(got) != 1 {
			t.Errorf("%s: got %d warnings for twenty refusals, want 1", want.Msg, len(got))
			continue
		}
		if got[0].Setting != want.Setting || got[0].From != "127.0.0.1" || got[0].Times != 1 || got[0].Host != want.Host ||
			!strings.HasPrefix(got[0].Origin, want.Origin) || len(got[0].Origin) > 250 {
			t.Errorf("got %+v, want %+v", got[0], want)
		}
	}
	if got := log.entries(t, "DEBUG", "connection refused"); len(got) != 60 {
		t.Errorf("got %d debug entries, want 60", len(got))
	}
}

// TestRefusalsAreLogged_clientMistakes: mistakes of clients are logged at debug level only.
func TestRefusalsAreLogged_clientMistakes(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	s := startServer(t, httpd.Options{Log: log.logger(), Passwords: auth.NewGuard(auth.New(password), 1, frozenClock)})
	s.request(t, "GET", "/ws/connect?client_id=c")
	s.request(t, "GET", "/ws/connect?client_id=", upgrade...)
	s.request(t, "GET", "/ws/connect?client_id=c&session_id=nowhere", upgrade...)
	s.request(t, "GET", "/ws/connect?client_id=guesser", append(upgrade, "Authorization: Bearer wrong")...)
	s.request(t, "GET", "/ws/connect?client_id=guesser", append(upgrade, "Authorization: Bearer wrong")...)
	if got := log.entries(t, "WARN", ""); len(got) > 0 {
		t.Errorf("got warnings %+v, want none", got)
	}
	var entries []string
	for _, l := range log.entries(t, "DEBUG", "connection refused") {
		entries = append(entries, fmt.Sprint(l.Status+l.Close, " ", l.Client, " ", l.From))
	}
	if got, want := strings.Join(entries, ", "), "426  127.0.0.1, 4400  127.0.0.1, 4404 c 127.0.0.1, 401 guesser 127.0.0.1, 429 guesser 127.0.0.1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestUntrustedProxyIsLogged: all clients of a proxy that is not trusted share one address, so that one
// who guesses passwords locks all of them out. The log warns about it.
func TestUntrustedProxyIsLogged(t *testing.T) {
	t.Parallel()
	proxies, err := httpd.ParseProxies([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	untrustedLog, trustedLog := new(logBuffer), new(logBuffer)
	untrusted := startServer(t, httpd.Options{Log: untrustedLog.logger()})
	trusted := startServer(t, httpd.Options{Log: trustedLog.logger(), TrustedProxies: proxies})
	for range 5 {
		untrusted.request(t, "GET", "/ws/status")
		untrusted.request(t, "GET", "/ws/status", "X-Forwarded-For: 192.0.2.1")
		trusted.request(t, "GET", "/ws/status", "X-Forwarded-For: 192.0.2.1")
		trusted.request(t, "GET", "/ws/status", "X-Forwarded-For: 10.0.0.1")
	}
	if got := untrustedLog.entries(t, "WARN", "proxy is not trusted"); len(got) != 1 || got[0].Setting != "trusted-proxies" || got[0].From != "127.0.0.1" {
		t.Errorf("got %+v, want one warning", got)
	}
	if got := trustedLog.entries(t, "WARN", ""); len(got) > 0 {
		t.Errorf("trusted proxy: got warnings %+v, want none", got)
	}
}

// TestHandshakesFullIsLogged: a connection over MaxHandshakes gets no answer, so the log must say why.
func TestHandshakesFullIsLogged(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	s := startServerWith(t, httpd.Options{Log: log.logger()}, httpd.Limits{MaxHandshakes: 4}, ws.Config{})
	for range 5 {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for deadline := time.Now().Add(testTimeout); len(log.entries(t, "WARN", "closed before their request")) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("got no warning, want one")
		}
	}
}

// TestPanicsAreErrors: a panic in a handler is logged as an error. (Once all messages of net/http were
// logged at debug level.)
func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	s := startServer(t, httpd.Options{
		Log: log.logger(), Metrics: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("on purpose") }),
	})
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testTimeout))
	io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	io.Copy(io.Discard, conn) // until the server closes it
	if got := log.entries(t, "ERROR", "on purpose"); len(got) != 1 {
		t.Errorf("got %d error entries, want 1", len(got))
	}
}

// noFilesListener fails twice as if the process had no file descriptors left, and then is closed.
type noFilesListener struct {
	net.Listener

	tries int
}

type temporaryError struct{ error }

func (temporaryError) Temporary() bool { return true }
func (temporaryError) Timeout() bool   { return false }

func (l *noFilesListener) Accept() (net.Conn, error) {
	if l.tries++; l.tries < 3 {
		return nil, temporaryError{errors.New("accept4: too many open files")}
	}
	return nil, net.ErrClosed
}

// TestNoFilesIsLogged: if Accept fails for lack of file descriptors, the log warns. (Once it did so at
// debug level only.)
func TestNoFilesIsLogged(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	server := httpd.NewServer(http.NotFoundHandler(), httpd.Limits{}, log.logger())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(&noFilesListener{Listener: listener}); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if got := log.entries(t, "WARN", "too many open files"); len(got) != 2 {
		t.Errorf("got %d warnings, want 2", len(got))
	}
	server.ErrorLog.Print("http: TLS handshake error from 192.0.2.1: EOF")
	if got := log.entries(t, "DEBUG", "TLS handshake"); len(got) != 1 {
		t.Errorf("TLS error of a client: got %d debug entries, want 1", len(got))
	}
}

// TestShutdownClosesSilentConnections: Shutdown does not wait for connections that have sent no request,
// such as those that browsers open in advance. (Once each delayed the shutdown by five seconds.)
func TestShutdownClosesSilentConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &pipeListener{conns: make(chan net.Conn, 1)}
		entered, answer := make(chan struct{}), make(chan struct{})
		server := httpd.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-answer
			io.WriteString(w, "answered")
		}), httpd.Limits{HeaderTimeout: time.Hour}, testLog(t))
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(l) }()
		dial := func(text string) net.Conn {
			client, end := net.Pipe()
			t.Cleanup(func() { client.Close() })
			l.conns <- end
			if _, err := io.WriteString(client, text); err != nil {
				t.Error(err)
			}
			return client
		}
		silent, half := dial(""), dial("GET / HTTP/1.1\r\n")
		asking := dial("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		<-entered
		synctest.Wait() // the server has accepted the others
		began, down := time.Now(), make(chan error, 1)
		go func() { down <- server.Shutdown(t.Context()) }()
		for _, conn := range []net.Conn{silent, half} {
			if n, err := io.Copy(io.Discard, conn); n > 0 || err != nil {
				t.Errorf("got %d bytes, error %v, want the connection closed", n, err)
			}
		}
		close(answer) // the running request is still answered
		if got, err := io.ReadAll(asking); err != nil || !strings.HasSuffix(string(got), "answered") {
			t.Errorf("got %q, error %v, want the answer", got, err)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second { // net/http polls twice a second
			t.Errorf("Shutdown took %s, want at most 1s", took)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}
