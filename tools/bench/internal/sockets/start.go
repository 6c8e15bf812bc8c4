//go:build linux

package sockets

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"seg.example/tools/bench/internal/child"
)

// running is the process of a server.
type running struct {
	target
	process *child.Process
	cleanup func() error
}

func (r *running) stop() error {
	err := r.process.Stop()
	if r.cleanup != nil {
		err = errors.Join(err, r.cleanup())
	}
	return err
}

// startServer starts the server s in its own process.
func (o *Options) startServer(ctx context.Context, s server) (*running, error) {
	if s.serve == nil {
		return o.startSeg(ctx, s)
	}
	process, err := o.Start(ctx, s.name)
	if err != nil {
		return nil, err
	}
	addr, err := bufio.NewReader(process.Out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not start: %w", s.name, err), process.Stop())
	}
	return &running{target: target{s.name, strings.TrimSpace(addr), s.path, process.PID()}, process: process}, nil
}

// Build builds the seg of this repository to path.
func Build(ctx context.Context, path string) error {
	where := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "seg.example")
	root, err := where.Output()
	if err != nil {
		return fmt.Errorf("find the module of seg (run this in tools/bench, or name a built one with --seg): %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "./cmd/seg") //nolint:gosec // path is a file of our own
	build.Dir = strings.TrimSpace(string(root))
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build seg: %w\n%s", err, text)
	}
	return nil
}

// startSeg starts seg serve with a new database and limits that are never reached. The server still
// checks them.
func (o *Options) startSeg(ctx context.Context, s server) (_ *running, err error) {
	dir, err := os.MkdirTemp("", "seg-bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the database: %w", err)
	}
	cleanup := func() error { return os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			err = errors.Join(err, cleanup())
		}
	}()
	cmd := exec.CommandContext(ctx, o.Seg, "serve") //nolint:gosec // the user named it
	cmd.Env = append(os.Environ(),
		"SEG_ADDR=127.0.0.1:0", "SEG_DATABASE_URL=sqlite://"+filepath.Join(dir, "seg.db"), "SEG_PASSWORD=of-a-benchmark",
		"SEG_MAX_CONNECTIONS=1073741824", "SEG_MAX_CONNECTIONS_PER_ADDRESS=1073741824", "SEG_MAX_HANDSHAKES=1024",
		"SEG_MESSAGE_RATE=1073741824", "SEG_MESSAGE_BURST=1073741824")
	log := addressFinder{addr: make(chan string, 1)}
	cmd.Stderr = &log
	process, err := child.Start(ctx, cmd)
	if err != nil {
		return nil, err
	}
	select {
	case addr := <-log.addr:
		return &running{target{s.name, addr, s.path, process.PID()}, process, cleanup}, nil
	case <-time.After(segStart):
		err = fmt.Errorf("seg did not log its address within %s", segStart)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	err = errors.Join(err, process.Stop())
	return nil, fmt.Errorf("%w\n%s", err, process.LastStderr())
}

// segStart is the time that seg has to start listening.
const segStart = 20 * time.Second

// addressFinder finds the listening address in the log of seg.
type addressFinder struct {
	addr  chan string
	text  []byte
	found bool
}

// Write implements io.Writer. It receives a piece of the log.
func (l *addressFinder) Write(p []byte) (int, error) {
	if l.found {
		return len(p), nil
	}
	l.text = append(l.text, p...)
	for {
		line, rest, whole := bytes.Cut(l.text, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.text = rest
		var entry struct{ Msg, Addr string }
		// A line that is not JSON is not the one.
		if json.Unmarshal(line, &entry) == nil && entry.Msg == "listening" {
			l.addr <- entry.Addr
			l.found, l.text = true, nil
			return len(p), nil
		}
	}
}
