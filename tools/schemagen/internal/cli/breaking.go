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

// breakingFlags are the flags of the command breaking.
type breakingFlags struct {
	against, format, allow string
	rules                  bool
}

func (c *command) breaking() *cobra.Command {
	var flags breakingFlags
	cmd := &cobra.Command{
		Use:   "breaking",
		Short: "Report changes of the schema that break clients",
		Long: `Compares the schema with an older one and prints the changes that affect clients of the older one: the server must still accept
what they send, and they must still understand what they receive. tools/schemagen/BREAKING.md lists the rules.

Exit status: 0 if nothing breaks; 1 if something breaks or an allowance is unused; 2 if the schemas cannot be compared, because one
cannot be read or this version of schemagen does not accept it.`,
		Example: `  schemagen breaking --against git:v1.2.0
  schemagen breaking --against schema/released/contract.json --allow schema/released/allow.json
  schemagen breaking --against ../other/schema --format markdown   # text, json, github or markdown
  schemagen breaking --rules                                       # print the rules`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.rules {
				return write(cmd.OutOrStdout(), breaking.Table())
			}
			report, err := c.compare(flags.against, flags.allow)
			if err != nil {
				return err
			}
			out, err := formatReport(report, flags.format)
			if err != nil {
				return err
			}
			if err := write(cmd.OutOrStdout(), out); err != nil {
				return err
			}
			if report.Fails() {
				return errFound
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&flags.against, "against", "", "the older schema: git:REF, a folder, or a file that schemagen bundle wrote")
	cmd.Flags().StringVar(&flags.format, "format", "text", "text, json, github or markdown")
	cmd.Flags().StringVar(&flags.allow, "allow", "", `file of allowed changes: {"allow": [{"rule", "path", "reason"}]}`)
	cmd.Flags().BoolVar(&flags.rules, "rules", false, "print the table of rules instead")
	return cmd
}

// compare compares the schema with the one that against names. allow is the file of allowances;
// empty: no change is allowed.
func (c *command) compare(against, allow string) (breaking.Report, error) {
	if against == "" {
		return breaking.Report{}, errors.New("--against must name the older schema")
	}
	allowances, err := readAllowances(allow)
	if err != nil {
		return breaking.Report{}, err
	}
	before, errBefore := openAgainst(against, c.schema)
	after, errAfter := openSchema(c.schema)
	if err := errors.Join(errBefore, errAfter); err != nil {
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

// formatReport returns a report in one of the formats.
func formatReport(r breaking.Report, format string) ([]byte, error) {
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
	return nil, fmt.Errorf("unknown format %q: choose text, json, github or markdown", format)
}

// write prints the output of a command.
func write(w io.Writer, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func (c *command) bundle() *cobra.Command {
	return &cobra.Command{
		Use:     "bundle",
		Short:   "Print the schema as one file",
		Long:    `Prints all documents of the schema as one JSON object, with the protocol's name, version and hash, for schemagen breaking --against.`,
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
