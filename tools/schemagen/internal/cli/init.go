package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/output"
	"seg.example/tools/schemagen/internal/scaffold"
)

func (c *command) start() *cobra.Command {
	var module string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Begin a new protocol",
		Long: `Writes a protocol of one request and one broadcast into a folder, with a server in Go and a test in TypeScript that calls it. The
folder is an empty Go module, or becomes one that is called as --module says. Nothing that is there is overwritten; go.mod and go.sum
get what the generated code needs. Either every file is written, or none.

The README.md that it writes says how to go on.`,
		Example: `  schemagen init --module example.com/chess chess
  cd chess && go generate ./... && go build ./...`,
		Args: one("the folder of the new protocol", "schemagen init --module example.com/chess chess"),
		RunE: func(cmd *cobra.Command, args []string) error {
			written, err := begin(args[0], module)
			if err != nil {
				return err
			}
			for _, path := range written {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), "wrote", filepath.ToSlash(path)); err != nil {
					return fmt.Errorf("print: %w", err)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&module, "module", "", "path of the Go module, where there is no go.mod yet")
	return cmd
}

// begin writes a new protocol into a folder and returns the files that it has written.
func begin(dir, module string) ([]string, error) {
	mod, err := readOptional(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	sum, err := readOptional(filepath.Join(dir, "go.sum"))
	if err != nil {
		return nil, err
	}
	if module, err = moduleOf(mod, module); err != nil {
		return nil, err
	}
	files, err := scaffold.Files(module)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(f.Path))); err == nil {
			return nil, fmt.Errorf("%s exists already: init begins in an empty module", filepath.ToSlash(filepath.Join(dir, f.Path)))
		}
	}
	files = append(files,
		emit.File{Path: "go.mod", Data: scaffold.GoMod(module, mod)}, emit.File{Path: "go.sum", Data: scaffold.GoSum(sum)})
	plan := output.Begin(dir, files, map[string][]byte{"go.mod": mod, "go.sum": sum})
	if err := plan.Apply(output.RealDisk{}); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	var written []string
	for _, change := range plan.Changes {
		written = append(written, change.Path)
	}
	return written, nil
}

// moduleOf decides how the module is called: as its go.mod says, or else as was asked for.
func moduleOf(mod []byte, asked string) (string, error) {
	said := modulePath(mod)
	switch {
	case len(bytes.TrimSpace(mod)) > 0 && said == "":
		return "", errors.New("go.mod names no module")
	case said == "" && asked == "":
		return "", errors.New("there is no go.mod: say with --module what the module is called")
	case said != "" && asked != "" && said != asked:
		return "", fmt.Errorf("go.mod says that the module is %s, not %s", said, asked)
	case said != "":
		return said, nil
	}
	return asked, nil
}

// readOptional reads a file that need not be there.
func readOptional(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read: %w", err)
	}
	return data, nil
}
