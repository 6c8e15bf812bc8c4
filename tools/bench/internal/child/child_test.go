package child_test

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"seg.example/tools/bench/internal/child"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(ctx context.Context, t *testing.T, script string) *child.Process {
	t.Helper()
	p, err := child.Start(ctx, exec.CommandContext(ctx, "sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcess_Talks(t *testing.T) {
	t.Parallel()
	p := start(t.Context(), t, "exec cat")
	if _, err := p.In.Write([]byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(p.Out).ReadString('\n')
	if err != nil || line != "hello\n" {
		t.Errorf("got %q, error %v, want hello", line, err)
	}
	if p.PID() <= 0 {
		t.Errorf("got process id %d, want a positive one", p.PID())
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// TestProcess_EndsWhenAskedTo: a process that does not read its standard input is ended by SIGTERM,
// which is no error.
func TestProcess_EndsWhenAskedTo(t *testing.T) {
	t.Parallel()
	if err := start(t.Context(), t, "exec sleep 1000").Stop(); err != nil {
		t.Error(err)
	}
}

func TestProcess_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := start(ctx, t, "echo; exec sleep 1000")
	if _, err := bufio.NewReader(p.Out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := bufio.NewReader(p.Out).ReadString('\n'); err == nil {
		t.Error("got a running process after its context ended, want it ended")
	}
	if err := p.Stop(); err != nil && !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Error(err)
	}
}

// TestProcess_Fails: the error of a failed process contains the end of its standard error.
func TestProcess_Fails(t *testing.T) {
	t.Parallel()
	p := start(t.Context(), t, `head -c 100000 /dev/zero | tr '\0' x >&2; echo the reason >&2; exit 3`)
	if _, err := bufio.NewReader(p.Out).ReadString('\n'); err == nil {
		t.Error("got output, want none")
	}
	err := p.Stop()
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.HasSuffix(err.Error(), "the reason\n") {
		t.Fatalf("got %v, want exit status 3 and the end of its standard error", err)
	}
	if n := len(err.Error()); n > 5000 {
		t.Errorf("got an error of %d bytes, want at most 5000", n)
	}
}

func TestStart_NoSuchProgram(t *testing.T) {
	t.Parallel()
	if _, err := child.Start(t.Context(), exec.CommandContext(t.Context(), "/no/such/program")); err == nil {
		t.Error("got no error, want one")
	}
}
