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

func (c *command) init() *cobra.Command {
	var module string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Create a new protocol",
		Long: `Writes a protocol with one request and one broadcast to a folder, with a server in Go and a test in TypeScript that calls it. The
folder must be an empty Go module or becomes one; --module is the module path. No file is overwritten, but the requirements of the
generated code are added to go.mod and go.sum. Either all files are written or none.

The generated README.md explains the next steps.`,
		Example: `  schemagen init --module example.com/chess chess
  cd chess && go generate ./... && go build ./...`,
		Args: oneArgument("the folder of the new protocol", "schemagen init --module example.com/chess chess"),
		RunE: func(cmd *cobra.Command, args []string) error {
			written, err := initProtocol(args[0], module)
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
	cmd.Flags().StringVar(&module, "module", "", "path of the Go module if there is no go.mod yet")
	return cmd
}

// initProtocol writes a new protocol to a folder and returns the written files.
func initProtocol(dir, module string) ([]string, error) {
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
			return nil, fmt.Errorf("%s already exists: init needs an empty module", filepath.ToSlash(filepath.Join(dir, f.Path)))
		}
	}
	files = append(files,
		emit.File{Path: "go.mod", Data: scaffold.GoMod(module, mod)}, emit.File{Path: "go.sum", Data: scaffold.GoSum(sum)})
	plan := output.Begin(dir, files, map[string][]byte{"go.mod": mod, "go.sum": sum})
	if err := plan.Apply(output.RealDisk{}); err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	var written []string
	for _, change := range plan.Changes {
		written = append(written, change.Path)
	}
	return written, nil
}

// moduleOf returns the module path: that of the go.mod or, if there is none, the requested one.
func moduleOf(mod []byte, requested string) (string, error) {
	existing := modulePath(mod)
	switch {
	case len(bytes.TrimSpace(mod)) > 0 && existing == "":
		return "", errors.New("go.mod has no module line")
	case existing == "" && requested == "":
		return "", errors.New("there is no go.mod: set the module path with --module")
	case existing != "" && requested != "" && existing != requested:
		return "", fmt.Errorf("the module in go.mod is %s, not %s", existing, requested)
	case existing != "":
		return existing, nil
	}
	return requested, nil
}

// readOptional reads a file that may be missing.
func readOptional(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read: %w", err)
	}
	return data, nil
}
