package rulesets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/ruleset"
)

// Command returns the command "seg ruleset".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ruleset",
		Short: "Check rulesets and print the built-in ones",
		Long: `A ruleset is a JSON document with all numbers of a game: the map, the starting balance of companies, the prices of improvements, the
bank's conditions, the recipes of goods. Two are built in: classic and industrial. To use your own, copy one of these, change its
name, and start a server with it:

  seg ruleset show classic > mine.json
  seg ruleset check mine.json
  seg serve --ruleset mine.json

A session keeps the ruleset that it was created with, also if the server is later started with another one.`,
		Example: `  seg ruleset check mine.json
  seg ruleset show industrial`,
		Args: clikit.OnlySubcommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(checkCommand(), showCommand())
	return cmd
}

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Validate rulesets and list all errors",
		Long: `Validates ruleset documents and lists all errors, each with a JSON pointer to its place. The exit code is 1 if there is one.
FILE - is standard input.`,
		Example: `  seg ruleset check mine.json
  seg ruleset show classic | seg ruleset check -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			var problems []error
			for _, file := range files {
				if err := checkFile(file, cmd.InOrStdin(), cmd.OutOrStdout()); err != nil {
					problems = append(problems, fmt.Errorf("%s: %w", file, err))
				}
			}
			if err := errors.Join(problems...); err != nil {
				return clikit.Failed(err)
			}
			return nil
		},
	}
}

// checkFile validates one ruleset and prints a summary.
func checkFile(file string, stdin io.Reader, stdout io.Writer) error {
	read := func() ([]byte, error) { return os.ReadFile(file) }
	if file == "-" {
		read = func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	document, err := read()
	if err != nil {
		return err
	}
	r, err := ruleset.Parse(document)
	if err != nil {
		return err
	}
	rules := r.Rules
	goods := 0
	for i := range rules.Resources {
		if rules.Resources[i].Production != nil {
			goods++
		}
	}
	_, err = fmt.Fprintf(stdout, "%s: valid. %s: %d×%d cells, %d steps, %d companies, %d raw materials, %d goods, hash %s\n", file, rules.ID.Name,
		rules.Map.Rows, rules.Map.Cols, rules.Limits.Steps, rules.Limits.Companies, len(rules.Resources)-goods, goods, rules.ID.Hash)
	return err
}

func showCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "show NAME",
		Short:     "Print a built-in ruleset",
		Example:   "  seg ruleset show classic > mine.json",
		Args:      clikit.OneArgument("NAME"),
		ValidArgs: ruleset.BuiltInNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := ruleset.Source(args[0])
			if err != nil {
				return clikit.Failed(fmt.Errorf("%w; known: %s", err, strings.Join(ruleset.BuiltInNames(), ", ")))
			}
			if _, err := cmd.OutOrStdout().Write(document); err != nil {
				return clikit.Failed(err)
			}
			return nil
		},
	}
}
