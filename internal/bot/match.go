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

// TableOptions say what is played. All are required, but for Steps, Schedule,
// Timeout and Observe.
type TableOptions struct {
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

// Table is a session and the bots that play in it. It is for one goroutine.
type Table struct {
	o    TableOptions
	bots []*Bot
}

// Create makes a session, in which nobody plays yet.
func Create(ctx context.Context, o TableOptions) (*Table, error) {
	if o.Observe == nil {
		o.Observe = func(time.Duration, error) {}
	}
	m := &wire.CreateSession{SessionID: wire.Some(o.Session), Ruleset: wire.Some(o.Rules.ID.Name)}
	if o.Steps != 0 {
		m.MaxSteps = wire.Some(o.Steps)
	}
	t := &Table{o: o}
	if _, err := ask(ctx, t, o.Operator.CreateSession, m); err != nil {
		return nil, fmt.Errorf("make session %s: %w", o.Session, err)
	}
	return t, nil
}

// Seat lets one more bot play, over c, which is open and has the password; the
// table does not close it.
func (t *Table) Seat(c *client.Client) {
	i := len(t.bots)
	t.bots = append(t.bots, New(Options{
		Client: c, Session: t.o.Session, User: t.o.FirstUser + int64(i), Name: nameOf(i),
		CellType: t.o.Rules.Pickable[i%len(t.o.Rules.Pickable)].Type, Rules: t.o.Rules, Now: t.o.Now,
		Timeout: t.o.Timeout, Observe: t.o.Observe,
	}))
}

// nameOf returns the name of a bot; behind the last name they begin anew, with a number.
func nameOf(i int) string {
	names := [...]string{"Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gina", "Hugo"}
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s %d", names[i%len(names)], i/len(names)+1)
}

// Open lets every bot join and settle, and plays the first turn.
func (t *Table) Open(ctx context.Context) error {
	for _, phase := range []struct {
		deed func(*Bot, context.Context) error
		next wire.StageArgument
	}{{(*Bot).Join, wire.StageArgumentCellSelect}, {(*Bot).Settle, wire.StageArgumentGame}} {
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
func (t *Table) Play(ctx context.Context) error { return t.each(ctx, (*Bot).Play) }

// Advance plays a turn; behind the last one the game ends.
func (t *Table) Advance(ctx context.Context) error { return t.advance(ctx, wire.StageArgumentGame) }

// Close deletes the session.
func (t *Table) Close(ctx context.Context) error {
	if err := tell(ctx, t, t.o.Operator.DeleteSession, &wire.DeleteSession{SessionID: t.o.Session}); err != nil {
		return fmt.Errorf("delete session %s: %w", t.o.Session, err)
	}
	return nil
}

// Companies returns how the companies stand, the oldest first.
func (t *Table) Companies(ctx context.Context) (wire.CompanyList, error) {
	companies, err := ask(ctx, t, t.o.Operator.GetCompanies, &wire.GetCompanies{SessionID: wire.Some(t.o.Session)})
	if err != nil {
		return nil, fmt.Errorf("read companies of %s: %w", t.o.Session, err)
	}
	return companies, nil
}

// Refusals returns how often a bot wanted what could not be.
func (t *Table) Refusals() int {
	var n int
	for _, b := range t.bots {
		n += b.Refusals()
	}
	return n
}

// observe is told of each request.
func (t *Table) observe(began time.Time, err error) { t.o.Observe(t.o.Now().Sub(began), err) }

func (t *Table) now() time.Time         { return t.o.Now() }
func (t *Table) timeout() time.Duration { return t.o.Timeout }

func (t *Table) advance(ctx context.Context, to wire.StageArgument) error {
	m := &wire.UpdateSessionStage{SessionID: t.o.Session, Stage: to, AddShedule: t.o.Schedule}
	if err := tell(ctx, t, t.o.Operator.UpdateSessionStage, m); err != nil {
		return fmt.Errorf("advance %s to %s: %w", t.o.Session, to, err)
	}
	return nil
}

// each lets all bots do something at once, and returns the first error.
func (t *Table) each(ctx context.Context, deed func(*Bot, context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range t.bots {
		group.Go(func() error { return deed(b, ctx) })
	}
	return group.Wait()
}
