// Package cli is the command line of seg: the root command, its help, and advice after errors.
//
// Each command is a package below this one. They share clikit.
package cli
