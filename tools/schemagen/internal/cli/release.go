package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/bundle"
	"seg.example/tools/schemagen/internal/output"
	"seg.example/tools/schemagen/internal/release"
)

// releaseFlags are the flags of the command release.
type releaseFlags struct {
	dir, changelog, date string
}

// Files of a release, in the folder that --released names.
const (
	releasedFile = "contract.json" // the bundle that released clients know
	allowFile    = "allow.json"    // deliberate breaking changes since then
)

func (c *command) release() *cobra.Command {
	flags := releaseFlags{}
	cmd := &cobra.Command{
		Use:   "release VERSION",
		Short: "Record the schema as released",
		Long: `Writes the schema as a bundle to contract.json in the folder of the release, empties allow.json there, and adds an entry to the
changelog with the text under "Unreleased" and the changes since the last release.

VERSION must equal the version in the schema's contract.json and be higher than that of the last release. If a change breaks
clients, allowed or not, it must be a new major version or, while that is 0, a new minor version. Otherwise, or if nothing has
changed, nothing is written and the exit status is 2.`,
		Example: "  schemagen release 0.2.0",
		Args:    oneArgument("the version", "schemagen release 0.2.0"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.date == "" {
				flags.date = time.Now().UTC().Format(time.DateOnly)
			}
			summary, err := c.makeRelease(args[0], flags)
			if err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), []byte(summary))
		},
	}
	cmd.Flags().StringVar(&flags.dir, "released", "schema/released", "folder of the release")
	cmd.Flags().StringVar(&flags.changelog, "changelog", "CHANGELOG.md", "the changelog")
	cmd.Flags().StringVar(&flags.date, "date", "", "date of the entry (default today)")
	return cmd
}

// makeRelease writes a release, or nothing. It returns a line for each written file.
func (c *command) makeRelease(version string, flags releaseFlags) (string, error) {
	after, err := openSchema(c.schema)
	if err != nil {
		return "", err
	}
	if current := after.contract.Version; current != version {
		return "", fmt.Errorf("the version of the schema is %s, not %s: change contract.json and generate first", current, version)
	}
	packed, err := bundle.Pack(os.DirFS(c.schema))
	if err != nil {
		return "", fmt.Errorf("schema %s: %w", c.schema, err)
	}
	entry, err := c.releaseEntry(after, flags)
	if err != nil {
		return "", err
	}
	log, err := readOptional(flags.changelog)
	if err != nil {
		return "", err
	}
	files := []struct {
		path string
		data []byte
	}{
		{filepath.Join(flags.dir, releasedFile), packed},
		{filepath.Join(flags.dir, allowFile), breaking.EmptyAllowances()},
		{flags.changelog, release.AddEntry(log, entry)},
	}
	if err := os.MkdirAll(flags.dir, 0o750); err != nil {
		return "", fmt.Errorf("write release: %w", err)
	}
	var summary strings.Builder
	for _, f := range files {
		if err := output.Replace(f.path, f.data); err != nil {
			return "", fmt.Errorf("write release: %w", err)
		}
		fmt.Fprintln(&summary, "wrote", filepath.ToSlash(f.path))
	}
	return summary.String(), nil
}

// releaseEntry returns the changelog entry of a release: the changes since the last one, or a
// summary of the first.
func (c *command) releaseEntry(after contractAt, flags releaseFlags) (release.Entry, error) {
	entry := release.Entry{Version: after.contract.Version, Date: flags.date, Hash: after.contract.Hash}
	last := filepath.Join(flags.dir, releasedFile)
	if _, err := os.Stat(last); errors.Is(err, fs.ErrNotExist) {
		entry.Changes = release.First(after.contract)
		return entry, nil
	}
	allow := filepath.Join(flags.dir, allowFile)
	if _, err := os.Stat(allow); errors.Is(err, fs.ErrNotExist) {
		allow = ""
	}
	report, err := c.compare(last, allow)
	if err != nil {
		return release.Entry{}, err
	}
	if report.Old.Documents == report.New.Documents {
		return release.Entry{}, fmt.Errorf("nothing has changed since %s", report.Old.Version)
	}
	if err := release.CheckVersion(report.Old.Version, report.New.Version, report.Findings); err != nil {
		return release.Entry{}, err
	}
	entry.Changes = report.Markdown()
	return entry, nil
}
