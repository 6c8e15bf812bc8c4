package load

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	remote "seg.example/gen/client"
	"seg.example/gen/wire"
	"seg.example/internal/bot"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/ruleset"
)

// botConfig is what a load of bots can be told.
type botConfig struct {
	config

	bots       int
	perSession int
	ruleset    string
}

// tables is how many sessions there are at a time.
func (c *botConfig) tables() int { return c.bots / c.perSession }

// check refuses what makes no sense.
func (c *botConfig) check() error {
	if c.perSession < 1 || c.perSession > 30 || c.bots%c.perSession != 0 {
		return errors.New("--bots-per-session must be from 1 to 30, and --bots a multiple of it")
	}
	if c.password == "" {
		return errors.New("the operator's password is needed: SEG_PASSWORD or --password")
	}
	c.clients = c.bots
	return c.config.check("--bots", c.tables()+1)
}

// addBotFlags makes cmd, the load command itself, play with bots when --bots is given.
func addBotFlags(cmd *cobra.Command) {
	var c botConfig
	c.bind(cmd.Flags())
	cmd.Flags().IntVar(&c.bots, "bots", 0, "let so many bots play whole games, as seg demo does, but as fast as they can")
	cmd.Flags().IntVar(&c.perSession, "bots-per-session", 4, "how many of them play with each other")
	cmd.Flags().StringVar(&c.ruleset, "ruleset", "classic", "what they play by: a built-in ruleset")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := clikit.ApplyEnvironment(cmd.Flags()); err != nil {
			return err
		}
		if c.bots == 0 {
			return nil
		}
		return c.check()
	}
	cmd.Args = clikit.OnlySubcommands
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if c.bots == 0 {
			return cmd.Help()
		}
		ctx, stop := clikit.UntilPipeCloses(cmd)
		defer stop()
		r := newTestRun(c.config, "bots", cmd.ErrOrStderr())
		if err := r.runBots(ctx, c); err != nil {
			return err
		}
		return printReport(r.report(), c.asJSON, cmd.OutOrStdout())
	}
}

// runBots lets bots play game after game. Whatever ends it, it takes away the sessions that it has made.
func (r *testRun) runBots(ctx context.Context, c botConfig) error {
	set, err := ruleset.BuiltIn(c.ruleset)
	if err != nil {
		return err
	}
	rules, err := set.Find("")
	if err != nil {
		return err
	}
	requests, turns, games := r.addRecorder("request"), r.addRecorder("turn"), r.addRecorder("game")
	watch := r.monitorServer(ctx)
	operator, err := r.connectIdleOperator(ctx)
	if err != nil {
		return clikit.Failed(err)
	}
	defer operator.Close()
	cleaning := context.WithoutCancel(ctx)
	defer func() {
		if err := r.deleteIdleSession(cleaning, operator); err != nil {
			r.errors.add(errorKind(err), 1)
		}
	}()
	operators, err := r.connectOperators(ctx, c.tables())
	defer func() { closeAll(operators) }()
	if err != nil {
		return clikit.Failed(err)
	}
	tables := make([]*botTable, c.tables())
	base := randomFirstUser()
	for i := range tables {
		tables[i] = &botTable{run: r, number: i, bots: c.perSession, turns: turns, games: games, o: bot.MatchOptions{
			Operator: operators[i], Session: r.name + "-" + strconv.Itoa(i), Rules: rules, FirstUser: base + int64(i*c.perSession), Now: time.Now,
			Timeout: c.timeout,
			Observe: func(took time.Duration, err error) { r.observeRequest(requests, i, took, err) },
		}}
	}
	r.runTimed(ctx, func(timed context.Context) {
		var all sync.WaitGroup
		for _, p := range tables {
			all.Go(func() { p.play(timed, cleaning) })
		}
		all.Wait()
	})
	r.server = watch()
	return nil
}

// observeRequest notes a request of a table.
func (r *testRun) observeRequest(requests *recorder, table int, took time.Duration, err error) {
	// One that was broken off, which is an error of its table where it took too long, has taken as long as it was let, which says nothing.
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		requests.record(table, took)
	}
}

// randomFirstUser draws where the numbers of this run's users begin, so that two runs do not meet.
func randomFirstUser() int64 {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return 1 + int64(binary.LittleEndian.Uint64(random[:])>>16)
}

