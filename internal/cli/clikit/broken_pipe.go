package clikit

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// UntilPipeCloses returns a context of cmd that ends, too, when nobody reads what it prints any more, as behind "| head". The process would
// end at once otherwise, and leave behind what it takes away at its end.
func UntilPipeCloses(cmd *cobra.Command) (ctx context.Context, stop func()) {
	// Not by the signal, which comes for connections too: a write says which one it was.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(cmd.Context())
	cmd.SetOut(&pipeWriter{cmd.OutOrStdout(), cancel})
	cmd.SetErr(&pipeWriter{cmd.ErrOrStderr(), cancel})
	return ctx, func() {
		cancel()
		signal.Reset(syscall.SIGPIPE)
	}
}

// pipeWriter is a writer that tells when nobody reads what is written.
type pipeWriter struct {
	io.Writer

	onClosed func()
}

// Write writes p.
func (w *pipeWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		w.onClosed()
	}
	return n, err
}
