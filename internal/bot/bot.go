// Package bot plays the game as any client does: over a connection, with the
// generated client. A bot is no master, but it does what players do: it founds a
// company, extracts, produces, trades, borrows, saves, improves and pays its
// taxes. It shows the game, and puts a lifelike load on a server.
package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"seg.example/gen/client"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// Options say who a bot is. All are required, but for Timeout and Observe.
type Options struct {
	Client   *client.Client // open, with the password; the bot does not close it
	Session  string
	User     int64         // number of its user, unique on the server
	Name     string        // of its user and its company
	CellType string        // on which it would like to stand
	Rules    *game.Ruleset // of the session
	Now      func() time.Time
	Timeout  time.Duration                       // that a request may take; one that takes longer is an error, a *SlowError. 0: as long as its context
	Observe  func(took time.Duration, err error) // is told of each request
}

// Bot is a player with a company of its own. It is for one goroutine.
type Bot struct {
	options        Options
	company        int64
	product        string // what its factories are fitted for at the start
	goal           string // what it makes of that and of what others make; "": nothing
	factoriesSetUp bool   // its factories have been set up
	refusals       int
}

// New returns a bot that has not joined yet.
func New(o Options) *Bot {
	if o.Observe == nil {
		o.Observe = func(time.Duration, error) {}
	}
	return &Bot{options: o}
}

// Refusals returns how often the server has refused what the bot wanted because
// somebody else was faster, or because its money, goods or room did not suffice.
func (b *Bot) Refusals() int { return b.refusals }

// Join registers the bot's user and founds its company. The session must be in
// FreeUserConnect.
func (b *Bot) Join(ctx context.Context) error {
	user := &wire.CreateUser{UserID: b.options.User, Username: b.options.Name, SessionID: b.options.Session}
	if _, err := request(ctx, b, b.options.Client.CreateUser, user); err != nil {
		return fmt.Errorf("%s: register: %w", b.options.Name, err)
	}
	founded, err := request(ctx, b, b.options.Client.CreateCompany, &wire.CreateCompany{Name: b.options.Name, WhoCreate: b.options.User})
	if err != nil {
		return fmt.Errorf("%s: found a company: %w", b.options.Name, err)
	}
	b.company = founded.Company.ID
	return nil
}

// PickCell puts the company on a free cell, of the type that it would like if there
// is one. The session must be in CellSelect.
func (b *Bot) PickCell(ctx context.Context) error {
	session, err := request(ctx, b, b.options.Client.GetSession, &wire.GetSession{SessionID: wire.Some(b.options.Session)})
	if err == nil && session == nil {
		err = errDeleted
	}
	if err != nil {
		return fmt.Errorf("%s: look at the map: %w", b.options.Name, err)
	}
	free, err := request(ctx, b, b.options.Client.GetSessionsFreeCells, &wire.GetSessionsFreeCells{SessionID: b.options.Session})
	if err != nil {
		return fmt.Errorf("%s: look for a cell: %w", b.options.Name, err)
	}
	for len(free.FreeCells) > 0 {
		i := max(0, slices.IndexFunc(free.FreeCells, func(text string) bool {
			p, err := parsePosition(text)
			return err == nil && session.Cells[p.Y*session.MapSize.Cols+p.X] == b.options.CellType
		}))
		p, err := parsePosition(free.FreeCells[i])
		if err != nil {
			return err
		}
		_, err = request(ctx, b, b.options.Client.SetCompanyPosition, &wire.SetCompanyPosition{CompanyID: b.company, X: p.X, Y: p.Y})
		if err == nil {
			return b.chooseGoods(session.Cells[p.Y*session.MapSize.Cols+p.X])
		}
		if b.ignoreExpected(err) != nil {
			return fmt.Errorf("%s: settle at %s: %w", b.options.Name, free.FreeCells[i], err)
		}
		free.FreeCells = slices.Delete(free.FreeCells, i, i+1)
	}
	return fmt.Errorf("%s: no cell is free", b.options.Name)
}

