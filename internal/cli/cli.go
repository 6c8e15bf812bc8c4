package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"seg.example/gen/wire"
	"seg.example/internal/cli/call"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/completion"
	"seg.example/internal/cli/dbadmin"
	"seg.example/internal/cli/demo"
	"seg.example/internal/cli/doctor"
	"seg.example/internal/cli/load"
	"seg.example/internal/cli/rulesets"
	"seg.example/internal/cli/serve"
	"seg.example/internal/cli/watch"
)

// Run runs the program with args, the command line without the program's name, until the command
// ends or ctx is cancelled. It returns the exit code: clikit.ExitOK, ExitFailed or ExitUsage.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "seg",
		Short:         "The Simple Economic Game: a multiplayer, turn-based economy over WebSocket",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       fmt.Sprintf("%s of the protocol (%.12s)", wire.Version, wire.Hash),
	}
	root.SetFlagErrorFunc(clikit.FlagError)
	root.AddCommand(serve.Command(), call.Command(), watch.Command(), load.Command(), doctor.Command(), completion.Command(root))
	root.AddCommand(dbadmin.BackupCommand(), dbadmin.RestoreCommand(), dbadmin.MigrateCommand(), rulesets.Command(), demo.Command())
	root.SetHelpCommand(helpCommand())
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return clikit.ExitOK
	}
	fmt.Fprintln(stderr, "seg:", err)
	if failed := (clikit.Failure{}); errors.As(err, &failed) {
		if next := advice(err); next != "" {
			fmt.Fprintln(stderr, "  ->", next)
		}
		return clikit.ExitFailed
	}
	fmt.Fprintf(stderr, "Try '%s --help'.\n", cmd.CommandPath())
	return clikit.ExitUsage
}
