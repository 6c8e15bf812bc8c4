//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

// stall stops a process with the first line that is written to it.
type stall struct{ process *os.Process }

func (s *stall) Write(p []byte) (int, error) {
	if s.process != nil {
		if err := s.process.Signal(syscall.SIGSTOP); err != nil {
			return 0, err
		}
		s.process = nil
	}
	return len(p), nil
}

// TestLoad_botsStalled: a server that answers nothing any more is an error, and is not waited for without end. A load of bots used to
// hang at its end, and to count no error; then to ask a server that was stalled for as long as the load was to last.
func TestLoad_botsStalled(t *testing.T) {
	t.Parallel()
	p, addr, wait := process(t, append([]string{"--database-url", "sqlite://" + filepath.Join(t.TempDir(), "seg.db")}, unlimitedRate...)...)
	var stdout strings.Builder
	args := []string{
		"load", "--bots", "4", "--duration", "10m", "--timeout", "500ms", "--password", password, "--url", "ws://" + addr + "/ws/connect",
	}
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(t.Context(), args, &stdout, &stall{process: p}) }()
	select {
	case code := <-ended:
		if code != clikit.ExitFailed || !strings.Contains(stdout.String(), "no answer ") {
			t.Errorf("exit code %d: %s", code, stdout.String())
		}
	case <-time.After(3 * patience):
		t.Error("it does not end")
	}
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
	if err := wait(); err == nil {
		t.Error("the server has ended by itself")
	}
}
