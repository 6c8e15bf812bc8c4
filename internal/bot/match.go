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

// MatchOptions say what is played. All are required, but for Steps, Schedule,
// Timeout and Observe.
type MatchOptions struct {
	Operator  *client.Client // open, with the password: makes, advances and deletes the session
	Session   string         // to make
	Rules     *game.Ruleset  // that the server knows by its name
	Steps     int64          // turns; 0: the ruleset's
	FirstUser int64          // number of the first bot's user; the others follow
	Schedule  bool           // let the server advance the session by its timers
	Now       func() time.Time
	Timeout   time.Duration                       // that a request of the table or of one of its bots may take, as Options have it
	Observe   func(took time.Duration, err error) // is told of each request; called by many goroutines
}

// Match is a session and the bots that play in it. It is for one goroutine.
type Match struct {
	options MatchOptions
	bots    []*Bot
}

// NewMatch makes a session, in which nobody plays yet.
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
		return nil, fmt.Errorf("make session %s: %w", o.Session, err)
	}
	return t, nil
}

// AddBot lets one more bot play, over c, which is open and has the password; the
// table does not close it.
func (t *Match) AddBot(c *client.Client) {
	i := len(t.bots)
	t.bots = append(t.bots, New(Options{
		Client: c, Session: t.options.Session, User: t.options.FirstUser + int64(i), Name: botName(i),
		CellType: t.options.Rules.Pickable[i%len(t.options.Rules.Pickable)].Type, Rules: t.options.Rules, Now: t.options.Now,
		Timeout: t.options.Timeout, Observe: t.options.Observe,
	}))
}

// botName returns the name of a bot; behind the last name they begin anew, with a number.
func botName(i int) string {
	names := [...]string{"Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gina", "Hugo"}
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s %d", names[i%len(names)], i/len(names)+1)
}

// Start lets every bot join and settle, and plays the first turn.
func (t *Match) Start(ctx context.Context) error {
	for _, phase := range []struct {
		deed func(*Bot, context.Context) error
		next wire.StageArgument
	}{{(*Bot).Join, wire.StageArgumentCellSelect}, {(*Bot).PickCell, wire.StageArgumentGame}} {
		if err := t.each(ctx, phase.deed); err != nil {
			return err
		}
		if err := t.advance(ctx, phase.next); err != nil {
			return err
		}
	}
	return nil
}

// Play lets every bot do what it does between two turns, all at once.
func (t *Match) Play(ctx context.Context) error { return t.each(ctx, (*Bot).Play) }

// Advance plays a turn; behind the last one the game ends.
func (t *Match) Advance(ctx context.Context) error { return t.advance(ctx, wire.StageArgumentGame) }

// Close deletes the session.
func (t *Match) Close(ctx context.Context) error {
	if err := send(ctx, t, t.options.Operator.DeleteSession, &wire.DeleteSession{SessionID: t.options.Session}); err != nil {
		return fmt.Errorf("delete session %s: %w", t.options.Session, err)
	}
	return nil
}

// Companies returns how the companies stand, the oldest first.
func (t *Match) Companies(ctx context.Context) (wire.CompanyList, error) {
	companies, err := request(ctx, t, t.options.Operator.GetCompanies, &wire.GetCompanies{SessionID: wire.Some(t.options.Session)})
	if err != nil {
		return nil, fmt.Errorf("read companies of %s: %w", t.options.Session, err)
	}
	return companies, nil
}

// Refusals returns how often a bot wanted what could not be.
func (t *Match) Refusals() int {
	var n int
	for _, b := range t.bots {
		n += b.Refusals()
	}
	return n
}

// observe is told of each request.
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

// each lets all bots do something at once, and returns the first error.
func (t *Match) each(ctx context.Context, deed func(*Bot, context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range t.bots {
		group.Go(func() error { return deed(b, ctx) })
	}
	return group.Wait()
}
