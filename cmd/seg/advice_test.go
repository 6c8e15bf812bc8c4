package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	remote "seg.example/gen/client"
)

// TestMistakes makes the mistakes that people make. Each is told what is wrong, and what to do next.
func TestMistakes(t *testing.T) {
	t.Parallel()
	s := start(t, "--wrong-passwords", "0")
	cert := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	secure := start(t, "--tls-cert", cert.tlsCert, "--tls-key", cert.tlsKey)
	base := "ws://" + s.addr
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	database := "sqlite://" + filepath.Join(t.TempDir(), "seg.db")
	nowhere := filepath.Join(t.TempDir(), "no", "such")
	for _, row := range []struct {
		args  []string
		code  int
		parts []string
	}{
		{[]string{"call", "ping", "--url", "ws://127.0.0.1:1/ws/connect"}, exitFailed, []string{"connection refused", "-> start a server there with seg serve"}},
		{[]string{"watch", "--url", "ws://127.0.0.1:1/ws/connect"}, exitFailed, []string{"-> start a server there with seg serve"}},
		{[]string{"load", "ping", "--url", "ws://127.0.0.1:1/ws/connect"}, exitFailed, []string{"-> start a server there with seg serve"}},
		{[]string{"call", "ping", "--url", "http://" + s.addr}, exitUsage, []string{"did you mean " + base + "/ws/connect?", "Try 'seg call ping --help'."}},
		{[]string{"call", "ping", "--url", s.addr}, exitUsage, []string{"did you mean " + base + "/ws/connect?"}},
		{[]string{"watch", "--url", "localhost"}, exitUsage, []string{"did you mean ws://localhost/ws/connect?"}},
		{[]string{"load", "ping", "--url", "https://game.example/play"}, exitUsage, []string{"did you mean wss://game.example/play?"}},
		{[]string{"call", "ping", "--url", base}, exitFailed, []string{"HTTP status", "-> check the path in --url: a seg server's is ws://HOST:PORT/ws/connect"}},
		{[]string{"call", "ping", "--url", base + "/wx"}, exitFailed, []string{"404", "-> check the path in --url"}},
		{[]string{"call", "ping", "--url", "wss://" + s.addr + "/ws/connect"}, exitFailed, []string{"-> the server has no certificate: the address begins with ws://"}},
		{[]string{"call", "ping", "--url", secure.url()}, exitFailed, []string{"-> if the server has a certificate, the address begins with wss://"}},
		{[]string{"call", "ping", "--url", "wss://" + secure.addr + "/ws/connect"}, exitFailed, []string{"certificate", "-> let this machine trust who has signed it"}},
		{[]string{"call", "create-session", "--url", s.url(), "--password", "wrong"}, exitFailed, []string{"Password is incorrect", "-> set SEG_PASSWORD"}},
		{[]string{"load", "fanout", "--url", s.url(), "--password", "wrong"}, exitFailed, []string{"create-session is refused", "-> set SEG_PASSWORD"}},
		{[]string{"watch", "--session", "NONE", "--url", s.url()}, exitFailed, []string{"Session not found", "-> seg call get-sessions lists"}},
		{[]string{"call", "pnig", "--url", s.url()}, exitUsage, []string{"did you mean ping?", "Try 'seg call --help'."}},
		{[]string{"call", "create-user", "user_id=1", "--password", "x"}, exitUsage, []string{"needs username, session_id", "Try 'seg call create-user --help'."}},
		{[]string{"serve", "--addr", taken.Addr().String(), "--database-url", database}, exitFailed, []string{"address already in use", "-> stop what listens there, or choose another --addr"}},
		{[]string{"serve", "--addr", "203.0.113.1:0", "--database-url", database}, exitFailed, []string{"-> give an address of this machine as --addr"}},
		{[]string{"serve", "--addr", "8000"}, exitUsage, []string{"--addr 8000", "want host:port", "Try 'seg serve --help'."}},
		{[]string{"serve", "--addr", ":99999"}, exitUsage, []string{"a port is a number up to 65535"}},
		{[]string{"serve", "--addr", ":abc"}, exitUsage, []string{`--addr :abc: "abc" is no port`}}, // which was advised to check --url
		{[]string{"serve", "--addr", "no-such-host.invalid:0", "--database-url", database}, exitFailed, []string{"-> give an address of this machine as --addr"}},
		{[]string{"serve", "--admin-addr", "127.0.0.1:x"}, exitUsage, []string{`--admin-addr 127.0.0.1:x: "x" is no port`}},
		{[]string{"serve", "--addr", "127.0.0.1:9", "--admin-addr", "127.0.0.1:9"}, exitUsage, []string{"that is where --addr 127.0.0.1:9 listens; give it another port"}},
		{[]string{"serve", "--addr", ":9", "--admin-addr", "localhost:9"}, exitUsage, []string{"that is where --addr :9 listens"}},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", taken.Addr().String(), "--database-url", database}, exitFailed, []string{"admin address", "choose another --admin-addr"}},
		{[]string{"help", "serv"}, exitUsage, []string{`unknown command "serv" (did you mean serve?)`, "Try 'seg help --help'."}}, // which succeeded
		{[]string{"help", "ruleset", "chek"}, exitUsage, []string{`"chek" (did you mean check?)`}},
		{[]string{"help", "call", "pnig"}, exitUsage, []string{`"pnig" (did you mean ping?)`}},
		{[]string{"serve", "--database-url", "sqlite://" + nowhere + "/seg.db"}, exitFailed, []string{"-> make the folder " + nowhere + " first"}},
		{[]string{"serve", "--log", "loud"}, exitUsage, []string{`"loud"`, "--log is: least level to log: debug, info, warn or error"}},
		{[]string{"serve", "--adr", ":1"}, exitUsage, []string{"did you mean --addr?"}},
		{[]string{"serve", ":8000"}, exitUsage, []string{`seg serve takes flags only, but ":8000" is none`}},
		{[]string{"backup", filepath.Join(t.TempDir(), "x.db"), "--database-url", "sqlite://" + filepath.Join(t.TempDir(), "none.db")}, exitFailed, []string{"there is no database", "--database-url"}},
		{[]string{"backup"}, exitUsage, []string{"seg backup needs 1 argument, FILE, and got 0", "Try 'seg backup --help'."}},
		{[]string{"restore", filepath.Join(nowhere, "x.db"), "--database-url", database}, exitFailed, []string{"no such file", "-> make the folder"}},
		{[]string{"ruleset", "show"}, exitUsage, []string{"seg ruleset show needs 1 argument, NAME"}},
		{[]string{"load", "pong"}, exitUsage, []string{`"pong" (did you mean ping?)`, "Try 'seg load --help'."}},
		{[]string{"completion", "powershell"}, exitUsage, []string{`"powershell"`, "bash", "zsh", "fish"}},
		{[]string{"ruleset", "chek"}, exitUsage, []string{`"chek" (did you mean check?)`, "Try 'seg ruleset --help'."}},
	} {
		code, stdout, stderr := seg(t, row.args...)
		if code != row.code {
			t.Errorf("%q: exit code %d, want %d", row.args, code, row.code)
		}
		for _, part := range row.parts {
			if !strings.Contains(stderr, part) {
				t.Errorf("%q does not say %q:\n%s%s", row.args, part, stdout, stderr)
			}
		}
	}
}

