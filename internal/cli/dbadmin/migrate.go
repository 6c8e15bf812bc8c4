package dbadmin

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/random"
	"seg.example/internal/store"
)

// MigrateCommand returns the command "seg migrate".
func MigrateCommand() *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Look at the steps that bring a database up to date, take them, take them back",
		Long: `A server takes the steps that are missing when it starts, so "up" is for those who want to do it before. "down" is for going back to
an older program, which refuses a newer database.`,
		// Without these a command that does not exist would show the help and succeed.
		Args: clikit.OnlySubcommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	addDatabaseFlag(cmd, &database)
	cmd.AddCommand(
		&cobra.Command{
			Use: "status", Short: "List the steps", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				state, err := store.Inspect(cmd.Context(), database)
				if err != nil {
					return clikit.Failed(err)
				}
				printMigrations(cmd.OutOrStdout(), state)
				return nil
			},
		},
		&cobra.Command{
			Use: "up", Short: "Take the steps that are missing", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				if err := store.MigrateUp(cmd.Context(), database, random.Secure{}); err != nil {
					return clikit.Failed(err)
				}
				state, err := store.Inspect(cmd.Context(), database)
				if err != nil {
					return clikit.Failed(err)
				}
				printMigrations(cmd.OutOrStdout(), state)
				return nil
			},
		},
		migrateDownCommand(&database),
	)
	return cmd
}

func migrateDownCommand(database *string) *cobra.Command {
	lose := false
	cmd := &cobra.Command{
		Use: "down", Short: "Take the newest step back", Args: cobra.NoArgs,
		Long: `Takes the newest step back, and with it all that it has made room for: the first one takes the whole game with it. Make a backup
before. The server must not be running.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !lose {
				return clikit.Failed(errors.New("what the step has made room for would be lost; make a backup, then give --lose-data"))
			}
			name, err := store.MigrateDown(cmd.Context(), *database)
			switch {
			case errors.Is(err, store.ErrInUse):
				return clikit.Failed(fmt.Errorf("%w; stop the server first", err))
			case err != nil:
				return clikit.Failed(err)
			case name == "":
				fmt.Fprintln(cmd.OutOrStdout(), "there is no step to take back")
			default:
				fmt.Fprintf(cmd.OutOrStdout(), "%s is taken back\n", name)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&lose, "lose-data", false, "do it although data is lost")
	return cmd
}

func printMigrations(out io.Writer, s store.State) {
	for _, steps := range []struct {
		names []string
		text  string
	}{{s.Applied, "applied"}, {s.Pending, "pending"}, {s.Unknown, "of a newer program"}} {
		for _, name := range steps.names {
			fmt.Fprintf(out, "%s %s\n", name, steps.text)
		}
	}
}
