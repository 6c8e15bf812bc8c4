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
		Short: "Bring a backup back",
		Long: `Puts a copy of the backup FILE where the database is to be. The server must not be running. A database that is there already is
replaced only with --force, and lost.

Clients may have seen more than the backup knows. So every session begins a new life: a client that comes back is told to read the
state anew, instead of going on from events that have never happened. A server that is started on a file which was put in its place
by other means notices and does the same.`,
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
	cmd.Flags().BoolVar(&force, "force", false, "replace a database that is there already")
	return cmd
}
