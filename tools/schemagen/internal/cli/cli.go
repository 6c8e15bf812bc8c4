// Package cli is the command line of schemagen.
package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/output"
	"seg.example/tools/schemagen/internal/schema"
)

// How the program ends.
const (
	exitFine   = 0 // done, and nothing is wrong
	exitWrong  = 1 // generated files are stale, or lint has found something
	exitFailed = 2 // the schema cannot be read or used, a file cannot be written, the command line is wrong
)

// Emitter prints a contract in one form.
type Emitter func(*ir.Contract, gogen.Options) ([]emit.File, error)

// errWrong ends a command that has said what is wrong.
var errWrong = errors.New("wrong")

// Run runs one command and returns the program's exit status: 0 when all is well, 1 when generated files are stale or lint has
// found something, 2 when the command could not be carried out.
func Run(args []string, stdout, stderr io.Writer, emitters ...Emitter) int {
	c := &command{emitters: emitters}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	switch err := root.Execute(); {
	case err == nil:
		return exitFine
	case errors.Is(err, errWrong):
		return exitWrong
	default:
		_, _ = fmt.Fprintln(stderr, "schemagen:", c.explain(err)) // there is nobody left to tell
		return exitFailed
	}
}

// command is what the commands share.
type command struct {
	emitters []Emitter
	schema   string
	out      string
	complete bool
	warnings schema.Problems // what plan has found that can be generated and should not be
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "schemagen",
		Short: "Turn a protocol's schema into code",
		Long: `schemagen reads a folder of JSON Schema draft-07 documents that describe a protocol, and writes the code that must agree
with it. The folder's contract.json lists the documents; tools/schemagen/README.md tells what may stand in them.`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&c.schema, "schema", "schema", "folder of the schema")
	root.AddCommand(c.generate(), c.check(), c.lint(), c.breaking(), c.bundle(), c.release(), c.keywords(), c.start())
	return root
}

func (c *command) generate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write the generated files",
		Long: `Writes the generated files: all of them or, when anything is wrong, none. Files that are no longer generated are removed; files
that were not generated are never touched. The schema's own folder gets meta/keywords.json, which describes the x- keywords to
editors. Warns of integers that TypeScript cannot hold exactly and of types of which there is no value.`,
		Example: `  schemagen generate
  schemagen generate --schema protocol --out internal/gen`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan, err := c.plan()
			if err != nil {
				return err
			}
			if err := plan.Apply(output.RealDisk{}); err != nil {
				return err
			}
			if err := c.warn(cmd.ErrOrStderr()); err != nil {
				return err
			}
			return report(cmd.OutOrStdout(), plan)
		},
	}
	cmd.Flags().StringVar(&c.out, "out", "gen", "folder of the generated files")
	return cmd
}

func (c *command) check() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell whether the generated files are current",
		Long: `Writes nothing. Ends with 0 when every generated file is what generate would write, and with 1 and a unified diff when one is
stale, missing, or should not be there. Ends with 2 when the schema cannot be read.`,
		Example: `  schemagen check
  schemagen check --schema protocol --out internal/gen`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan, err := c.plan()
			if err != nil {
				return err
			}
			if len(plan.Changes) == 0 {
				return nil
			}
			if _, err := cmd.OutOrStdout().Write(plan.Diff()); err != nil {
				return fmt.Errorf("print: %w", err)
			}
			return errWrong
		},
	}
	cmd.Flags().StringVar(&c.out, "out", "gen", "folder of the generated files")
	return cmd
}

func (c *command) lint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Find what is wrong with the schema",
		Long: `Prints everything that is wrong with the schema, a line for each, as file:line:column: text, and then ends with 1. It sees what
generate refuses, and besides what generate bears: missing descriptions, keywords and defaults without effect, documents that
contract.json does not list, integers that TypeScript cannot hold exactly, types of which there is no value.`,
		Example: `  schemagen lint
  schemagen lint --schema protocol
  schemagen lint --complete   # nothing may be x-planned any more`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			problems, err := c.findings()
			if err != nil {
				return err
			}
			for _, p := range problems {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), c.place(p)); err != nil {
					return fmt.Errorf("print: %w", err)
				}
			}
			if len(problems) > 0 {
				return errWrong
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&c.complete, "complete", false, "refuse x-planned")
	return cmd
}

// shownWarnings is how many warnings generate prints: a schema that has never been linted may have hundreds.
const shownWarnings = 5

// warn prints the first warnings.
func (c *command) warn(w io.Writer) error {
	shown := min(len(c.warnings), shownWarnings)
	for _, p := range c.warnings[:shown] {
		if _, err := fmt.Fprintln(w, "warning:", c.place(p)); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	if more := len(c.warnings) - shown; more > 0 {
		if _, err := fmt.Fprintf(w, "warning: and %d more, which schemagen lint shows\n", more); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

// place prefixes a problem's file with the folder of the schema, so that editors find it.
func (c *command) place(p schema.Problem) schema.Problem {
	p.Pos.File = filepath.ToSlash(filepath.Join(c.schema, filepath.FromSlash(p.Pos.File)))
	return p
}

// explain prints an error; problems of the schema with their places, a line for each.
func (c *command) explain(err error) string {
	var problems schema.Problems
	if !errors.As(err, &problems) {
		return err.Error()
	}
	placed := make(schema.Problems, len(problems))
	for i, p := range problems {
		placed[i] = c.place(p)
	}
	return "the schema is wrong:\n" + placed.Error()
}

// one asks for exactly one argument, and says which and how.
func one(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s takes one argument, %s, not %d: %s", cmd.Name(), what, len(args), example)
	}
}

// report says what has been changed.
func report(w io.Writer, plan output.Plan) error {
	written, removed := 0, 0
	for _, change := range plan.Changes {
		verb := "wrote"
		if change.New == nil {
			verb = "removed"
			removed++
		} else {
			written++
		}
		if _, err := fmt.Fprintln(w, verb, filepath.ToSlash(change.Path)); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	if _, err := fmt.Fprintf(w, "%d files current, %d written, %d removed\n", plan.Current, written, removed); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
