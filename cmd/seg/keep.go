package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"seg.example/internal/store"
)

// defaultAge is how long what may be asked for again is kept.
const defaultAge = 24 * time.Hour

// bindRetention declares the flags that say how long the log is kept.
func bindRetention(keep *store.Retention, flags *pflag.FlagSet) {
	flags.Int64Var(&keep.Events, "keep-events", 10_000, "broadcasts of a session that are kept for clients that come back")
	flags.DurationVar(&keep.Age, "keep-for", defaultAge, "how long broadcasts are kept at most")
	flags.DurationVar(&keep.Answers, "keep-answers", defaultAge, "how long a resent request of a client with a client_key is answered as the first time")
}

// checkRetention refuses what would keep nothing.
func checkRetention(keep store.Retention) error {
	if keep.Events < 1 || keep.Age <= 0 || keep.Answers <= 0 {
		return errors.New("--keep-events, --keep-for and --keep-answers must be more than 0")
	}
	return nil
}

// bindDatabase declares the flag of commands that work on the database alone.
func bindDatabase(cmd *cobra.Command, database *string) {
	cmd.PersistentFlags().StringVar(database, "database-url", "sqlite://seg.db", "where the state is kept")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return environment(cmd.Flags()) }
}

func backupCommand() *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the database, while a server works with it",
		Long: `Writes the database, as it is at one moment, to FILE, which must not exist yet. A server may go on working with it meanwhile. The
copy is one file, complete once it has its name. "seg restore" brings it back.`,
		Example: "  seg backup seg-2026-01-31.db\n  seg backup --database-url sqlite:///var/lib/seg/seg.db /backups/seg.db",
		Args:    oneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if state, err := store.Inspect(cmd.Context(), database); err == nil && !state.Exists {
				return failure{fmt.Errorf("there is no database %s; give the one that the server works with as --database-url", state.File)}
			}
			if err := store.Backup(cmd.Context(), database, args[0]); err != nil {
				return failure{err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is a backup of %s\n", args[0], database)
			return nil
		},
	}
	bindDatabase(cmd, &database)
	return cmd
}

func restoreCommand() *cobra.Command {
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
		Args:    oneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := store.KeepExisting
			if force {
				o = store.ReplaceExisting
			}
			err := store.Restore(cmd.Context(), database, args[0], o, dice{})
			switch {
			case errors.Is(err, store.ErrExists):
				return failure{fmt.Errorf("%w; --force replaces it", err)}
			case errors.Is(err, store.ErrInUse):
				return failure{fmt.Errorf("%w; stop the server first", err)}
			case err != nil:
				return failure{err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is restored from %s; all sessions have new epochs\n", database, args[0])
			return nil
		},
	}
	bindDatabase(cmd, &database)
	cmd.Flags().BoolVar(&force, "force", false, "replace a database that is there already")
	return cmd
}

func migrateCommand() *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Look at the steps that bring a database up to date, take them, take them back",
		Long: `A server takes the steps that are missing when it starts, so "up" is for those who want to do it before. "down" is for going back to
an older program, which refuses a newer database.`,
		// Without these a command that does not exist would show the help and succeed.
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	bindDatabase(cmd, &database)
	cmd.AddCommand(
		&cobra.Command{
			Use: "status", Short: "List the steps", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				state, err := store.Inspect(cmd.Context(), database)
				if err != nil {
					return failure{err}
				}
				printSteps(cmd.OutOrStdout(), state)
				return nil
			},
		},
		&cobra.Command{
			Use: "up", Short: "Take the steps that are missing", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				if err := store.MigrateUp(cmd.Context(), database, dice{}); err != nil {
					return failure{err}
				}
				state, err := store.Inspect(cmd.Context(), database)
				if err != nil {
					return failure{err}
				}
				printSteps(cmd.OutOrStdout(), state)
				return nil
			},
		},
		migrateDownCommand(&database),
	)
	return cmd
}

// noCommand refuses what stands in the place of a command and is none.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknown("command of "+cmd.CommandPath(), args[0], commandNames(cmd))
}

func migrateDownCommand(database *string) *cobra.Command {
	lose := false
	cmd := &cobra.Command{
		Use: "down", Short: "Take the newest step back", Args: cobra.NoArgs,
		Long: `Takes the newest step back, and with it all that it has made room for: the first one takes the whole game with it. Make a backup
before. The server must not be running.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !lose {
				return failure{errors.New("what the step has made room for would be lost; make a backup, then give --lose-data")}
			}
			name, err := store.MigrateDown(cmd.Context(), *database)
			switch {
			case errors.Is(err, store.ErrInUse):
				return failure{fmt.Errorf("%w; stop the server first", err)}
			case err != nil:
				return failure{err}
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

func printSteps(out io.Writer, s store.State) {
	for _, steps := range []struct {
		names []string
		text  string
	}{{s.Applied, "applied"}, {s.Pending, "pending"}, {s.Unknown, "of a newer program"}} {
		for _, name := range steps.names {
			fmt.Fprintf(out, "%s %s\n", name, steps.text)
		}
	}
}
