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

// config has the flags of seg demo.
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
	// cellSelectSeconds is the minimum time to choose cells. The time of a turn would be too short
	// on a slow machine.
	cellSelectSeconds = 60
)

// Command returns the command "seg demo".
func Command() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a whole game: a server, a session, and bots that play",
		Long: `Starts a server with an empty temporary database, lets bots play a game on it, and prints each turn and the result. The timers of the
server end the turns. Every bot has its own connection and uses the generated Go client. The database is deleted at the end.

While the demo runs, "seg watch" shows all broadcasts; the first lines of the output say how.`,
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
			if err != nil && !errors.Is(err, syscall.EPIPE) { // the reader of the output has gone
				return clikit.Failed(err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&c.addr, "addr", "127.0.0.1:0", "address that the demo's server listens on (port 0 chooses a free port)")
	cmd.Flags().StringVar(&c.ruleset, "ruleset", "classic", "rules of the game: classic, industrial, or a file")
	cmd.Flags().IntVar(&c.bots, "bots", 4, fmt.Sprintf("number of bots, at most %d", maxBots))
	cmd.Flags().Int64Var(&c.steps, "steps", 10, "number of turns")
	cmd.Flags().DurationVar(&c.turn, "turn", 2*time.Second, "duration of a turn")
	return cmd
}

// run starts a server, plays one game on it, and stops it.
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
		defer stop() // the game ends with its server
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

// serverConfig returns the settings of the demo's server: the defaults, except for address,
// database, password and ruleset.
func serverConfig(addr, dir, rules string) serve.Config {
	var s serve.Config
	s.Bind(pflag.NewFlagSet("demo", pflag.ContinueOnError))
	s.Addr, s.DatabaseURL, s.Password, s.Ruleset = addr, "sqlite://"+filepath.Join(dir, "seg.db"), serve.RandomPassword(), rules
	s.LogLevel = slog.LevelWarn
	s.Limits.MessageRate = 0 // bots send faster than people
	return s
}

// writeRuleset writes the ruleset of the demo to file: the chosen ruleset, with the turn time of
// --turn. It returns the rules.
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
	// This stage ends when the last bot has chosen a cell. The timer is only a safety net.
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
