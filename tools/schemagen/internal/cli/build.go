package cli

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/output"
	"seg.example/tools/schemagen/internal/schema"
)

// plan compares the generated files with what the schema requires.
func (c *command) plan() (output.Plan, error) {
	_, contract, err := c.read()
	if err != nil {
		return output.Plan{}, err
	}
	c.warnings = lower.Warn(contract)
	importPath, err := importPath(c.out)
	if err != nil {
		return output.Plan{}, err
	}
	files, err := c.emit(contract, gogen.Options{ImportPath: importPath, Schema: os.DirFS(c.schema)})
	if err != nil {
		return output.Plan{}, fmt.Errorf("generate: %w", err)
	}
	for i := range files {
		if files[i], err = formatted(files[i]); err != nil {
			return output.Plan{}, err
		}
	}
	meta := emit.File{Path: "keywords.json", Data: schema.Keywords}
	return output.Compare(
		output.Folder{Dir: c.out, Files: files},
		output.Folder{Dir: filepath.Join(c.schema, "meta"), Files: []emit.File{meta}},
	)
}

// read reads and lowers the schema. If the schema is invalid, the error wraps schema.Problems with
// all problems of both steps and of the examples. The contract is then nil, and the set may be.
func (c *command) read() (*schema.Set, *ir.Contract, error) {
	set, contract, err := lower.Read(os.DirFS(c.schema))
	problems, ok := errors.AsType[schema.Problems](err)
	if err != nil && !ok {
		return set, nil, fmt.Errorf("schema %s: %w", c.schema, err)
	}
	_, err = example.Load(os.DirFS(c.schema))
	found, ok := errors.AsType[schema.Problems](err)
	if err != nil && !ok {
		return set, nil, fmt.Errorf("schema %s: %w", c.schema, err)
	}
	if problems = append(problems, found...); len(problems) > 0 {
		return set, nil, fmt.Errorf("schema %s: %w", c.schema, problems.Sorted())
	}
	return set, contract, nil
}

// emit runs all emitters, so that the problems of one do not hide those of another. If the schema
// is at fault, the error is schema.Problems.
func (c *command) emit(contract *ir.Contract, options gogen.Options) ([]emit.File, error) {
	var files []emit.File
	var problems schema.Problems
	var internal []error
	for _, emitter := range c.emitters {
		made, err := emitter(contract, options)
		found := problemsOf(err)
		if err != nil && found == nil {
			internal = append(internal, err)
		}
		problems = append(problems, found...)
		files = append(files, made...)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return files, errors.Join(internal...)
}

// problemsOf returns the problems that an emitter's error consists of; nil if it contains anything
// else.
func problemsOf(err error) schema.Problems {
	if problems, ok := errors.AsType[schema.Problems](err); ok {
		return problems
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		var problems schema.Problems
		for _, one := range all.Unwrap() {
			found := problemsOf(one)
			if found == nil {
				return nil
			}
			problems = append(problems, found...)
		}
		return problems
	}
	if p, ok := errors.AsType[*emit.Problem](err); ok {
		return schema.Problems{{Pos: p.Pos, Text: p.Text}}
	}
	return nil
}

// findings returns everything that lint reports, sorted. The error means that lint could not run.
func (c *command) findings() (schema.Problems, error) {
	fsys := os.DirFS(c.schema)
	var problems schema.Problems
	set, contract, err := c.read()
	if set == nil {
		if errors.As(err, &problems) {
			return problems, nil
		}
		return nil, err
	}
	if err == nil {
		_, err = c.emit(contract, gogen.Options{ImportPath: "example.test", Schema: fsys})
	}
	if err != nil && !errors.As(err, &problems) {
		return nil, fmt.Errorf("schema %s: %w", c.schema, err)
	}
	policy := lower.AllowPlanned
	if c.complete {
		policy = lower.RefusePlanned
	}
	problems = append(problems, lower.Lint(set, policy)...)
	unlisted, err := schema.Unlisted(fsys, set)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", c.schema, err)
	}
	problems = append(problems, unlisted...)
	return problems.Sorted(), nil
}

// formatted runs gofmt on Go files.
func formatted(file emit.File) (emit.File, error) {
	if path.Ext(file.Path) != ".go" {
		return file, nil
	}
	data, err := format.Source(file.Data)
	if err != nil {
		return file, fmt.Errorf("internal error: the generated file %s does not parse: %w\n%s", file.Path, err, numbered(file.Data))
	}
	return emit.File{Path: file.Path, Data: data}, nil
}

// numbered adds line numbers to a text.
func numbered(data []byte) string {
	var out strings.Builder
	for i, line := range bytes.Split(data, []byte("\n")) {
		fmt.Fprintf(&out, "%5d  %s\n", i+1, line)
	}
	return out.String()
}

// importPath returns the import path of a folder, from the nearest go.mod. The folder need not
// exist.
func importPath(dir string) (string, error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find go.mod: %w", err)
	}
	for root := full; ; root = filepath.Dir(root) {
		data, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if err == nil {
			module := modulePath(data)
			if module == "" {
				return "", fmt.Errorf("%s has no module line", filepath.Join(root, "go.mod"))
			}
			relative, err := filepath.Rel(root, full)
			if err != nil {
				return "", fmt.Errorf("find go.mod: %w", err)
			}
			return path.Join(module, filepath.ToSlash(relative)), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find go.mod: %w", err)
		}
		if root == filepath.Dir(root) {
			return "", fmt.Errorf("no go.mod in %s or above it: generated Go packages must be in a module", dir)
		}
	}
}

// modulePath returns the module path in a go.mod.
func modulePath(data []byte) string {
	for line := range strings.SplitSeq(string(data), "\n") {
		words := strings.Fields(line)
		if len(words) >= 2 && words[0] == "module" {
			return strings.Trim(words[1], "\"`")
		}
	}
	return ""
}
