package dbadmin

import (
	"fmt"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/store"
)

// addDatabaseFlag declares --database-url for a command that works on the database file.
func addDatabaseFlag(cmd *cobra.Command, database *string) {
	cmd.PersistentFlags().StringVar(database, "database-url", "sqlite://seg.db", "database file, as sqlite://PATH")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return clikit.ApplyEnvironment(cmd.Flags()) }
}

// BackupCommand returns the command "seg backup".
func BackupCommand() *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database, also while a server uses it",
		Long: `Copies the database, as it is at one moment, to FILE, which must not exist. A server may use the database meanwhile. The copy is one
file. It gets its name when it is complete. "seg restore" restores it.`,
		Example: "  seg backup seg-2026-01-31.db\n  seg backup --database-url sqlite:///var/lib/seg/seg.db /backups/seg.db",
		Args:    clikit.OneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if state, err := store.Inspect(cmd.Context(), database); err == nil && !state.Exists {
				return clikit.Failed(fmt.Errorf("there is no database %s; set --database-url to the database of the server", state.File))
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
