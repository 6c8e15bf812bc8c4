package bot

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"seg.example/gen/client"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// MatchOptions are the options of a match. All are required except Steps, Schedule, Timeout and
// Observe.
type MatchOptions struct {
	Operator  *client.Client // connected, with the password: creates, advances and deletes the session
	Session   string         // id of the session to create
	Rules     *game.Ruleset  // a ruleset of the server
	Steps     int64          // number of turns; 0: that of the ruleset
	FirstUser int64          // id of the first bot's user; the others get the next ids
	Schedule  bool           // the server's timers advance the session
	Now       func() time.Time
	Timeout   time.Duration                       // limit of each request, as in Options
	Observe   func(took time.Duration, err error) // called after each request, by many goroutines
}

// Match is a session and the bots that play in it. It must not be used concurrently.
type Match struct {
	options MatchOptions
	bots    []*Bot
}

// NewMatch creates a session without bots.
func NewMatch(ctx context.Context, o MatchOptions) (*Match, error) {
	if o.Observe == nil {
		o.Observe = func(time.Duration, error) {}
	}
	m := &wire.CreateSession{SessionID: wire.Some(o.Session), Ruleset: wire.Some(o.Rules.ID.Name)}
	if o.Steps != 0 {
		m.MaxSteps = wire.Some(o.Steps)
	}
	t := &Match{options: o}
	if _, err := request(ctx, t, o.Operator.CreateSession, m); err != nil {
		return nil, fmt.Errorf("create session %s: %w", o.Session, err)
	}
	return t, nil
}

// AddBot adds a bot that plays over c, which is connected and has the password. The match does not close
// c.
func (t *Match) AddBot(c *client.Client) {
	i := len(t.bots)
	t.bots = append(t.bots, New(Options{
		Client: c, Session: t.options.Session, User: t.options.FirstUser + int64(i), Name: botName(i),
		CellType: t.options.Rules.Pickable[i%len(t.options.Rules.Pickable)].Type, Rules: t.options.Rules, Now: t.options.Now,
		Timeout: t.options.Timeout, Observe: t.options.Observe,
	}))
}

// botName returns the name of bot i. After the last name the list repeats, with a number.
func botName(i int) string {
	names := [...]string{"Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gina", "Hugo"}
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s %d", names[i%len(names)], i/len(names)+1)
}

// Start lets every bot join and pick a cell, and plays the first turn.
func (t *Match) Start(ctx context.Context) error {
	for _, phase := range []struct {
		action func(*Bot, context.Context) error
		next   wire.StageArgument
	}{{(*Bot).Join, wire.StageArgumentCellSelect}, {(*Bot).PickCell, wire.StageArgumentGame}} {
		if err := t.each(ctx, phase.action); err != nil {
			return err
		}
		if err := t.advance(ctx, phase.next); err != nil {
			return err
		}
	}
	return nil
}

// Play lets all bots concurrently do what they do between two turns.
func (t *Match) Play(ctx context.Context) error { return t.each(ctx, (*Bot).Play) }

// Advance plays a turn. After the last turn the game ends.
func (t *Match) Advance(ctx context.Context) error { return t.advance(ctx, wire.StageArgumentGame) }

// Close deletes the session.
func (t *Match) Close(ctx context.Context) error {
	if err := send(ctx, t, t.options.Operator.DeleteSession, &wire.DeleteSession{SessionID: t.options.Session}); err != nil {
		return fmt.Errorf("delete session %s: %w", t.options.Session, err)
	}
	return nil
}

// Companies returns the companies, oldest first.
func (t *Match) Companies(ctx context.Context) (wire.CompanyList, error) {
	companies, err := request(ctx, t, t.options.Operator.GetCompanies, &wire.GetCompanies{SessionID: wire.Some(t.options.Session)})
	if err != nil {
		return nil, fmt.Errorf("read companies of %s: %w", t.options.Session, err)
	}
	return companies, nil
}

// Refusals returns the sum of the bots' Refusals.
func (t *Match) Refusals() int {
	var n int
	for _, b := range t.bots {
		n += b.Refusals()
	}
	return n
}

// observe reports a request.
func (t *Match) observe(began time.Time, err error) {
	t.options.Observe(t.options.Now().Sub(began), err)
}

func (t *Match) now() time.Time         { return t.options.Now() }
func (t *Match) timeout() time.Duration { return t.options.Timeout }

func (t *Match) advance(ctx context.Context, to wire.StageArgument) error {
	m := &wire.UpdateSessionStage{SessionID: t.options.Session, Stage: to, AddShedule: t.options.Schedule}
	if err := send(ctx, t, t.options.Operator.UpdateSessionStage, m); err != nil {
		return fmt.Errorf("advance %s to %s: %w", t.options.Session, to, err)
	}
	return nil
}

// each calls action for all bots concurrently and returns the first error.
func (t *Match) each(ctx context.Context, action func(*Bot, context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range t.bots {
		group.Go(func() error { return action(b, ctx) })
	}
	return group.Wait()
}
