// Command bench measures this repository's codec and sockets beside well-known libraries and beside the limits of the machine.
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

// run carries program out and returns the exit code: 0, or 1 with the reason on its standard error.
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
		Short: "Measure codec and sockets beside their peers",
		Long: `Measures the generated codec and the sockets of seg beside well-known libraries and beside what the machine can do at best.

Every peer runs in a process of its own, and they measure in turns, so that whatever else the machine does meets all alike. Ratios
are taken window by window. Markdown tables go to standard output, progress to standard error. What the figures are compared with is
in the last table.`,
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

// The names of the commands that the program runs itself with.
const (
	codecWorkerName  = "codec-worker"
	socketWorkerName = "socket-worker"
)

func codecCommand() *cobra.Command {
	var o codecs.Options
	cmd := &cobra.Command{
		Use:   "codec",
		Short: "Measure the codec",
		Long: `Measures decoding (which with gen/wire is validating), encoding and finding the type of a frame. The figures are processor time, on
one processor with everything that the garbage collector does.`,
		Example: `  go run . codec
  go run . codec --rounds 9 --window 200ms`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return measureCodecs(cmd.Context(), cmd, o) },
	}
	bindCodec(cmd, &o)
	return cmd
}

func bindCodec(cmd *cobra.Command, o *codecs.Options) {
	cmd.Flags().IntVar(&o.Rounds, "rounds", 7, "windows of each peer and case, at least 5")
	cmd.Flags().DurationVar(&o.Window, "window", 50*time.Millisecond, "how long each window is")
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

// leastRounds is how many windows a median needs.
const leastRounds = 5

func checkRounds(rounds int) error {
	if rounds < leastRounds {
		return fmt.Errorf("--rounds must be at least %d", leastRounds)
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