// TestAdvice: advice on what a test cannot make happen everywhere, and none where there is none to give.
func TestAdvice(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, row := range []struct {
		err  error
		want string
	}{
		{&remote.HandshakeError{Status: 409, Refusal: &remote.Error{Code: "conflict"}}, "choose another --client-id"},
		{&remote.ClosedError{Code: 4409, Reason: "client_id is in use"}, "choose another --client-id"},
		{&remote.ClosedError{Code: 4404, Reason: "Session not found"}, "seg call get-sessions"},
		{&remote.HandshakeError{Status: 404, Refusal: &remote.Error{Code: "not_found", Text: "Session not found"}}, "seg call get-sessions"},
		{&remote.ClosedError{Code: 4400, Reason: "client_id must be given once"}, ""},
		{&remote.ClosedError{Code: 4001, Reason: "replaced"}, ""},
		{&remote.HandshakeError{Status: 429, Refusal: &remote.Error{Code: "rate_limited"}}, "wait a little"},
		{&remote.HandshakeError{Status: 503}, "wait a little"},
		{ws.StatusError(200), "check the path"},
		{&remote.HandshakeError{Status: 400}, "wss://"},
		{ws.ErrHandshakeBadProtocol, "wss://"},
		{&remote.HandshakeError{Status: 400, Refusal: &remote.Error{Code: "invalid_field"}}, ""},
		{&remote.Error{Code: "rate_limited"}, "wait a little"},
		{&remote.Error{Code: "internal", Text: "Internal error x"}, "the server's log"},
		{&remote.Error{Code: "unknown_type"}, "compare the contract in the answer of seg call ping with seg --version"},
		{&remote.HandshakeError{Status: 301}, "wss://"},
		{ws.StatusError(502), "a proxy stands there"},
		{unreached{io.EOF, time.Second}, "does not answer as a seg server does"},
		{unreached{ws.ErrMalformedResponse, time.Second}, "does not answer as a seg server does"},
		{unreached{context.DeadlineExceeded, time.Second}, "whether the server there still answers"},
		{io.EOF, ""}, // of a file
		{&net.DNSError{Name: "x", IsNotFound: true}, "check the host"},
		{&tls.CertificateVerificationError{Err: errors.New("x")}, "SSL_CERT_FILE"},
		{x509.HostnameError{}, "the name in the certificate"},
		{&net.OpError{Op: "listen", Err: os.ErrPermission}, "a port above 1023"},
		{&os.PathError{Op: "open", Path: filepath.Join(folder, "x"), Err: os.ErrPermission}, "let this user write in " + folder},
		{&os.PathError{Op: "open", Path: filepath.Join(folder, "x"), Err: os.ErrNotExist}, ""},
		{&net.OpError{Op: "read", Err: errors.New("x")}, ""},
		{&remote.Error{Code: "conflict"}, ""},
		{errors.New("something else"), ""},
	} {
		if got := advice(fmt.Errorf("do it: %w", row.err)); !strings.HasPrefix(got, row.want) && !strings.Contains(got, row.want) || (got == "") != (row.want == "") {
			t.Errorf("%v: %q, want %q", row.err, got, row.want)
		}
	}
}

