package main

import (
	"io"

	"github.com/spf13/cobra"
)

// allCommand measures the codec, then the sockets.
func allCommand() *cobra.Command {
	codec, sockets := codecCommand(), socketsCommand()
	return &cobra.Command{
		Use: "all", Short: "Measure the codec, then the sockets", Args: cobra.NoArgs,
		Long: "Runs codec and sockets with their defaults. This takes about five minutes.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, part := range []*cobra.Command{codec, sockets} {
				part.SetContext(cmd.Context())
				part.SetOut(cmd.OutOrStdout())
				part.SetErr(cmd.ErrOrStderr())
				if err := part.RunE(part, nil); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func socketWorker(stdin io.Reader) *cobra.Command {
	return &cobra.Command{
		Use: socketWorkerName, Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return serveSocket(cmd.Context(), args[0], stdin, cmd.OutOrStdout())
		},
	}
}
