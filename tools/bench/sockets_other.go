//go:build !linux

package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"
)

// errLinux is the error on other systems.
var errLinux = errors.New("sockets are measured on Linux only: processor time and memory of the servers come from /proc")

func serveSocket(context.Context, string, io.Reader, io.Writer) error { return errLinux }

func socketsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sockets", Short: "Measure the sockets (Linux only)",
		RunE: func(*cobra.Command, []string) error { return errLinux },
	}
}
