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
		Short: "List, apply and revert the migrations of the database",
		Long: `A server applies missing migrations when it starts; "up" applies them before. "down" is for going back to an older version of the
program, which refuses a newer database.`,
		// Without Args and RunE, an unknown subcommand would print the help and succeed.
		Args: clikit.OnlySubcommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	addDatabaseFlag(cmd, &database)
	cmd.AddCommand(
		&cobra.Command{
			Use: "status", Short: "List the migrations", Args: cobra.NoArgs,
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
			Use: "up", Short: "Apply missing migrations", Args: cobra.NoArgs,
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
	allowLoss := false
	cmd := &cobra.Command{
		Use: "down", Short: "Revert the newest migration", Args: cobra.NoArgs,
		Long: `Reverts the newest migration and deletes all data that needs it: reverting the first one deletes everything. Make a backup before. The
server must not be running.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !allowLoss {
				return clikit.Failed(errors.New("data of this migration would be lost; make a backup, then repeat with --lose-data"))
			}
			name, err := store.MigrateDown(cmd.Context(), *database)
			switch {
			case errors.Is(err, store.ErrInUse):
				return clikit.Failed(fmt.Errorf("%w; stop the server first", err))
			case err != nil:
				return clikit.Failed(err)
			case name == "":
				fmt.Fprintln(cmd.OutOrStdout(), "there is no migration to revert")
			default:
				fmt.Fprintf(cmd.OutOrStdout(), "%s reverted\n", name)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&allowLoss, "lose-data", false, "revert although data is lost")
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
