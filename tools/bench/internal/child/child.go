// Package child runs processes that end when this process ends.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is a running child process.
type Process struct {
	In  io.WriteCloser // its standard input; children of this program end when it does
	Out io.Reader      // its standard output

	cmd  *exec.Cmd
	tail *tail
}

// stopTimeout is the time that a process has to end after it was asked to.
const stopTimeout = 10 * time.Second

// Self starts this program again with args.
func Self(ctx context.Context, args ...string) (*Process, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the path of this program: %w", err)
	}
	return Start(ctx, exec.CommandContext(ctx, path, args...)) //nolint:gosec // it is this program
}

// Start starts cmd, which was created with ctx. When ctx ends, the process is asked to end, and
// killed after a timeout. Stop returns the end of its standard error.
func Start(ctx context.Context, cmd *exec.Cmd) (*Process, error) {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	killWithParent(cmd)
	p := &Process{cmd: cmd, tail: new(tail)}
	if cmd.Stderr != nil {
		cmd.Stderr = io.MultiWriter(cmd.Stderr, p.tail)
	} else {
		cmd.Stderr = p.tail
	}
	var err error
	if p.In, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	if p.Out, err = cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// PID returns the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the process to end, by closing its standard input and with SIGTERM, and waits for it.
// If it failed, the error contains the end of its standard error.
func (p *Process) Stop() error {
	err := p.In.Close()
	// It fails when the process has ended by itself.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	// Nothing may be left unread, or Wait would close the pipe under a process that is still writing.
	_, _ = io.Copy(io.Discard, p.Out)
	if waited := p.cmd.Wait(); waited != nil && !terminated(waited) {
		err = errors.Join(err, fmt.Errorf("%s: %w\n%s", p.cmd.Path, waited, p.tail))
	}
	return err
}

// terminated reports whether a process ended by the SIGTERM that it was sent.
func terminated(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGTERM
}

// LastStderr returns the end of the process's standard error.
func (p *Process) LastStderr() string { return p.tail.String() }

// tail keeps the last bytes that are written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// maxTail is the number of bytes that a tail keeps.
const maxTail = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > maxTail {
		t.text = append(t.text[:0], t.text[len(t.text)-maxTail:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
