// Package completion is the command "seg completion": it prints scripts that complete command lines in a shell.
package completion
