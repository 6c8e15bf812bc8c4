package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// helpCommand is like cobra's own, but takes the name of a command that there is not for a mistake, instead of succeeding.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "help [command]",
		Short:             "Help about any command",
		ValidArgsFunction: completeCommands,
		RunE: func(cmd *cobra.Command, args []string) error {
			target := cmd.Root()
			for _, name := range args {
				next := commandNamed(target, name)
				if next == nil {
					return unknown("command", name, commandNames(target))
				}
				target = next
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}

// completeCommands lists the commands below those that are there already, with what they do.
func completeCommands(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	target := cmd.Root()
	for _, name := range args {
		if target = commandNamed(target, name); target == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
	var found []string
	for _, name := range commandNames(target) {
		if strings.HasPrefix(name, begun) {
			found = append(found, cobra.CompletionWithDesc(name, commandNamed(target, name).Short))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// commandNamed returns the command below another that has a name; nil: none has it.
func commandNamed(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name || c.HasAlias(name) {
			return c
		}
	}
	return nil
}

// commandNames lists the commands below another that are for everybody.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}