// TestCheckApart: two listeners at one address were found out when the second could not have it, and the advice was to stop another
// program. An address of its own, or a port that the system chooses, is none.
func TestCheckApart(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		addr, admin string
		refused     bool
	}{
		{":8000", "127.0.0.1:8000", true},
		{"0.0.0.0:8000", "127.0.0.1:8000", true},
		{"[::]:8000", "[::1]:8000", true},
		{"localhost:8000", "127.0.0.1:8000", true},
		{"127.0.0.1:8000", "localhost:8000", true},
		{"127.0.0.1:80", "127.0.0.1:http", true},
		{"localhost:8000", "LOCALHOST:8000", true},
		{"127.0.0.1:8000", "localhost.:8000", true},
		{"[::1]:8000", "[0:0:0:0:0:0:0:1]:8000", true},
		{"127.0.0.1:8000", "[::ffff:127.0.0.1]:8000", true},
		{"127.0.0.1:8000", "127.0.0.2:8000", false},
		{"192.0.2.1:8000", "127.0.0.1:8000", false},
		{"127.0.0.1:8000", "127.0.0.1:8001", false},
		{"127.0.0.1:0", "127.0.0.1:0", false},
		{":8000", "", false},
	} {
		if err := checkApart(row.addr, row.admin); (err != nil) != row.refused {
			t.Errorf("%s and %s: %v", row.addr, row.admin, err)
		}
	}
}

// TestHelp: the help command finds what there is to tell of, at any depth.
func TestHelp(t *testing.T) {
	t.Parallel()
	for args, part := range map[string]string{
		"help": "Available Commands:", "help serve": "--addr", "help ruleset check": "seg ruleset check", "help call create-user": "username=",
	} {
		if code, stdout, stderr := seg(t, strings.Fields(args)...); code != exitOK || !strings.Contains(stdout, part) {
			t.Errorf("%s: exit code %d, no %q: %s%s", args, code, part, stdout, stderr)
		}
	}
	for begun, want := range map[string]string{"": "check\tTell whether", "s": "show\t"} {
		if code, stdout, _ := seg(t, "__complete", "help", "ruleset", begun); code != exitOK || !strings.HasPrefix(stdout, want) {
			t.Errorf("completion of %q: exit code %d, %s", begun, code, stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if code, stdout, _ := seg(t, "--version"); code != exitOK || !strings.HasPrefix(stdout, "seg version ") || !strings.Contains(stdout, "of the protocol (") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}
