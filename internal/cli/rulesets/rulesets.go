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
		Short: "Check rulesets, the figures of a game, and show the built-in ones",
		Long: `A ruleset is a JSON document with all figures of a game: the map, what companies start with, what improvements cost, the bank's
conditions, what goods are made of. Two are built in, classic and industrial. To play by your own, begin with one of these, give it
another name, and serve it:

  seg ruleset show classic > mine.json
  seg ruleset check mine.json
  seg serve --ruleset mine.json

A session keeps the ruleset that it was made with, whatever the server is started with later.`,
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
		Short: "Tell whether documents are rulesets, and if not, all that is wrong and where",
		Long: `Reads ruleset documents and names everything that is wrong with them, each place as a JSON pointer. Ends with 1 when something is.
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

// checkFile says of a right document what is in it.
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
	_, err = fmt.Fprintf(stdout, "%s: right. %s: %d×%d cells, %d steps, %d companies, %d raw materials, %d goods, hash %s\n", file, rules.ID.Name,
		rules.Map.Rows, rules.Map.Cols, rules.Limits.Steps, rules.Limits.Companies, len(rules.Resources)-goods, goods, rules.ID.Hash)
	return err
}

func showCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "show NAME",
		Short:     "Write a built-in ruleset, to begin your own with",
		Example:   "  seg ruleset show classic > mine.json",
		Args:      clikit.OneArgument("NAME"),
		ValidArgs: ruleset.BuiltInNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := ruleset.Source(args[0])
			if err != nil {
				return clikit.Failed(fmt.Errorf("%w; there are: %s", err, strings.Join(ruleset.BuiltInNames(), ", ")))
			}
			if _, err := cmd.OutOrStdout().Write(document); err != nil {
				return clikit.Failed(err)
			}
			return nil
		},
	}
}
