package main

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// whileRead returns a context of cmd that ends, too, when nobody reads what it prints any more, as behind "| head". The process would
// end at once otherwise, and leave behind what it takes away at its end.
func whileRead(cmd *cobra.Command) (ctx context.Context, stop func()) {
	// Not by the signal, which comes for connections too: a write says which one it was.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(cmd.Context())
	cmd.SetOut(&readWriter{cmd.OutOrStdout(), cancel})
	cmd.SetErr(&readWriter{cmd.ErrOrStderr(), cancel})
	return ctx, func() {
		cancel()
		signal.Reset(syscall.SIGPIPE)
	}
}

// readWriter is a writer that tells when nobody reads what is written.
type readWriter struct {
	io.Writer

	unread func()
}

// Write writes p.
func (w *readWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		w.unread()
	}
	return n, err
}
