// Command seg is the program of the Simple Economic Game: the server and its tools. The commands
// are in internal/cli.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"seg.example/internal/cli"
)

func main() {
	// SIGINT, SIGTERM and SIGHUP end the context, and the program ends cleanly. A second SIGINT or
	// SIGTERM ends the process at once.
	hangUp, stopHangUp := untilHangUp(context.Background())
	ctx, stop := signal.NotifyContext(hangUp, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	stopHangUp()
	os.Exit(code)
}

// untilHangUp returns a context that ends with SIGHUP, which means that the terminal was closed.
// Both the shell and the system send SIGHUP then, so a second one must not end the process at once.
// If the process was started with SIGHUP ignored, as nohup does, the context ignores it too. On
// Windows, a closed terminal arrives as SIGTERM.
func untilHangUp(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return ctx, func() {}
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}
