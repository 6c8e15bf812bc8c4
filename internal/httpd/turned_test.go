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

// line is a line of the log, as far as these tests look at it.
type line struct {
	Level, Msg, Setting, From, Origin, Host, Because, Client string

	Times, Status, Close int
}

// of returns the lines of a level whose text has a part.
func (j *journal) of(t *testing.T, level, part string) []line {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []line
	for text := range strings.Lines(j.text.String()) {
		var one line
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		if one.Level == level && strings.Contains(one.Msg, part) {
			found = append(found, one)
		}
	}
	return found
}

// TestRefusalsAreLogged: nothing in the log and in no figure said why nobody could connect, where the cause was a limit or a setting of
// the server's own, such as all clients coming from a proxy's address, or a page's origin that is not listed.
func TestRefusalsAreLogged(t *testing.T) {
	t.Parallel()
	log := new(journal)
	full := startWithin(t, httpd.Options{Log: log.logger()}, httpd.Limits{}, ws.Config{MaxSockets: 1})
	crowded := startWithin(t, httpd.Options{Log: log.logger()}, httpd.Limits{}, ws.Config{MaxPerSource: 1})
	const connect = "/ws/connect?client_id=c"
	evil := append([]string{"Origin: https://evil.example/" + strings.Repeat("x", 4000)}, upgrade...)
	for _, s := range []*site{full, crowded} {
		open(t, s.address, upgrade, 101)
		for range 20 {
			s.ask(t, "GET", connect, upgrade...)
		}
	}
	other := start(t, httpd.Options{Log: log.logger()})
	for range 20 {
		wantRefused(t, other.ask(t, "GET", connect, evil...), 403, "unauthorized")
	}
	for _, want := range []line{
		{Msg: "the server has as many as it may", Setting: "max-connections"},
		{Msg: "too many from one address", Setting: "max-connections-per-address, trusted-proxies"},
		{Msg: "web pages of another origin", Setting: "origins", Origin: "https://evil.example/", Host: "game.example:8000"},
	} {
		got := log.of(t, "WARN", want.Msg)
		if len(got) != 1 {
			t.Errorf("%s: %d warnings of twenty refusals, want the first", want.Msg, len(got))
			continue
		}
		if got[0].Setting != want.Setting || got[0].From != "127.0.0.1" || got[0].Times != 1 || got[0].Host != want.Host ||
			!strings.HasPrefix(got[0].Origin, want.Origin) || len(got[0].Origin) > 250 {
			t.Errorf("%+v, want %+v", got[0], want)
		}
	}
	if got := log.of(t, "DEBUG", "connection refused"); len(got) != 60 {
		t.Errorf("%d refusals are told of when debugging, want all 60", len(got))
	}
}

