package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seg.example/tools/bench/internal/child"
	"seg.example/tools/bench/internal/report"
	"seg.example/tools/bench/internal/sockets"
)

func serveSocket(ctx context.Context, name string, in io.Reader, out io.Writer) error {
	return sockets.Serve(ctx, name, in, out)
}

// maxWindow is the longest window: seg pings its clients every 25 s, and these clients do not
// answer.
const maxWindow = 5 * time.Second

func socketsCommand() *cobra.Command {
	var o sockets.Options
	kinds := sockets.Kinds()
	cmd := &cobra.Command{
		Use:   "sockets [" + strings.Join(kinds, "|") + "]...",
		Short: "Measure the sockets",
		Long: `Measures servers on the loopback interface, each in its own process: round trips of a ping, broadcasts of 200 bytes at full
speed and at 20 a second, and the memory of idle sockets. Clients and servers share the machine, so the server's processor time per
message is the most stable figure. Without arguments everything is measured.`,
		Example: `  go run . sockets
  go run . sockets ping --rounds 9
  go run . sockets idle --idle-sockets 5000 --seg ../../bin/seg`,
		ValidArgs: kinds, Args: cobra.OnlyValidArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Kinds = args
			if len(args) == 0 {
				o.Kinds = kinds
			}
			return measureSockets(cmd.Context(), cmd, o)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Rounds, "rounds", 5, "windows for each server, at least 5; idle sockets are measured in three")
	flags.DurationVar(&o.Window, "window", time.Second, "length of a window, at most "+maxWindow.String())
	flags.IntVar(&o.PingSockets, "ping-sockets", 64, "number of sockets that ping concurrently")
	flags.IntVar(&o.FanSockets, "fan-sockets", 1000, "number of sockets that receive each broadcast")
	flags.IntVar(&o.IdleSockets, "idle-sockets", 10000, "number of idle sockets")
	flags.StringVar(&o.Seg, "seg", "", "path of a built seg program (default: build one)")
	return cmd
}

func measureSockets(ctx context.Context, cmd *cobra.Command, o sockets.Options) (err error) {
	if err := checkRounds(o.Rounds); err != nil {
		return err
	}
	if o.Window <= 0 || o.Window > maxWindow {
		return fmt.Errorf("--window must be positive and at most %s", maxWindow)
	}
	if min(o.PingSockets, o.FanSockets, o.IdleSockets) < 1 {
		return errors.New("at least one socket is needed")
	}
	o.Progress = cmd.ErrOrStderr()
	o.Start = func(ctx context.Context, name string) (*child.Process, error) {
		return child.Self(ctx, socketWorkerName, name)
	}
	if o.Seg == "" && (slices.Contains(o.Kinds, sockets.Ping) || slices.Contains(o.Kinds, sockets.Idle)) {
		dir, err := os.MkdirTemp("", "seg-bench")
		if err != nil {
			return fmt.Errorf("make a folder for seg: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		o.Seg = filepath.Join(dir, "seg")
		fmt.Fprintln(o.Progress, "sockets: building seg")
		if err := sockets.Build(ctx, o.Seg); err != nil {
			return err
		}
	}
	figures, err := sockets.Run(ctx, o)
	if err != nil {
		return err
	}
	return write(cmd, figures.Table(), report.Goals("Sockets: goals", figures.Goals()))
}
