package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/clitest"
)

// TestUserMistakes makes typical mistakes. Each error says what is wrong and what to do next.
func TestUserMistakes(t *testing.T) {
	t.Parallel()
	s := start(t, "--wrong-passwords", "0")
	cert := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	secure := start(t, "--tls-cert", cert.Cert, "--tls-key", cert.Key)
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
		{[]string{"call", "ping", "--url", "ws://127.0.0.1:1/ws/connect"}, clikit.ExitFailed, []string{"connection refused", "-> start a server with seg serve"}},
		{[]string{"watch", "--url", "ws://127.0.0.1:1/ws/connect"}, clikit.ExitFailed, []string{"-> start a server with seg serve"}},
		{[]string{"load", "ping", "--url", "ws://127.0.0.1:1/ws/connect"}, clikit.ExitFailed, []string{"-> start a server with seg serve"}},
		{[]string{"call", "ping", "--url", "http://" + s.addr}, clikit.ExitUsage, []string{"did you mean " + base + "/ws/connect?", "Try 'seg call ping --help'."}},
		{[]string{"call", "ping", "--url", s.addr}, clikit.ExitUsage, []string{"did you mean " + base + "/ws/connect?"}},
		{[]string{"watch", "--url", "localhost"}, clikit.ExitUsage, []string{"did you mean ws://localhost/ws/connect?"}},
		{[]string{"load", "ping", "--url", "https://game.example/play"}, clikit.ExitUsage, []string{"did you mean wss://game.example/play?"}},
		{[]string{"call", "ping", "--url", base}, clikit.ExitFailed, []string{"HTTP status", "-> check the path in --url: the address of a seg server is ws://HOST:PORT/ws/connect"}},
		{[]string{"call", "ping", "--url", base + "/wx"}, clikit.ExitFailed, []string{"404", "-> check the path in --url"}},
		{[]string{"call", "ping", "--url", "wss://" + s.addr + "/ws/connect"}, clikit.ExitFailed, []string{"-> the server does not use TLS: the address in --url must begin with ws://"}},
		{[]string{"call", "ping", "--url", secure.url()}, clikit.ExitFailed, []string{"-> if the server uses TLS, the address in --url must begin with wss://"}},
		{[]string{"call", "ping", "--url", "wss://" + secure.addr + "/ws/connect"}, clikit.ExitFailed, []string{"certificate", "-> make this machine trust the issuer"}},
		{[]string{"call", "create-session", "--url", s.url(), "--password", "wrong"}, clikit.ExitFailed, []string{"Password is incorrect", "-> set SEG_PASSWORD"}},
		{[]string{"load", "fanout", "--url", s.url(), "--password", "wrong"}, clikit.ExitFailed, []string{"create-session was refused", "-> set SEG_PASSWORD"}},
		{[]string{"watch", "--session", "NONE", "--url", s.url()}, clikit.ExitFailed, []string{"Session not found", "-> seg call get-sessions lists"}},
		{[]string{"call", "pnig", "--url", s.url()}, clikit.ExitUsage, []string{"did you mean ping?", "Try 'seg call --help'."}},
		{[]string{"call", "create-user", "user_id=1", "--password", "x"}, clikit.ExitUsage, []string{"needs username, session_id", "Try 'seg call create-user --help'."}},
		{[]string{"serve", "--addr", taken.Addr().String(), "--database-url", database}, clikit.ExitFailed, []string{"address already in use", "-> stop the program that listens there, or choose another --addr"}},
		{[]string{"serve", "--addr", "203.0.113.1:0", "--database-url", database}, clikit.ExitFailed, []string{"-> give an address of this machine as --addr"}},
		{[]string{"serve", "--addr", "8000"}, clikit.ExitUsage, []string{"--addr 8000", "want host:port", "Try 'seg serve --help'."}},
		{[]string{"serve", "--addr", ":99999"}, clikit.ExitUsage, []string{"a port is a number up to 65535"}},
		{[]string{"serve", "--addr", ":abc"}, clikit.ExitUsage, []string{`--addr :abc: "abc" is not a port`}}, // the advice used to be to check --url
		{[]string{"serve", "--addr", "no-such-host.invalid:0", "--database-url", database}, clikit.ExitFailed, []string{"-> give an address of this machine as --addr"}},
		{[]string{"serve", "--admin-addr", "127.0.0.1:x"}, clikit.ExitUsage, []string{`--admin-addr 127.0.0.1:x: "x" is not a port`}},
		{[]string{"serve", "--addr", "127.0.0.1:9", "--admin-addr", "127.0.0.1:9"}, clikit.ExitUsage, []string{"overlaps with --addr 127.0.0.1:9; choose another port"}},
		{[]string{"serve", "--addr", ":9", "--admin-addr", "localhost:9"}, clikit.ExitUsage, []string{"overlaps with --addr :9"}},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", taken.Addr().String(), "--database-url", database}, clikit.ExitFailed, []string{"admin address", "choose another --admin-addr"}},
		{[]string{"help", "serv"}, clikit.ExitUsage, []string{`unknown command "serv" (did you mean serve?)`, "Try 'seg help --help'."}}, // this used to succeed
		{[]string{"help", "ruleset", "chek"}, clikit.ExitUsage, []string{`"chek" (did you mean check?)`}},
		{[]string{"help", "call", "pnig"}, clikit.ExitUsage, []string{`"pnig" (did you mean ping?)`}},
		{[]string{"serve", "--database-url", "sqlite://" + nowhere + "/seg.db"}, clikit.ExitFailed, []string{"-> create the folder " + nowhere + " first"}},
		{[]string{"serve", "--log", "loud"}, clikit.ExitUsage, []string{`"loud"`, "--log: lowest level to log: debug, info, warn or error"}},
		{[]string{"serve", "--adr", ":1"}, clikit.ExitUsage, []string{"did you mean --addr?"}},
		{[]string{"serve", ":8000"}, clikit.ExitUsage, []string{`seg serve takes only flags; unexpected argument ":8000"`}},
		{[]string{"backup", filepath.Join(t.TempDir(), "x.db"), "--database-url", "sqlite://" + filepath.Join(t.TempDir(), "none.db")}, clikit.ExitFailed, []string{"there is no database", "--database-url"}},
		{[]string{"backup"}, clikit.ExitUsage, []string{"seg backup needs 1 argument, FILE; got 0", "Try 'seg backup --help'."}},
		{[]string{"restore", filepath.Join(nowhere, "x.db"), "--database-url", database}, clikit.ExitFailed, []string{"no such file", "-> create the folder"}},
		{[]string{"ruleset", "show"}, clikit.ExitUsage, []string{"seg ruleset show needs 1 argument, NAME"}},
		{[]string{"load", "pong"}, clikit.ExitUsage, []string{`"pong" (did you mean ping?)`, "Try 'seg load --help'."}},
		{[]string{"completion", "powershell"}, clikit.ExitUsage, []string{`"powershell"`, "bash", "zsh", "fish"}},
		{[]string{"ruleset", "chek"}, clikit.ExitUsage, []string{`"chek" (did you mean check?)`, "Try 'seg ruleset --help'."}},
	} {
		code, stdout, stderr := runSeg(t, row.args...)
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

// TestHelp: the help command finds commands at every depth.
func TestHelp(t *testing.T) {
	t.Parallel()
	for args, part := range map[string]string{
		"help": "Available Commands:", "help serve": "--addr", "help ruleset check": "seg ruleset check", "help call create-user": "username=",
	} {
		if code, stdout, stderr := runSeg(t, strings.Fields(args)...); code != clikit.ExitOK || !strings.Contains(stdout, part) {
			t.Errorf("%s: exit code %d, no %q: %s%s", args, code, part, stdout, stderr)
		}
	}
	for begun, want := range map[string]string{"": "check\tValidate rulesets", "s": "show\t"} {
		if code, stdout, _ := runSeg(t, "__complete", "help", "ruleset", begun); code != clikit.ExitOK || !strings.HasPrefix(stdout, want) {
			t.Errorf("completion of %q: exit code %d, %s", begun, code, stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if code, stdout, _ := runSeg(t, "--version"); code != clikit.ExitOK || !strings.HasPrefix(stdout, "seg version ") || !strings.Contains(stdout, "of the protocol (") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}