// connectBot connects a bot or an operator, who listens to a session; empty: to all.
func (r *testRun) connectBot(ctx context.Context, clientID, session string) (*remote.Client, error) {
	o := remote.Options{ClientID: clientID, Password: wire.Secret(r.config.password), SessionID: session}
	return clikit.DialTimeout(ctx, r.config.timeout, r.config.url, o)
}

// closeAll closes connections, all at once: a server that does not answer any more is waited for each time.
func closeAll(clients []*remote.Client) {
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(c.Close)
	}
	all.Wait()
}

// connectOperators connects those who make and advance the sessions, one for each table: a connection's requests are carried out one by
// one. They listen to the quiet session. With an error come those that were connected before.
func (r *testRun) connectOperators(ctx context.Context, n int) (all []*remote.Client, err error) {
	for i := range n {
		c, err := r.connectBot(ctx, r.name+"-operator-"+strconv.Itoa(i), r.name)
		if err != nil {
			return all, fmt.Errorf("connect an operator: %w", err)
		}
		all = append(all, c)
	}
	return all, nil
}

// connectIdleOperator connects who makes and takes away the quiet session, in which nothing happens, and listens to it.
func (r *testRun) connectIdleOperator(ctx context.Context) (*remote.Client, error) {
	first, err := r.connectBot(ctx, r.name, "")
	if err != nil {
		return nil, fmt.Errorf("connect the operator: %w", err)
	}
	defer first.Close()
	// Not with ctx: a request that is given up half way may leave a session behind.
	creating, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.timeout)
	defer cancel()
	if _, err := first.CreateSession(creating, &wire.CreateSession{SessionID: wire.Some(r.name)}); err != nil {
		return nil, fmt.Errorf("make a quiet session: %w", err)
	}
	listening, err := r.connectBot(ctx, r.name+"-operator", r.name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect the operator: %w", err), r.deleteIdleSession(context.WithoutCancel(ctx), first))
	}
	return listening, nil
}

// deleteIdleSession takes the quiet session away.
func (r *testRun) deleteIdleSession(ctx context.Context, operator *remote.Client) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.timeout)
	defer cancel()
	if err := operator.DeleteSession(ctx, &wire.DeleteSession{SessionID: r.name}); err != nil {
		return fmt.Errorf("delete the quiet session: %w", err)
	}
	return nil
}

// botTable is one table of a load.
type botTable struct {
	run          *testRun
	number, bots int
	o            bot.MatchOptions
	turns, games *recorder
}

// play plays game after game until ctx ends, or something goes wrong. It makes sessions and takes them away as long as cleaning lets
// it: a request that is given up half way may leave a session behind.
func (p *botTable) play(ctx, cleaning context.Context) {
	for ctx.Err() == nil {
		t, err := bot.NewMatch(cleaning, p.o)
		if err == nil {
			err = p.game(ctx, t)
			if ctx.Err() != nil {
				err = nil // it was broken off
			}
			if left := t.Close(cleaning); err == nil {
				err = left
			}
		}
		if err != nil {
			p.run.errors.add(strings.ReplaceAll(errorKind(err), p.o.Session, "a session"), 1)
			return
		}
	}
}

// game plays one game to its end, or until ctx ends.
func (p *botTable) game(ctx context.Context, t *bot.Match) error {
	began := time.Now()
	var seated []*remote.Client
	defer func() {
		closeAll(seated)
		p.run.open.Add(-int64(len(seated)))
	}()
	for i := range p.bots {
		c, err := p.run.connectBot(ctx, fmt.Sprintf("%s-%d", p.o.Session, i), p.o.Session)
		if err != nil {
			return fmt.Errorf("connect a bot: %w", err)
		}
		p.run.open.Add(1)
		seated = append(seated, c)
		t.AddBot(c)
	}
	if err := t.Start(ctx); err != nil {
		return err
	}
	for range p.o.Rules.Limits.Steps {
		turn := time.Now()
		if err := t.Play(ctx); err != nil {
			return err
		}
		if err := t.Advance(ctx); err != nil {
			return err
		}
		p.turns.record(p.number, time.Since(turn))
	}
	p.games.record(p.number, time.Since(began))
	return nil
}
