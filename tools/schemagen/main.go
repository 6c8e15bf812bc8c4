// Schemagen generates code and documentation from a protocol's schema.
//
// Package schema parses documents into a syntax tree with places. Package lower converts the tree
// to the intermediate representation of package ir. gogen generates Go from it, tsgen TypeScript,
// and docgen documentation. output updates folders of generated files. cli is the command line.
package main

import (
	"errors"
	"io/fs"
	"os"

	"seg.example/tools/schemagen/internal/cli"
	"seg.example/tools/schemagen/internal/docgen"
	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/tsgen"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr, gogen.Wire, gogen.Route, gogen.Client, npmPackage, docgen.Docs))
}

// npmPackage generates the TypeScript client, with the example program of the schema folder if
// there is one.
func npmPackage(c *ir.Contract, o gogen.Options) ([]emit.File, error) {
	example, err := fs.ReadFile(o.Schema, tsgen.ExampleFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return tsgen.Package(c, string(example))
}
