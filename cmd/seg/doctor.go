package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// status is what a check has come to.
type status string

const (
	statusOK   status = "ok"
	statusWarn status = "warn" // it works, but
	statusFail status = "fail" // it does not work, or must not stay so
)

// finding is the result of one check.
type finding struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"` // what to do next; empty where nothing is to be done
}

func doctorCommand() *cobra.Command {
	var c config
	asJSON, exposed := false, false
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check whether a server can work here",
		Long: `Checks what a server needs: the variables, the address, the database and its migrations, the password, the number of files it may
open, the clock, the ruleset and the certificate; and whether a server that runs already speaks the same protocol. Nothing is changed.

It takes the flags and variables of "seg serve": give it the same. Each check is ok, warn or fail, and says what to do next. The exit
code is 1 when one fails.`,
		Example: "  SEG_PASSWORD=your-password seg doctor\n  seg doctor --database-url sqlite:///var/lib/seg/seg.db --json",
		Args:    noArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			exposed = cmd.Flags().Changed("password")
			if err := environment(cmd.Flags()); err != nil {
				return err
			}
			c.misspelt = misspelt(cmd.Root(), os.Environ())
			return c.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			source := passwordHidden
			if exposed {
				source = passwordOnCommandLine
			}
			return conclude(examine(cmd.Context(), c, source), asJSON, cmd.OutOrStdout())
		},
	}
	c.bind(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

// doctorTimeout bounds what a check may wait for.
const doctorTimeout = 5 * time.Second

// examine makes all checks.
func examine(ctx context.Context, c config, source passwordSource) []finding {
	ctx, cancel := context.WithTimeout(ctx, 4*doctorTimeout)
	defer cancel()
	address, found := checkAddress(ctx, c)
	findings := []finding{
		checkVariables(c.misspelt),
		address,
		checkContract(found),
		checkDatabase(ctx, c.database),
		checkPassword(c.password, source),
		checkFiles(c.limits),
		checkClock(watchClock(ctx)),
		checkRuleset(c.ruleset),
	}
	if c.tlsCert != "" {
		findings = append(findings, checkCertificate(c, time.Now()))
	}
	return findings
}

// conclude prints findings. The error says that a check has failed.
func conclude(findings []finding, asJSON bool, out io.Writer) error {
	failed := 0
	for _, f := range findings {
		if f.Status == statusFail {
			failed++
		}
	}
	if err := printFindings(findings, failed == 0, asJSON, out); err != nil {
		return failure{err}
	}
	if failed > 0 {
		return failure{fmt.Errorf("%d of %d checks failed", failed, len(findings))}
	}
	return nil
}

func printFindings(findings []finding, ok, asJSON bool, out io.Writer) error { //nolint:revive // a flag it is: --json
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			OK     bool      `json:"ok"`
			Checks []finding `json:"checks"`
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
