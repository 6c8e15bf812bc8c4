package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/bundle"
)

// breakingFlags are those of the command breaking.
type breakingFlags struct {
	against, format, allow string
	rules                  bool
}

func (c *command) breaking() *cobra.Command {
	var flags breakingFlags
	cmd := &cobra.Command{
		Use:   "breaking",
		Short: "Tell whether the schema breaks clients that know an older one",
		Long: `Compares the schema with an older one and prints what has changed for the clients that know only that: what they send must still
be accepted, and what they receive still understood. tools/schemagen/BREAKING.md lists the rules.

Ends with 0 when nothing breaks, with 1 when something does, or an allowance is unused, and with 2 when the two cannot be
compared: one of them cannot be read, or is refused by this version of schemagen.`,
		Example: `  schemagen breaking --against git:v1.2.0
  schemagen breaking --against schema/released/contract.json --allow schema/released/allow.json
  schemagen breaking --against ../other/schema --format markdown   # text, json, github or markdown
  schemagen breaking --rules                                       # what is looked for`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.rules {
				return write(cmd.OutOrStdout(), breaking.Table())
			}
			report, err := c.compare(flags.against, flags.allow)
			if err != nil {
				return err
			}
			out, err := printed(report, flags.format)
			if err != nil {
				return err
			}
			if err := write(cmd.OutOrStdout(), out); err != nil {
				return err
			}
			if report.Fails() {
				return errWrong
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&flags.against, "against", "", "the older schema: git:REF, a folder, or a file that bundle has made")
	cmd.Flags().StringVar(&flags.format, "format", "text", "text, json, github or markdown")
	cmd.Flags().StringVar(&flags.allow, "allow", "", `file of changes that may break clients: {"allow": [{"rule", "path", "reason"}]}`)
	cmd.Flags().BoolVar(&flags.rules, "rules", false, "print the table of rules instead")
	return cmd
}

// compare compares the schema with the one that against names. Without a file of allowances nothing is allowed.
func (c *command) compare(against, allow string) (breaking.Report, error) {
	if against == "" {
		return breaking.Report{}, errors.New("--against must name the older schema")
	}
	allowances, err := readAllowances(allow)
	if err != nil {
		return breaking.Report{}, err
	}
	before, wrongBefore := openAgainst(against, c.schema)
	after, wrongAfter := openSchema(c.schema)
	if err := errors.Join(wrongBefore, wrongAfter); err != nil {
		return breaking.Report{}, err
	}
	found, unused := breaking.Allow(breaking.Compare(before.contract, after.contract), allowances)
	return breaking.Report{Old: before.side, New: after.side, Findings: found, Unused: unused}, nil
}

func readAllowances(file string) ([]breaking.Allowance, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("allowances: %w", err)
	}
	all, err := breaking.ReadAllowances(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

// printed is a report in one of the formats.
func printed(r breaking.Report, format string) ([]byte, error) {
	switch format {
	case "text":
		return r.Text(), nil
	case "json":
		return r.JSON()
	case "github":
		return r.GitHub(), nil
	case "markdown":
		return r.Markdown(), nil
	}
	return nil, fmt.Errorf("no format is called %q: choose text, json, github or markdown", format)
}

// write prints what a command has to say.
func write(w io.Writer, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func (c *command) bundle() *cobra.Command {
	return &cobra.Command{
		Use:   "bundle",
		Short: "Print the schema as one file",
		Long: `Prints all documents of the schema as one JSON object, with the protocol's name, version and hash, for breaking --against or to be
kept elsewhere.`,
		Example: "  schemagen bundle > protocol-1.2.0.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := bundle.Pack(os.DirFS(c.schema))
			if err != nil {
				return fmt.Errorf("schema %s: %w", c.schema, err)
			}
			return write(cmd.OutOrStdout(), data)
		},
	}
}
