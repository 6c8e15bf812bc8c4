// Command seg is the Simple Economic Game's one program: its server, and the tools around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"seg.example/gen/wire"
)

func main() {
	// SIGINT and SIGTERM end the context; a second one ends the process at once, for whoever does not want to wait. SIGHUP ends it too.
	terminal, away := whileTerminal(context.Background())
	ctx, stop := signal.NotifyContext(terminal, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
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

// Exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1 // the command ran and failed
	exitUsage  = 2 // the command line makes no sense
)

// failure is an error of a command that ran; every other error that cobra returns is one of usage.
type failure struct{ err error }

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

// run is the program without its process: it carries out args until it is done or ctx ends, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "seg",
		Short:         "The Simple Economic Game: a multiplayer, turn-based economy over WebSocket",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       fmt.Sprintf("%s of the protocol (%.12s)", wire.Version, wire.Hash),
	}
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(serveCommand(), callCommand(), watchCommand(), loadCommand(), doctorCommand(), completionCommand(root))
	root.AddCommand(backupCommand(), restoreCommand(), migrateCommand(), rulesetCommand(), demoCommand())
	root.SetHelpCommand(helpCommand())
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "seg:", err)
	if failed := (failure{}); errors.As(err, &failed) {
		if next := advice(err); next != "" {
			fmt.Fprintln(stderr, "  ->", next)
		}
		return exitFailed
	}
	fmt.Fprintf(stderr, "Try '%s --help'.\n", cmd.CommandPath())
	return exitUsage
}
