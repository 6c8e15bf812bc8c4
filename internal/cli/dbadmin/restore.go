package dbadmin

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/random"
	"seg.example/internal/store"
)

// RestoreCommand returns the command "seg restore".
func RestoreCommand() *cobra.Command {
	var database string
	force := false
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore a backup",
		Long: `Copies the backup FILE to the place of the database. The server must not be running. An existing database is replaced only with
--force, and is lost.

Clients may have seen events that are not in the backup. So every session gets a new epoch: a client that reconnects gets "resync" and
reads the state again. If the file is replaced by other means, the server detects that at its next start and does the same.`,
		Example: "  seg restore seg-2026-01-31.db --force",
		Args:    clikit.OneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := store.KeepExisting
			if force {
				o = store.ReplaceExisting
			}
			err := store.Restore(cmd.Context(), database, args[0], o, random.Secure{})
			switch {
			case errors.Is(err, store.ErrExists):
				return clikit.Failed(fmt.Errorf("%w; --force replaces it", err))
			case errors.Is(err, store.ErrInUse):
				return clikit.Failed(fmt.Errorf("%w; stop the server first", err))
			case err != nil:
				return clikit.Failed(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is restored from %s; all sessions have new epochs\n", database, args[0])
			return nil
		},
	}
	addDatabaseFlag(cmd, &database)
	cmd.Flags().BoolVar(&force, "force", false, "replace an existing database")
	return cmd
}
