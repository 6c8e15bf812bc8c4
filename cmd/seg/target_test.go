package main

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

// startSilentServer starts a server that runs greet for each client and never answers. heard is called with the
// first data of each client after that.
func startSilentServer(t *testing.T, greet func(net.Conn) error, heard func()) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				if err := greet(conn); err != nil {
					t.Error(err)
				}
				if n, _ := conn.Read(make([]byte, 1)); n > 0 {
					heard()
				}
				_, _ = io.Copy(io.Discard, conn) // until the client disconnects
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
	})
	return "ws://" + listener.Addr().String() + "/ws/connect"
}

// TestCall_interrupted: an interrupted call says what is known about the request. It used to say
// "context canceled".
func TestCall_interrupted(t *testing.T) {
	t.Parallel()
	upgrade := func(conn net.Conn) error {
		_, err := ws.Upgrade(conn)
		return err
	}
	for want, greet := range map[string]func(net.Conn) error{
		"seg: interrupted; the server may or may not have carried out the request\n": upgrade,
		"seg: connect: interrupted\n": func(net.Conn) error { return nil },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var stdout, stderr strings.Builder
		code := cli.Run(ctx, []string{"call", "ping", "--url", startSilentServer(t, greet, cancel)}, &stdout, &stderr)
		cancel()
		if code != clikit.ExitFailed || stderr.String() != want {
			t.Errorf("exit code %d: %s, want %s", code, stderr.String(), want)
		}
	}
}

// TestCall_silentServer: the error about a server that does not answer is readable and has a hint.
func TestCall_silentServer(t *testing.T) {
	t.Parallel()
	url := startSilentServer(t, func(net.Conn) error { return nil }, func() {})
	for _, args := range [][]string{{"call", "ping"}, {"watch"}, {"load", "ping", "--clients", "1"}, {"load", "--bots", "2", "--bots-per-session", "1", "--password", "x"}} {
		code, stdout, stderr := runSeg(t, append(args, "--url", url, "--timeout", "1s")...)
		if code != clikit.ExitFailed || !strings.Contains(stderr, "no answer within 1s\n  -> check host and port in --url") {
			t.Errorf("%v: exit code %d: %s%s", args, code, stdout, stderr)
		}
	}
}
