// Package bot plays the game over a connection with the generated client, as players do: a bot founds a
// company, produces, trades, borrows, saves, improves and pays taxes. It does not play well. It is for
// the demo and for load tests.
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

// Options of a bot. All are required except Timeout and Observe.
type Options struct {
	Client   *client.Client // connected, with the password; the bot does not close it
	Session  string         // session id
	User     int64          // id of the bot's user, unique on the server
	Name     string         // name of the user and the company
	CellType string         // preferred type of the company's cell
	Rules    *game.Ruleset  // rules of the session
	Now      func() time.Time
	Timeout  time.Duration                       // limit of each request, which then fails with a *SlowError; 0: only its context limits it
	Observe  func(took time.Duration, err error) // called after each request
}

// Bot is a player with its own company. It must not be used concurrently.
type Bot struct {
	options        Options
	company        int64
	product        string // the good that its factories can make at the start
	goal           string // a good that is made of product and others; "": none
	factoriesSetUp bool   // its factories are set up
	refusals       int
}

// New returns a bot that has not joined its session yet.
func New(o Options) *Bot {
	if o.Observe == nil {
		o.Observe = func(time.Duration, error) {}
	}
	return &Bot{options: o}
}

// Refusals returns how many requests the server has refused for reasons that any player meets: somebody
// else was faster, or money, goods or storage did not suffice.
func (b *Bot) Refusals() int { return b.refusals }

// Join creates the bot's user and company. The session must be in stage FreeUserConnect.
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

// PickCell puts the company on a free cell, if possible of the preferred type. The session must be in
// stage CellSelect.
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

// chooseGoods decides what the company makes: the good that its factories can make at the start, and
// another good that needs it.
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

// Company returns the state of the bot's company.
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

// errDeleted is the error for a session or company that was deleted during the game.
var errDeleted = errors.New("it was deleted")

// SlowError means that a request was not answered within its limit. It wraps context.DeadlineExceeded.
type SlowError struct{ Limit time.Duration }

// Error returns a text with the limit.
func (e *SlowError) Error() string { return fmt.Sprintf("no answer within %s", e.Limit) }

// Unwrap returns context.DeadlineExceeded.
func (e *SlowError) Unwrap() error { return context.DeadlineExceeded }

// requester sends requests: a bot or a match.
type requester interface {
	now() time.Time
	timeout() time.Duration
	observe(began time.Time, err error)
}

func (b *Bot) now() time.Time                     { return b.options.Now() }
func (b *Bot) timeout() time.Duration             { return b.options.Timeout }
func (b *Bot) observe(began time.Time, err error) { b.options.Observe(b.options.Now().Sub(began), err) }

// request sends a request, waits for the answer at most as long as r's timeout, and reports it to r.
func request[M, A any](ctx context.Context, r requester, call func(context.Context, M) (A, error), m M) (A, error) {
	if limit := r.timeout(); limit > 0 {
		var cancel context.CancelFunc
		// The cause distinguishes this limit from a deadline of the caller's ctx.
		ctx, cancel = context.WithTimeoutCause(ctx, limit, &SlowError{limit})
		defer cancel()
	}
	began := r.now()
	answer, err := call(ctx, m)
	if slow, ok := errors.AsType[*SlowError](context.Cause(ctx)); ok && errors.Is(err, context.DeadlineExceeded) {
		err = slow
	}
	r.observe(began, err)
	return answer, err
}

// send is request for a call without an answer.
func send[M any](ctx context.Context, r requester, call func(context.Context, M) error, m M) error {
	_, err := request(ctx, r, func(ctx context.Context, m M) (struct{}, error) { return struct{}{}, call(ctx, m) }, m)
	return err
}

// ignoreExpected counts refusals that any player meets and returns nil for them: somebody else was
// faster, or something did not suffice. It returns other errors.
func (b *Bot) ignoreExpected(err error) error {
	refusal, ok := errors.AsType[*client.Error](err)
	if !ok {
		return err
	}
	switch refusal.Code { //nolint:exhaustive // the other codes are bugs of the bot or errors of the server
	case wire.ErrorCodeConflict, wire.ErrorCodeNotFound, wire.ErrorCodeInsufficientFunds, wire.ErrorCodeInsufficientResources,
		wire.ErrorCodeNoSpace, wire.ErrorCodeInPrison, wire.ErrorCodeLimitReached:
		b.refusals++
		return nil
	}
	return err
}