func parsePosition(text string) (game.Position, error) {
	var (
		p   game.Position
		sep byte
	)
	if _, err := fmt.Sscanf(text, "%d%c%d", &p.X, &sep, &p.Y); err != nil {
		return p, fmt.Errorf("read position %q: %w", text, err)
	}
	return p, nil
}

// chooseGoods decides what the company makes: what the cell's factories come fitted
// for, and a good of which that is a part.
func (b *Bot) chooseGoods(cellType string) error {
	cell := b.options.Rules.PickableCell(cellType)
	if cell == nil {
		return fmt.Errorf("%s: the ruleset has no cell %s", b.options.Name, cellType)
	}
	b.product = cell.StartKit
	var goals []string
	for _, r := range b.options.Rules.Resources {
		uses := func(m game.Stock) bool { return m.Resource == b.product }
		if r.Production != nil && r.Level == 2 && slices.ContainsFunc(r.Production.Materials, uses) {
			goals = append(goals, r.Name)
		}
	}
	if len(goals) > 0 {
		b.goal = goals[int(b.options.User)%len(goals)]
	}
	return nil
}

// Company reads how the bot's company stands.
func (b *Bot) Company(ctx context.Context) (*wire.Company, error) {
	c, err := request(ctx, b, b.options.Client.GetCompany, &wire.GetCompany{ID: wire.Some(b.company)})
	if err == nil && c == nil {
		err = errDeleted
	}
	if err != nil {
		return nil, fmt.Errorf("%s: read the company: %w", b.options.Name, err)
	}
	return c, nil
}

// errDeleted says that something the bot has made is not there any more.
var errDeleted = errors.New("it does not exist any more")

// SlowError says that a request was not answered in time. It is a context.DeadlineExceeded too.
type SlowError struct{ Limit time.Duration }

// Error says how long it was waited for.
func (e *SlowError) Error() string { return fmt.Sprintf("no answer within %s", e.Limit) }

// Unwrap returns context.DeadlineExceeded.
func (e *SlowError) Unwrap() error { return context.DeadlineExceeded }

// requester is who asks: a bot, or a table.
type requester interface {
	now() time.Time
	timeout() time.Duration
	observe(began time.Time, err error)
}

func (b *Bot) now() time.Time                     { return b.options.Now() }
func (b *Bot) timeout() time.Duration             { return b.options.Timeout }
func (b *Bot) observe(began time.Time, err error) { b.options.Observe(b.options.Now().Sub(began), err) }

// request sends a request, waits for its answer as long as who asks lets it, and tells of it.
func request[M, A any](ctx context.Context, who requester, call func(context.Context, M) (A, error), m M) (A, error) {
	if limit := who.timeout(); limit > 0 {
		var cancel context.CancelFunc
		// The cause tells this limit from one of ctx, which is whoever calls's own.
		ctx, cancel = context.WithTimeoutCause(ctx, limit, &SlowError{limit})
		defer cancel()
	}
	began := who.now()
	answer, err := call(ctx, m)
	if slow, ok := errors.AsType[*SlowError](context.Cause(ctx)); ok && errors.Is(err, context.DeadlineExceeded) {
		err = slow
	}
	who.observe(began, err)
	return answer, err
}

// send is ask for a request that answers nothing.
func send[M any](ctx context.Context, b requester, call func(context.Context, M) error, m M) error {
	_, err := request(ctx, b, func(ctx context.Context, m M) (struct{}, error) { return struct{}{}, call(ctx, m) }, m)
	return err
}

// ignoreExpected passes over what may happen to any player: that somebody else was faster,
// or that there was not enough of something after all.
func (b *Bot) ignoreExpected(err error) error {
	refusal, ok := errors.AsType[*client.Error](err)
	if !ok {
		return err
	}
	switch refusal.Code { //nolint:exhaustive // the other codes are mistakes of the bot, or faults
	case wire.ErrorCodeConflict, wire.ErrorCodeNotFound, wire.ErrorCodeInsufficientFunds, wire.ErrorCodeInsufficientResources,
		wire.ErrorCodeNoSpace, wire.ErrorCodeInPrison, wire.ErrorCodeLimitReached:
		b.refusals++
		return nil
	}
	return err
}