// TestRefusalsAreLogged_theirs: what is the client's own matter is for debugging only.
func TestRefusalsAreLogged_theirs(t *testing.T) {
	t.Parallel()
	log := new(journal)
	s := start(t, httpd.Options{Log: log.logger(), Passwords: auth.NewGuard(auth.New(password), 1, stopped)})
	s.ask(t, "GET", "/ws/connect?client_id=c")
	s.ask(t, "GET", "/ws/connect?client_id=", upgrade...)
	s.ask(t, "GET", "/ws/connect?client_id=c&session_id=nowhere", upgrade...)
	s.ask(t, "GET", "/ws/connect?client_id=guesser", append(upgrade, "Authorization: Bearer wrong")...)
	s.ask(t, "GET", "/ws/connect?client_id=guesser", append(upgrade, "Authorization: Bearer wrong")...)
	if got := log.of(t, "WARN", ""); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	var told []string
	for _, l := range log.of(t, "DEBUG", "connection refused") {
		told = append(told, fmt.Sprint(l.Status+l.Close, " ", l.Client, " ", l.From))
	}
	if got, want := strings.Join(told, ", "), "426  127.0.0.1, 4400  127.0.0.1, 4404 c 127.0.0.1, 401 guesser 127.0.0.1, 429 guesser 127.0.0.1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestUnknownProxyIsLogged: behind a proxy that was not named all clients are one address, and one who guesses locks all of them out.
func TestUnknownProxyIsLogged(t *testing.T) {
	t.Parallel()
	proxies, err := httpd.ParseProxies([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	forgotten, named := new(journal), new(journal)
	without := start(t, httpd.Options{Log: forgotten.logger()})
	with := start(t, httpd.Options{Log: named.logger(), TrustedProxies: proxies})
	for range 5 {
		without.ask(t, "GET", "/ws/status")
		without.ask(t, "GET", "/ws/status", "X-Forwarded-For: 192.0.2.1")
		with.ask(t, "GET", "/ws/status", "X-Forwarded-For: 192.0.2.1")
		with.ask(t, "GET", "/ws/status", "X-Forwarded-For: 10.0.0.1")
	}
	if got := forgotten.of(t, "WARN", "a proxy is not trusted"); len(got) != 1 || got[0].Setting != "trusted-proxies" || got[0].From != "127.0.0.1" {
		t.Errorf("%+v, want one warning", got)
	}
	if got := named.of(t, "WARN", ""); len(got) > 0 {
		t.Errorf("%+v of a proxy that is named", got)
	}
}

// TestLobbyFullIsLogged: who is turned away before it has said anything hears nothing, so the log must say it.
func TestLobbyFullIsLogged(t *testing.T) {
	t.Parallel()
	log := new(journal)
	s := startWithin(t, httpd.Options{Log: log.logger()}, httpd.Limits{MaxHandshakes: 4}, ws.Config{})
	for range 5 {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for deadline := time.Now().Add(patience); len(log.of(t, "WARN", "closed unheard")) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is logged")
		}
	}
}

// TestPanicsAreErrors: net/http's own log was for debugging, so a handler that panicked was not seen.
func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	log := new(journal)
	s := start(t, httpd.Options{
		Log: log.logger(), Metrics: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("on purpose") }),
	})
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	io.Copy(io.Discard, conn) // until it is cut off
	if got := log.of(t, "ERROR", "on purpose"); len(got) != 1 {
		t.Errorf("%d lines tell of the panic", len(got))
	}
}

// noFiles is a listener of a process that may open no more files, until it is closed.
type noFiles struct {
	net.Listener

	tries int
}

type temporary struct{ error }

func (temporary) Temporary() bool { return true }
func (temporary) Timeout() bool   { return false }

func (l *noFiles) Accept() (net.Conn, error) {
	if l.tries++; l.tries < 3 {
		return nil, temporary{errors.New("accept4: too many open files")}
	}
	return nil, net.ErrClosed
}

// TestNoFilesIsLogged: that nobody can be let in for want of files was said when debugging only.
func TestNoFilesIsLogged(t *testing.T) {
	t.Parallel()
	log := new(journal)
	server := httpd.NewServer(http.NotFoundHandler(), httpd.Limits{}, log.logger())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(&noFiles{Listener: listener}); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if got := log.of(t, "WARN", "too many open files"); len(got) != 2 {
		t.Errorf("%d lines tell of two attempts", len(got))
	}
	server.ErrorLog.Print("http: TLS handshake error from 192.0.2.1: EOF")
	if got := log.of(t, "DEBUG", "TLS handshake"); len(got) != 1 {
		t.Error("what clients do is not for debugging")
	}
}

// TestShutdownWaitsForNoRequest: a connection that has asked for nothing yet, as browsers keep some at hand, held a shutdown up for five
// seconds, in which nobody was served.
func TestShutdownWaitsForNoRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &listener{conns: make(chan net.Conn, 1)}
		entered, answer := make(chan struct{}), make(chan struct{})
		server := httpd.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-answer
			io.WriteString(w, "answered")
		}), httpd.Limits{HeaderTimeout: time.Hour}, logged(t))
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
		synctest.Wait() // the server has taken the others in
		began, down := time.Now(), make(chan error, 1)
		go func() { down <- server.Shutdown(t.Context()) }()
		for _, conn := range []net.Conn{silent, half} {
			if n, err := io.Copy(io.Discard, conn); n > 0 || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
		}
		close(answer) // what is asked for is still answered
		if got, err := io.ReadAll(asking); err != nil || !strings.HasSuffix(string(got), "answered") {
			t.Errorf("%q, %v", got, err)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second { // net/http looks twice a second whether a connection is over
			t.Errorf("it took %s", took)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}
