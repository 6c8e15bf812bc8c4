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

// stopOnWrite stops a process (SIGSTOP) when the first line is written to it.
type stopOnWrite struct{ process *os.Process }

func (s *stopOnWrite) Write(p []byte) (int, error) {
	if s.process != nil {
		if err := s.process.Signal(syscall.SIGSTOP); err != nil {
			return 0, err
		}
		s.process = nil
	}
	return len(p), nil
}

// TestLoad_botsStalled: a server that does not answer any more is an error, and the load ends. A
// load of bots used to hang, and to count no error.
func TestLoad_botsStalled(t *testing.T) {
	t.Parallel()
	p, addr, wait := process(t, append([]string{"--database-url", "sqlite://" + filepath.Join(t.TempDir(), "seg.db")}, noRateLimits...)...)
	var stdout strings.Builder
	args := []string{
		"load", "--bots", "4", "--duration", "10m", "--timeout", "500ms", "--password", password, "--url", "ws://" + addr + "/ws/connect",
	}
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(t.Context(), args, &stdout, &stopOnWrite{process: p}) }()
	select {
	case code := <-ended:
		if code != clikit.ExitFailed || !strings.Contains(stdout.String(), "no answer ") {
			t.Errorf("exit code %d: %s", code, stdout.String())
		}
	case <-time.After(3 * waitTimeout):
		t.Error("it does not end")
	}
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
	if err := wait(); err == nil {
		t.Error("the server has ended by itself")
	}
}
