package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/serve"
	"seg.example/internal/game"
	"seg.example/internal/ruleset"
)

// config is what a demonstration can be told.
type config struct {
	addr    string
	ruleset string
	bots    int
	steps   int64
	turn    time.Duration
}

const (
	sessionID = "DEMO"
	maxBots   = 16
	// cellSelectSeconds is how long the bots may take to choose their cells, in seconds: with a turn's time a slow machine would come too late.
	cellSelectSeconds = 60
)

// Command returns the command "seg demo".
func Command() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a whole game: a server, a session, and bots that play in it",
		Long: `Starts a server of its own with an empty database, lets bots play a game on it that the server's timers drive, and shows how it goes
and how it ends. Every bot has a connection and uses the same client as any Go program would. Nothing is left behind.

While it runs, "seg watch" shows everything that happens; the first line says how.`,
		Example: `  seg demo
  seg demo --ruleset industrial --steps 15 --turn 1s
  seg demo --bots 8 --addr 127.0.0.1:8000`,
		Args: clikit.NoArguments,
		PreRunE: func(*cobra.Command, []string) error {
			switch {
			case c.bots < 1 || c.bots > maxBots:
				return fmt.Errorf("--bots must be from 1 to %d", maxBots)
			case c.steps < 1 || c.steps > game.MaxSteps:
				return fmt.Errorf("--steps must be from 1 to %d", game.MaxSteps)
			case c.turn < time.Second || c.turn > time.Hour || c.turn%time.Second != 0:
				return errors.New("--turn must be whole seconds, from 1s to 1h")
			}
			return clikit.CheckListenAddr(c.addr)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := clikit.UntilPipeCloses(cmd)
			defer stop()
			err := run(ctx, c, cmd.OutOrStdout(), cmd.ErrOrStderr())
			if err != nil && !errors.Is(err, syscall.EPIPE) { // whoever reads may have had enough
				return clikit.Failed(err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&c.addr, "addr", "127.0.0.1:0", "address that the demo's server listens at (port 0 takes a free one)")
	cmd.Flags().StringVar(&c.ruleset, "ruleset", "classic", "rules to play by: classic, industrial, or a file")
	cmd.Flags().IntVar(&c.bots, "bots", 4, fmt.Sprintf("how many play, at most %d", maxBots))
	cmd.Flags().Int64Var(&c.steps, "steps", 10, "turns of the game")
	cmd.Flags().DurationVar(&c.turn, "turn", 2*time.Second, "how long a turn takes")
	return cmd
}

// run plays one game on a server of its own.
func run(ctx context.Context, c config, stdout, stderr io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "seg-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "ruleset.json")
	rules, err := writeRuleset(c, file)
	if err != nil {
		return err
	}
	s := serverConfig(c.addr, dir, file)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	at := make(chan net.Addr, 1)
	s.OnListen = func(addr net.Addr) { at <- addr }
	if err := s.Check(); err != nil {
		return err
	}
	var both errgroup.Group
	both.Go(func() error {
		defer stop() // a server that ends takes the game with it
		return serve.Run(ctx, s, io.Discard, stderr)
	})
	both.Go(func() error {
		defer stop()
		select {
		case addr := <-at:
			return (&match{c: c, url: "ws://" + addr.String() + "/ws/connect", password: s.Password, rules: rules, out: stdout}).play(ctx)
		case <-ctx.Done():
			return nil
		}
	})
	return both.Wait()
}

// serverConfig is what the demo's server is told: the defaults, but for where it
// listens and what it keeps.
func serverConfig(addr, dir, rules string) serve.Config {
	var s serve.Config
	s.Bind(pflag.NewFlagSet("demo", pflag.ContinueOnError))
	s.Addr, s.DatabaseURL, s.Password, s.Ruleset = addr, "sqlite://"+filepath.Join(dir, "seg.db"), serve.RandomPassword(), rules
	s.LogLevel = slog.LevelWarn
	s.Limits.MessageRate = 0 // bots are faster than people
	return s
}

// writeRuleset writes the ruleset of the demo to file: that of c, with turns as long as c says.
func writeRuleset(c config, file string) (*game.Ruleset, error) {
	set, err := ruleset.Open(c.ruleset)
	if err != nil {
		return nil, err
	}
	base, err := set.Find("")
	if err != nil {
		return nil, err
	}
	var document map[string]any
	for _, r := range set.All() {
		if r.Rules.ID == base.ID {
			if err := json.Unmarshal(r.Document, &document); err != nil {
				return nil, err
			}
		}
	}
	seconds := int64(c.turn / time.Second)
	document["name"] = "demo"
	// Cells are chosen until the last bot has done so. The time for that is only for when something is wrong.
	document["timers"] = map[string]int64{"cell_select_seconds": max(seconds, cellSelectSeconds), "turn_seconds": seconds, "change_turn_seconds": 0}
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	r, err := ruleset.Parse(text)
	if err != nil {
		return nil, err
	}
	return r.Rules, os.WriteFile(file, text, 0o600)
}
