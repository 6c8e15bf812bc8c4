package clikit

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// OnlySubcommands refuses what stands in the place of a command and is none.
func OnlySubcommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return UnknownName("command of "+cmd.CommandPath(), args[0], CommandNames(cmd))
}

// NoArguments refuses words behind a command that takes flags only.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes flags only, but %q is none", cmd.CommandPath(), args[0])
}

// OneArgument wants one word behind a command.
func OneArgument(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s needs 1 argument, %s, and got %d", cmd.CommandPath(), name, len(args))
	}
}

// FlagError adds to the error of a flag what the flag is, so that the value that it wants need not be looked up.
func FlagError(cmd *cobra.Command, err error) error {
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		_, usage := pflag.UnquoteUsage(wrong.GetFlag())
		return fmt.Errorf("%w; --%s is: %s", err, wrong.GetFlag().Name, usage)
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
