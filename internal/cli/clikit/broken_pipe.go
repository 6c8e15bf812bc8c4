package clikit

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// UntilPipeCloses returns a context that ends when cmd's context ends, or when nobody reads the
// output of cmd any more, as with "| head". Without it, SIGPIPE would end the process at once,
// before it can clean up.
func UntilPipeCloses(cmd *cobra.Command) (ctx context.Context, stop func()) {
	// Not by the signal: a closed connection causes SIGPIPE too. The error of a write tells which
	// one it was.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(cmd.Context())
	cmd.SetOut(&pipeWriter{cmd.OutOrStdout(), cancel})
	cmd.SetErr(&pipeWriter{cmd.ErrOrStderr(), cancel})
	return ctx, func() {
		cancel()
		signal.Reset(syscall.SIGPIPE)
	}
}

// pipeWriter calls onClosed when the reader of its pipe has gone.
type pipeWriter struct {
	io.Writer

	onClosed func()
}

// Write is part of io.Writer.
func (w *pipeWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		w.onClosed()
	}
	return n, err
}
