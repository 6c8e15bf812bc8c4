package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/serve"
)

// Status is the result of a check.
type Status string

// The values of Status.
const (
	StatusOK   Status = "ok"
	StatusWarn Status = "warn" // the server works, but something should be changed
	StatusFail Status = "fail" // the server does not work, or is not safe
)

// Finding is the result of one check, with what to do about it.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"` // what to do next; empty if there is nothing to do
}

// Command returns the command "seg doctor".
func Command() *cobra.Command {
	var c serve.Config
	asJSON, exposed := false, false
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check whether a server can run here",
		Long: `Checks the environment variables, the address, the database and its migrations, the password, the limit of open files, the clock, the
ruleset and the certificate. It also checks whether a running server uses the same version of the protocol. It changes nothing.

It takes the same flags and variables as "seg serve"; set them as for the server. Each check is ok, warn or fail, and says what to do
next. The exit code is 1 if a check fails.`,
		Example: "  SEG_PASSWORD=your-password seg doctor\n  seg doctor --database-url sqlite:///var/lib/seg/seg.db --json",
		Args:    clikit.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			exposed = cmd.Flags().Changed("password")
			if err := clikit.ApplyEnvironment(cmd.Flags()); err != nil {
				return err
			}
			c.Misspelt = clikit.MisspeltVariables(cmd.Root(), os.Environ())
			return c.Check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			source := passwordHidden
			if exposed {
				source = passwordOnCommandLine
			}
			return printResult(runChecks(cmd.Context(), c, source), asJSON, cmd.OutOrStdout())
		},
	}
	c.Bind(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

// checkTimeout bounds one check.
const checkTimeout = 5 * time.Second

// runChecks runs all checks.
func runChecks(ctx context.Context, c serve.Config, source passwordSource) []Finding {
	ctx, cancel := context.WithTimeout(ctx, 4*checkTimeout)
	defer cancel()
	address, found := checkAddress(ctx, c)
	findings := []Finding{
		checkVariables(c.Misspelt),
		address,
		checkContract(found),
		checkDatabase(ctx, c.DatabaseURL),
		checkPassword(c.Password, source),
		checkFileLimit(c.Limits),
		checkClock(sampleClocks(ctx)),
		checkRuleset(c.Ruleset),
	}
	if c.TLSCert != "" {
		findings = append(findings, checkCertificate(c, time.Now()))
	}
	return findings
}

// printResult prints the findings. The error says how many checks have failed.
func printResult(findings []Finding, asJSON bool, out io.Writer) error {
	failed := 0
	for _, f := range findings {
		if f.Status == StatusFail {
			failed++
		}
	}
	if err := printFindings(findings, failed == 0, asJSON, out); err != nil {
		return clikit.Failed(err)
	}
	if failed > 0 {
		return clikit.Failed(fmt.Errorf("%d of %d checks failed", failed, len(findings)))
	}
	return nil
}

func printFindings(findings []Finding, ok, asJSON bool, out io.Writer) error { //nolint:revive // a flag it is: --json
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			OK     bool      `json:"ok"`
			Checks []Finding `json:"checks"`
		}{ok, findings})
	}
	var text strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&text, "%-5s %-12s %s\n", f.Status, f.Check, f.Text)
		if f.Advice != "" {
			fmt.Fprintf(&text, "%-5s %-12s -> %s\n", "", "", f.Advice)
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}
