package clikit

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// OnlySubcommands is a cobra.PositionalArgs for a command that only has subcommands. Any argument
// is an unknown subcommand.
func OnlySubcommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return UnknownName("command of "+cmd.CommandPath(), args[0], CommandNames(cmd))
}

// NoArguments is a cobra.PositionalArgs for a command that takes only flags.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes only flags; unexpected argument %q", cmd.CommandPath(), args[0])
}

// OneArgument is a cobra.PositionalArgs for a command that takes one argument. name is its name in
// the error.
func OneArgument(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s needs 1 argument, %s; got %d", cmd.CommandPath(), name, len(args))
	}
}

// FlagError adds to the error about a flag what the flag means, or which flag the user probably
// meant.
func FlagError(cmd *cobra.Command, err error) error {
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		_, usage := pflag.UnquoteUsage(wrong.GetFlag())
		return fmt.Errorf("%w; --%s: %s", err, wrong.GetFlag().Name, usage)
	}
	if wrong, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near := Suggest(wrong.GetSpecifiedName(), known); near != "" {
			return fmt.Errorf("%w (did you mean --%s?)", err, near)
		}
	}
	return err
}
