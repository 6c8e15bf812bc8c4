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

// botConfig has the flags of seg load --bots.
type botConfig struct {
	config

	bots       int
	perSession int
	ruleset    string
}

// matches returns the number of sessions at a time.
func (c *botConfig) matches() int { return c.bots / c.perSession }

// check returns an error if a flag has a value that cannot work.
func (c *botConfig) check() error {
	if c.perSession < 1 || c.perSession > 30 || c.bots%c.perSession != 0 {
		return errors.New("--bots-per-session must be from 1 to 30, and --bots a multiple of it")
	}
	if c.password == "" {
		return errors.New("the operator's password is needed: SEG_PASSWORD or --password")
	}
	c.clients = c.bots
	return c.config.check("--bots", c.matches()+1)
}

// addBotFlags adds --bots and its flags to cmd, the load command itself.
func addBotFlags(cmd *cobra.Command) {
	var c botConfig
	c.bind(cmd.Flags())
	cmd.Flags().IntVar(&c.bots, "bots", 0, "number of bots that play whole games, as in seg demo, but as fast as they can")
	cmd.Flags().IntVar(&c.perSession, "bots-per-session", 4, "number of bots in each session")
	cmd.Flags().StringVar(&c.ruleset, "ruleset", "classic", "rules of the games: a built-in ruleset")
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

// runBots lets bots play game after game. At the end it deletes the sessions that it created, also
// after an error.
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
	operators, err := r.connectOperators(ctx, c.matches())
	defer func() { closeAll(operators) }()
	if err != nil {
		return clikit.Failed(err)
	}
	matches := make([]*botMatch, c.matches())
	base := randomFirstUser()
	for i := range matches {
		matches[i] = &botMatch{run: r, number: i, bots: c.perSession, turns: turns, games: games, o: bot.MatchOptions{
			Operator: operators[i], Session: r.name + "-" + strconv.Itoa(i), Rules: rules, FirstUser: base + int64(i*c.perSession), Now: time.Now,
			Timeout: c.timeout,
			Observe: func(took time.Duration, err error) { r.observeRequest(requests, i, took, err) },
		}}
	}
	r.runTimed(ctx, func(timed context.Context) {
		var all sync.WaitGroup
		for _, p := range matches {
			all.Go(func() { p.play(timed, cleaning) })
		}
		all.Wait()
	})
	r.server = watch()
	return nil
}

// observeRequest records how long a request of a match took.
func (r *testRun) observeRequest(requests *recorder, match int, took time.Duration, err error) {
	// The duration of an interrupted request says nothing. If it timed out, its match counts the
	// error.
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		requests.record(match, took)
	}
}

// randomFirstUser returns the first user id of this run. It is random, so that two runs do not use
// the same ids.
func randomFirstUser() int64 {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return 1 + int64(binary.LittleEndian.Uint64(random[:])>>16)
}

// connectBot connects a bot or an operator. It receives the broadcasts of the session, or of all
// sessions if session is empty.
func (r *testRun) connectBot(ctx context.Context, clientID, session string) (*remote.Client, error) {
	o := remote.Options{ClientID: clientID, Password: wire.Secret(r.config.password), SessionID: session}
	return clikit.DialTimeout(ctx, r.config.timeout, r.config.url, o)
}

// closeAll closes all connections at the same time, because closing waits if the server does not
// answer.
func closeAll(clients []*remote.Client) {
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(c.Close)
	}
	all.Wait()
}

// connectOperators connects one operator per match, which creates sessions and advances them. Each
// match needs its own connection because a connection handles one request at a time. The operators
// subscribe to the idle session. After an error, connectOperators returns the connections that it
// has opened.
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

// connectIdleOperator creates the idle session, in which nothing happens, and returns an operator
// that subscribes to it.
func (r *testRun) connectIdleOperator(ctx context.Context) (*remote.Client, error) {
	first, err := r.connectBot(ctx, r.name, "")
	if err != nil {
		return nil, fmt.Errorf("connect the operator: %w", err)
	}
	defer first.Close()
	// This does not use ctx: an interrupted request may leave a session behind.
	creating, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.timeout)
	defer cancel()
	if _, err := first.CreateSession(creating, &wire.CreateSession{SessionID: wire.Some(r.name)}); err != nil {
		return nil, fmt.Errorf("create the idle session: %w", err)
	}
	listening, err := r.connectBot(ctx, r.name+"-operator", r.name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect the operator: %w", err), r.deleteIdleSession(context.WithoutCancel(ctx), first))
	}
	return listening, nil
}

// deleteIdleSession deletes the idle session.
func (r *testRun) deleteIdleSession(ctx context.Context, operator *remote.Client) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.timeout)
	defer cancel()
	if err := operator.DeleteSession(ctx, &wire.DeleteSession{SessionID: r.name}); err != nil {
		return fmt.Errorf("delete the idle session: %w", err)
	}
	return nil
}

// botMatch is one session and its bots.
type botMatch struct {
	run          *testRun
	number, bots int
	o            bot.MatchOptions
	turns, games *recorder
}

// play plays game after game until ctx ends or there is an error. It creates and deletes sessions
// with the context cleaning, because an interrupted request may leave a session behind.
func (p *botMatch) play(ctx, cleaning context.Context) {
	for ctx.Err() == nil {
		m, err := bot.NewMatch(cleaning, p.o)
		if err == nil {
			err = p.game(ctx, m)
			if ctx.Err() != nil {
				err = nil // interrupted
			}
			if left := m.Close(cleaning); err == nil {
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
func (p *botMatch) game(ctx context.Context, m *bot.Match) error {
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
		m.AddBot(c)
	}
	if err := m.Start(ctx); err != nil {
		return err
	}
	for range p.o.Rules.Limits.Steps {
		turn := time.Now()
		if err := m.Play(ctx); err != nil {
			return err
		}
		if err := m.Advance(ctx); err != nil {
			return err
		}
		p.turns.record(p.number, time.Since(turn))
	}
	p.games.record(p.number, time.Since(began))
	return nil
}
