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
		t.Errorf("got %q, %v", line, err)
	}
	if p.PID() <= 0 {
		t.Errorf("its number is %d", p.PID())
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// TestProcess_EndsWhenAskedTo: one that does not read its standard input ends by the signal, which is no failure.
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
		t.Error("it lives on")
	}
	if err := p.Stop(); err != nil && !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Error(err)
	}
}

// TestProcess_Fails: the reason of a failure is told, however much was said before.
func TestProcess_Fails(t *testing.T) {
	t.Parallel()
	p := start(t.Context(), t, `head -c 100000 /dev/zero | tr '\0' x >&2; echo the reason >&2; exit 3`)
	if _, err := bufio.NewReader(p.Out).ReadString('\n'); err == nil {
		t.Error("it said something")
	}
	err := p.Stop()
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.HasSuffix(err.Error(), "the reason\n") {
		t.Fatalf("got %v", err)
	}
	if n := len(err.Error()); n > 5000 {
		t.Errorf("%d bytes of complaints", n)
	}
}

func TestStart_NoSuchProgram(t *testing.T) {
	t.Parallel()
	if _, err := child.Start(t.Context(), exec.CommandContext(t.Context(), "/no/such/program")); err == nil {
		t.Error("it was started")
	}
}
