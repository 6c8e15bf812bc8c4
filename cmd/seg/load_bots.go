package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	remote "seg.example/gen/client"
	"seg.example/gen/wire"
	"seg.example/internal/bot"
	"seg.example/internal/ruleset"
)

// botLoad is what a load of bots can be told.
type botLoad struct {
	loadConfig

	perSession int
	ruleset    string
}

// bindBots makes cmd, the load command itself, play with bots when --bots is given.
func bindBots(cmd *cobra.Command) {
	var c botLoad
	c.bind(cmd.Flags())
	cmd.Flags().Lookup("clients").Hidden = true // of the other kinds of load
	cmd.Flags().IntVar(&c.clients, "bots", 0, "let so many bots play whole games, as seg demo does, but as fast as they can")
	cmd.Flags().IntVar(&c.perSession, "bots-per-session", 4, "how many of them play with each other")
	cmd.Flags().StringVar(&c.ruleset, "ruleset", "classic", "what they play by: a built-in ruleset")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := environment(cmd.Flags()); err != nil {
			return err
		}
		if c.clients == 0 {
			return nil
		}
		if c.perSession < 1 || c.perSession > 30 || c.clients%c.perSession != 0 {
			return errors.New("--bots-per-session must be from 1 to 30, and --bots a multiple of it")
		}
		if c.password == "" {
			return errors.New("the operator's password is needed: SEG_PASSWORD or --password")
		}
		return c.check()
	}
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if c.clients == 0 {
			return cmd.Help()
		}
		r := newLoadRun(c.loadConfig, "bots", cmd.ErrOrStderr())
		if err := r.bots(cmd.Context(), c); err != nil {
			return err
		}
		return finish(r.report(), c.json, cmd.OutOrStdout())
	}
}

// bots lets bots play game after game.
func (r *loadRun) bots(ctx context.Context, c botLoad) error {
	set, err := ruleset.BuiltIn(c.ruleset)
	if err != nil {
		return err
	}
	rules, err := set.Find("")
	if err != nil {
		return err
	}
	requests, turns, games := r.measure("request"), r.measure("turn"), r.measure("game")
	watch := r.watchServer(ctx)
	operator, err := r.operator(ctx)
	if err != nil {
		return failure{err}
	}
	defer operator.Close()
	operators, hangUp, err := r.operators(ctx, c.clients/c.perSession)
	if err != nil {
		return failure{err}
	}
	defer hangUp()
	tables := make([]*playing, c.clients/c.perSession)
	base := firstUser()
	for i := range tables {
		tables[i] = &playing{run: r, number: i, bots: c.perSession, turns: turns, games: games, o: bot.TableOptions{
			Operator: operators[i], Session: r.name + "-" + strconv.Itoa(i), Rules: rules, FirstUser: base + int64(i*c.perSession), Now: time.Now,
			Observe: func(took time.Duration, _ error) { requests.record(i, took) },
		}}
	}
	r.timed(ctx, func(timed context.Context) {
		var all sync.WaitGroup
		for _, p := range tables {
			all.Go(func() { p.play(timed, ctx) })
		}
		all.Wait()
	})
	r.server = watch()
	if err := operator.DeleteSession(ctx, &wire.DeleteSession{SessionID: r.name}); err != nil {
		r.fail(ctx, err)
	}
	return nil
}

// firstUser draws where the numbers of this run's users begin, so that two runs do not meet.
func firstUser() int64 {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return 1 + int64(binary.LittleEndian.Uint64(random[:])>>16)
}

// operators connects those who make and advance the sessions, one for each table: a connection's requests are carried out one by
// one. They listen to the quiet session.
func (r *loadRun) operators(ctx context.Context, n int) (all []*remote.Client, hangUp func(), err error) {
	hangUp = func() {
		for _, c := range all {
			c.Close()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.config.timeout)
	defer cancel()
	for i := range n {
		c, err := remote.Dial(ctx, r.config.url, remote.Options{
			ClientID: r.name + "-operator-" + strconv.Itoa(i), Password: wire.Secret(r.config.password), SessionID: r.name,
		})
		if err != nil {
			hangUp()
			return nil, nil, fmt.Errorf("connect an operator: %w", err)
		}
		all = append(all, c)
	}
	return all, hangUp, nil
}

// operator connects who makes and takes away the quiet session, in which nothing happens, and listens to it.
func (r *loadRun) operator(ctx context.Context) (*remote.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.timeout)
	defer cancel()
	o := remote.Options{ClientID: r.name, Password: wire.Secret(r.config.password)}
	first, err := remote.Dial(ctx, r.config.url, o)
	if err != nil {
		return nil, fmt.Errorf("connect the operator: %w", err)
	}
	defer first.Close()
	o.ClientID, o.SessionID = r.name+"-operator", r.name
	if _, err := first.CreateSession(ctx, &wire.CreateSession{SessionID: wire.Some(r.name)}); err != nil {
		return nil, fmt.Errorf("make a quiet session: %w", err)
	}
	return remote.Dial(ctx, r.config.url, o)
}

// playing is one table of a load.
type playing struct {
	run          *loadRun
	number, bots int
	o            bot.TableOptions
	turns, games *measure
}

// play plays game after game until ctx ends, or something goes wrong.
func (p *playing) play(ctx, cleaning context.Context) {
	for ctx.Err() == nil {
		if err := p.game(ctx, cleaning); err != nil {
			p.run.fail(ctx, err)
			return
		}
	}
}

// game plays one game to its end, or until ctx ends, and takes its session away; that it may do as long as cleaning lets it.
func (p *playing) game(ctx, cleaning context.Context) (err error) {
	began := time.Now()
	// Not with ctx: a request that is given up half way may leave a session behind.
	creating, cancel := context.WithTimeout(cleaning, p.run.config.timeout)
	t, err := bot.Create(creating, p.o)
	cancel()
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(cleaning, p.run.config.timeout)
		defer cancel()
		if closed := t.Close(ctx); err == nil && ctx.Err() == nil {
			err = closed
		}
	}()
	for i := range p.bots {
		c, err := remote.Dial(ctx, p.run.config.url, remote.Options{
			ClientID: fmt.Sprintf("%s-%d", p.o.Session, i), Password: wire.Secret(p.run.config.password), SessionID: p.o.Session,
		})
		if err != nil {
			return fmt.Errorf("connect a bot: %w", err)
		}
		p.run.open.Add(1)
		defer func() {
			c.Close()
			p.run.open.Add(-1)
		}()
		t.Seat(c)
	}
	if err := t.Open(ctx); err != nil {
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
