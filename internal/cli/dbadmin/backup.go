package dbadmin

import (
	"fmt"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/store"
)

// addDatabaseFlag declares the flag of commands that work on the database alone.
func addDatabaseFlag(cmd *cobra.Command, database *string) {
	cmd.PersistentFlags().StringVar(database, "database-url", "sqlite://seg.db", "where the state is kept")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return clikit.ApplyEnvironment(cmd.Flags()) }
}

// BackupCommand returns the command "seg backup".
func BackupCommand() *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the database, while a server works with it",
		Long: `Writes the database, as it is at one moment, to FILE, which must not exist yet. A server may go on working with it meanwhile. The
copy is one file, complete once it has its name. "seg restore" brings it back.`,
		Example: "  seg backup seg-2026-01-31.db\n  seg backup --database-url sqlite:///var/lib/seg/seg.db /backups/seg.db",
		Args:    clikit.OneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if state, err := store.Inspect(cmd.Context(), database); err == nil && !state.Exists {
				return clikit.Failed(fmt.Errorf("there is no database %s; give the one that the server works with as --database-url", state.File))
			}
			if err := store.Backup(cmd.Context(), database, args[0]); err != nil {
				return clikit.Failed(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is a backup of %s\n", args[0], database)
			return nil
		},
	}
	addDatabaseFlag(cmd, &database)
	return cmd
}
