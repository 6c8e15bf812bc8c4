// Schemagen turns a protocol's schema into the code that must agree with it.
//
// Its packages: schema reads documents into a syntax tree with places; lower turns the tree into the intermediate form of package
// ir; gogen prints that as Go; output keeps folders of generated files; cli is the command line.
package main

import (
	"os"

	"seg.example/tools/schemagen/internal/cli"
	"seg.example/tools/schemagen/internal/gogen"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr, gogen.Wire, gogen.Route))
}
