package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

// runUntilFirstLine starts the program as a process, reads one line of its output, closes the pipe, and
// returns how the process ended.
func runUntilFirstLine(t *testing.T, temp string, args ...string) (stderr string, err error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), runAsProgram+"=1", "TMPDIR="+temp)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = write, &errs
	if args[0] == "load" {
		cmd.Stdout, cmd.Stderr = nil, write // where it prints progress
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if _, err := bufio.NewReader(read).ReadString('\n'); err != nil {
		t.Error(err)
	}
	read.Close()
	err = cmd.Wait()
	return errs.String(), err
}

// TestDemo_brokenPipe: a demo whose reader has gone, as with "| head -1", deletes its database. It used
// to stay.
func TestDemo_brokenPipe(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	if stderr, err := runUntilFirstLine(t, temp, "demo", "--turn", "1s", "--steps", "3"); err != nil || stderr != "" {
		t.Errorf("%v: %s", err, stderr)
	}
	left, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Errorf("it leaves %v behind", left)
	}
}

// TestLoad_brokenPipe: a load whose reader has gone deletes its sessions.
func TestLoad_brokenPipe(t *testing.T) {
	t.Parallel()
	s := start(t, noRateLimits...)
	for _, mode := range [][]string{{"--bots", "4"}, {"fanout", "--clients", "3"}} {
		args := append(append([]string{"load"}, mode...), "--duration", "1h", "--password", password, "--url", s.url())
		if _, err := runUntilFirstLine(t, t.TempDir(), args...); err != nil {
			t.Errorf("%v: %v", mode, err)
		}
		wantNoSessions(t, s.url())
	}
}

// failingWriter is a writer that always fails.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: os.ErrInvalid}
}

// TestPrint_failingWriter: if the output cannot be written, the command says so and fails.
func TestPrint_failingWriter(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, args := range [][]string{
		{"demo", "--turn", "1s", "--steps", "1"},
		{"ruleset", "show", "classic"},
		{"doctor", "--addr", "127.0.0.1:0"},
		{"completion", "bash"},
		{"call", "ping", "--url", s.url()},
		{"load", "ping", "--duration", "50ms", "--clients", "1", "--rate", "10", "--url", s.url()},
	} {
		var stderr strings.Builder
		if code := cli.Run(t.Context(), args, failingWriter{}, &stderr); code != clikit.ExitFailed || !strings.Contains(stderr.String(), "write /dev/stdout") {
			t.Errorf("%q: exit code %d: %s", args, code, stderr.String())
		}
	}
}
