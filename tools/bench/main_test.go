package main

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestMain lets the test program act as the workers that it starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == codecWorkerName || os.Args[1] == socketWorkerName) {
		main()
	}
	os.Exit(m.Run())
}

// bench runs the program and returns its exit code and output.
func bench(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), newProgram(args, strings.NewReader(""), &out, &errs))
	return code, out.String(), errs.String()
}

// TestCodec measures all codecs for a moment, each in its own process.
func TestCodec(t *testing.T) {
	t.Parallel()
	code, out, stderr := bench(t, "codec", "--rounds", "5", "--window", "1ms")
	if code != 0 {
		t.Fatal(stderr)
	}
	for _, want := range []string{
		"### Codecs: processor time", "### Codecs: goals", "| decode, new value   | 30 Companies ", "| bytedance/sonic ",
		"| find the type       | type last ", "| ≤ 100 |",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got output without %q, want it:\n%s", want, out)
		}
	}
	if !strings.Contains(stderr, "codec 14/14: find the type, type last\n") {
		t.Errorf("got no progress, want it:\n%s", stderr)
	}
}

// TestSockets measures all servers, also seg, for a moment, without idle sockets.
func TestSockets(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("sockets are measured on Linux only")
	}
	code, out, stderr := bench(t, "sockets", "ping", "fan-out", "--rounds", "5", "--window", "30ms", "--ping-sockets", "4", "--fan-sockets", "10")
	if code != 0 {
		t.Fatal(stderr)
	}
	for _, want := range []string{
		"| ping, 4 sockets ", "| seg serve ", "| fan-out to 10, full speed ", "| fan-out to 10, 20 a second ", "| internal/ws + internal/hub ",
		"### Sockets: goals", "× the rate of gobwas/ws, lean loop",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got output without %q, want it:\n%s", want, out)
		}
	}
	if strings.Contains(out, "idle") {
		t.Errorf("got a row of idle sockets, want none:\n%s", out)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"codec", "--rounds", "4"}, "at least 5"},
		{[]string{"codec", "more"}, "unknown command"},
		{[]string{"sockets", "--rounds", "1"}, "at least 5"},
		{[]string{"sockets", "--window", "6s"}, "at most 5s"},
		{[]string{"sockets", "--ping-sockets", "0"}, "at least one"},
		{[]string{"sockets", "pong"}, "invalid argument"},
		{[]string{"sockets", "ping", "--seg", "/no/such/program"}, "/no/such/program"},
		{[]string{"nothing"}, "unknown command"},
		{[]string{codecWorkerName, "nobody"}, "no peer is called"},
		{[]string{socketWorkerName, "nobody"}, "no server is called"},
	} {
		code, _, stderr := bench(t, x.args...)
		if code != 1 || !strings.Contains(stderr, x.want) {
			t.Errorf("%q: got exit code %d, %q, want 1 and %q", x.args, code, stderr, x.want)
		}
	}
	code, out, _ := bench(t, "--help")
	if code != 0 || !strings.Contains(out, "go run . codec --rounds 9") || strings.Contains(out, codecWorkerName) {
		t.Errorf("help: got exit code %d, want 0 and the examples without hidden commands\n%s", code, out)
	}
}
