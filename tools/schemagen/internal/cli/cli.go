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

// The exit statuses.
const (
	exitOK     = 0 // success
	exitFound  = 1 // generated files are out of date, or lint or breaking found something
	exitFailed = 2 // invalid schema, unwritable file or wrong command line
)

// Emitter generates the files of one target from a contract.
type Emitter func(*ir.Contract, gogen.Options) ([]emit.File, error)

// errFound ends a command that has already printed its findings.
var errFound = errors.New("found something")

// Run runs one command and returns the exit status: 0 on success, 1 if generated files are out of
// date or if lint or breaking found something, 2 if the command failed.
func Run(args []string, stdout, stderr io.Writer, emitters ...Emitter) int {
	c := &command{emitters: emitters}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	switch err := root.Execute(); {
	case err == nil:
		return exitOK
	case errors.Is(err, errFound):
		return exitFound
	default:
		_, _ = fmt.Fprintln(stderr, "schemagen:", c.explain(err)) // there is no other place for the error
		return exitFailed
	}
}

// command is the state that all commands share.
type command struct {
	emitters []Emitter
	schema   string
	out      string
	complete bool
	warnings schema.Problems // problems that plan found and that do not prevent generating
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "schemagen",
		Short: "Generate code from a protocol's schema",
		Long: `schemagen reads a folder of JSON Schema draft-07 documents that describe a protocol, and generates code and documentation from
them. The folder's contract.json lists the documents; tools/schemagen/README.md describes their format.`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&c.schema, "schema", "schema", "folder of the schema")
	root.AddCommand(c.generate(), c.check(), c.lint(), c.breaking(), c.bundle(), c.release(), c.keywords(), c.init())
	return root
}

func (c *command) generate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write the generated files",
		Long: `Writes the generated files: all of them or, on an error, none. Removes files that are no longer generated. Never touches files
that were not generated. Also writes meta/keywords.json to the schema's folder; it describes the x- keywords for editors.
Warns about integers that TypeScript cannot represent exactly, and about types that have no finite value.`,
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
		Short: "Report whether the generated files are up to date",
		Long: `Compares the generated files with what generate would write, and prints the differences as a unified diff. Writes nothing.
Exit status: 0 if all files are up to date; 1 if a file is stale, missing or no longer generated; 2 if the schema is invalid.`,
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
			return errFound
		},
	}
	cmd.Flags().StringVar(&c.out, "out", "gen", "folder of the generated files")
	return cmd
}

func (c *command) lint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Report problems of the schema",
		Long: `Prints every problem of the schema as a line file:line:column: text. Reports everything that generate refuses, and also problems
that generate accepts: missing descriptions, keywords and defaults without effect, documents that contract.json does not list,
integers that TypeScript cannot represent exactly, types that have no finite value.
Exit status: 0 if there are no problems, 1 if there are some, 2 if the schema cannot be read.`,
		Example: `  schemagen lint
  schemagen lint --schema protocol
  schemagen lint --complete   # also report messages that are x-planned`,
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
				return errFound
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&c.complete, "complete", false, "also report messages that are x-planned")
	return cmd
}

// shownWarnings is the number of warnings that generate prints. A schema that was never linted may
// have hundreds.
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
		if _, err := fmt.Fprintf(w, "warning: %d more; run schemagen lint to see all\n", more); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

// place prefixes the file of a problem with the folder of the schema, so that editors find it.
func (c *command) place(p schema.Problem) schema.Problem {
	p.Pos.File = filepath.ToSlash(filepath.Join(c.schema, filepath.FromSlash(p.Pos.File)))
	return p
}

// explain returns the text of an error. Problems of the schema are listed with their places, one
// per line.
func (c *command) explain(err error) string {
	var problems schema.Problems
	if !errors.As(err, &problems) {
		return err.Error()
	}
	placed := make(schema.Problems, len(problems))
	for i, p := range problems {
		placed[i] = c.place(p)
	}
	return "the schema is invalid:\n" + placed.Error()
}

// oneArgument requires exactly one argument. The error text describes it and shows an example.
func oneArgument(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s takes one argument, %s, not %d: %s", cmd.Name(), what, len(args), example)
	}
}

// report prints the changes.
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
	if _, err := fmt.Fprintf(w, "%d files up to date, %d written, %d removed\n", plan.Current, written, removed); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
