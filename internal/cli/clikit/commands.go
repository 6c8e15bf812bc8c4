package clikit

import "github.com/spf13/cobra"

// FindCommand returns the subcommand of cmd with this name or alias, or nil.
func FindCommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name || c.HasAlias(name) {
			return c
		}
	}
	return nil
}

// CommandNames returns the names of the subcommands of cmd that are not hidden.
func CommandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}
