package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
)

// helpCommand is like cobra's help command, but an unknown command is an error.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "help [command]",
		Short:             "Help about any command",
		ValidArgsFunction: completeCommands,
		RunE: func(cmd *cobra.Command, args []string) error {
			target := cmd.Root()
			for _, name := range args {
				next := clikit.FindCommand(target, name)
				if next == nil {
					return clikit.UnknownName("command", name, clikit.CommandNames(target))
				}
				target = next
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}

// completeCommands completes the names of the subcommands of the command that args name, with their
// descriptions.
func completeCommands(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	target := cmd.Root()
	for _, name := range args {
		if target = clikit.FindCommand(target, name); target == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
	var found []string
	for _, name := range clikit.CommandNames(target) {
		if strings.HasPrefix(name, begun) {
			found = append(found, cobra.CompletionWithDesc(name, clikit.FindCommand(target, name).Short))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}
