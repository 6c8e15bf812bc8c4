// Command seg is the Simple Economic Game's one program: its server, and the tools around it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"seg.example/internal/cli"
)

func main() {
	// SIGINT and SIGTERM end the context; a second one ends the process at once, for whoever does not want to wait. SIGHUP ends it too.
	terminal, away := whileTerminal(context.Background())
	ctx, stop := signal.NotifyContext(terminal, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	away()
	os.Exit(code)
}

// whileTerminal returns a context that a SIGHUP ends too, which says that the terminal was closed. Shell and system both say so, so a
// second one is no impatience, and ends nothing. Who was started with SIGHUP ignored, as nohup does it, goes on. Windows has none: it
// sends what is taken for a SIGTERM.
func whileTerminal(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return ctx, func() {}
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}
