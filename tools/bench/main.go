// Command bench compares the codec and the WebSocket server of this repository with well-known
// libraries and with the limits of the machine.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"seg.example/tools/bench/internal/child"
	"seg.example/tools/bench/internal/codecs"
	"seg.example/tools/bench/internal/report"
)

func main() {
	program := newProgram(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, program)
	stop()
	os.Exit(code)
}

// run executes program and returns the exit code: 0, or 1 with the error on standard error.
func run(ctx context.Context, program *cobra.Command) int {
	if err := program.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(program.ErrOrStderr(), "bench:", err)
		return 1
	}
	return 0
}

// newProgram returns the program with its arguments.
func newProgram(args []string, stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "bench",
		Short: "Benchmark the codec and the WebSocket server against others",
		Long: `Compares the generated codec and the WebSocket server of seg with well-known libraries and with the limits of the machine.

Every peer runs in its own process. The peers take turns, so that other load on the machine affects all equally. Ratios are computed
window by window. Markdown tables go to standard output, progress to standard error. The last table compares the figures with the
goals.`,
		Example: `  go run . all
  go run . codec --rounds 9 --window 200ms
  go run . sockets ping fan-out
  go run . sockets idle --seg ../../bin/seg > idle.md`,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(codecCommand(), socketsCommand(), allCommand())
	root.AddCommand(codecWorker(stdin), socketWorker(stdin))
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return root
}

// Names of the hidden commands that the program starts itself with.
const (
	codecWorkerName  = "codec-worker"
	socketWorkerName = "socket-worker"
)

func codecCommand() *cobra.Command {
	var o codecs.Options
	cmd := &cobra.Command{
		Use:   "codec",
		Short: "Measure the codec",
		Long: `Measures decoding (with gen/wire this includes validation), encoding, and finding the type of a frame. The figures are the time of
one processor, including garbage collection.`,
		Example: `  go run . codec
  go run . codec --rounds 9 --window 200ms`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return measureCodecs(cmd.Context(), cmd, o) },
	}
	bindCodec(cmd, &o)
	return cmd
}

func bindCodec(cmd *cobra.Command, o *codecs.Options) {
	cmd.Flags().IntVar(&o.Rounds, "rounds", 7, "windows for each peer and case, at least 5")
	cmd.Flags().DurationVar(&o.Window, "window", 50*time.Millisecond, "length of a window")
}

func measureCodecs(ctx context.Context, cmd *cobra.Command, o codecs.Options) error {
	if err := checkRounds(o.Rounds); err != nil {
		return err
	}
	o.Progress = cmd.ErrOrStderr()
	o.Start = func(ctx context.Context, name string) (*child.Process, error) {
		return child.Self(ctx, codecWorkerName, name)
	}
	figures, err := codecs.Run(ctx, o)
	if err != nil {
		return err
	}
	return write(cmd, figures.Table(), report.Goals("Codecs: goals", figures.Goals()))
}

// minRounds is the least number of windows for a median.
const minRounds = 5

func checkRounds(rounds int) error {
	if rounds < minRounds {
		return fmt.Errorf("--rounds must be at least %d", minRounds)
	}
	return nil
}

func write(cmd *cobra.Command, tables ...*report.Table) error {
	for _, t := range tables {
		if err := t.Write(cmd.OutOrStdout()); err != nil {
			return err
		}
	}
	return nil
}

func codecWorker(stdin io.Reader) *cobra.Command {
	return &cobra.Command{
		Use: codecWorkerName, Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return codecs.Serve(args[0], stdin, cmd.OutOrStdout()) },
	}
}
