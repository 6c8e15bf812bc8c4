// Package handler serves the requests of the protocol, one file for each noun: it
// turns messages into commands and queries of the game, and what comes of them
// into answers and broadcasts. Rules are in package game, rows in package store.
package handler

import (
	"context"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// Store is where commands are carried out and queries answered. Its errors are
// *game.Refusal, or faults.
type Store interface {
	// Create stores the session that build makes, whatever c.Session says.
	Create(ctx context.Context, c game.Command, build func(game.Env) (*game.Session, game.Outcome, error)) error
	// Update carries out a command on c.Session: what apply changes and returns is
	// stored, then the answer is sent to the command's origin, then the events to
	// everyone, and then Update returns. An error of apply leaves nothing.
	Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error
	// Sessions returns the sessions that f asks for, the oldest first, without users.
	Sessions(ctx context.Context, f game.SessionFilter) ([]game.Session, error)
	// Users returns the users that f asks for, the lowest number first.
	Users(ctx context.Context, f game.UserFilter) ([]game.User, error)
	// Companies returns the companies that f asks for, the oldest first, without factories.
	Companies(ctx context.Context, f game.CompanyFilter) ([]game.CompanyView, error)
	// Factories returns the factories that f asks for, the oldest first.
	Factories(ctx context.Context, f game.FactoryFilter) ([]game.FactoryView, error)
	// Offers returns the offers that f asks for, the oldest first.
	Offers(ctx context.Context, f game.OfferFilter) ([]game.OfferView, error)
	// Session returns a session with everything in it, as it was stored last.
	Session(ctx context.Context, id string) (*game.Session, error)
	// SessionOfUser returns the name of the session that a user is in.
	SessionOfUser(ctx context.Context, id int64) (string, error)
	// SessionOfCompany returns the name of the session that a company is in.
	SessionOfCompany(ctx context.Context, id int64) (string, error)
	// SessionOfFactory returns the name of the session that a factory is in.
	SessionOfFactory(ctx context.Context, id int64) (string, error)
	// SessionOfOffer returns the name of the session that an offer is in.
	SessionOfOffer(ctx context.Context, id int64) (string, error)
}

// Rulesets are the rulesets that a session can be made with.
type Rulesets interface {
	// Find returns the ruleset called name, or the server's own when name is "".
	Find(name string) (*game.Ruleset, error)
}

// Options are what an operator may choose, and the clock.
type Options struct {
	Cells CellNotation // how cells are written
	// RequireSwitchPassword asks for the password also where a request may leave it out: to switch a factory.
	RequireSwitchPassword bool
	// Now is the clock that the store has, too. Required.
	Now func() time.Time
}

// New returns the handlers of all nouns.
func New(s Store, r Rulesets, o Options) route.Handlers {
	return route.Handlers{
		System: system{}, User: users{s}, Session: sessions{s, r, o.Cells, o.Now},
		Company: companies{s, o.Cells}, Factory: factories{s}, Exchange: exchanges{s},
	}
}

// result is what a command has come to: its events, and what it is answered with,
// nil for null.
type result struct {
	events []game.Event
	answer route.Appender
}

// update carries out a command on a session. Its answer is stored and sent with
// the events, so that it comes before them.
func update(ctx context.Context, s Store, c route.Caller, session string, apply func(*game.Session, game.Env) (result, error)) error {
	var answer []byte
	err := s.Update(ctx, command(ctx, c, session), func(s *game.Session, env game.Env) (game.Outcome, error) {
		d, err := apply(s, env)
		if err != nil {
			return game.Outcome{}, err
		}
		answer = encodeAnswer(ctx, c, d.answer)
		return game.Outcome{Events: d.events, Answer: answer}, nil
	})
	if err != nil {
		return err
	}
	markAnswered(ctx, c, answer)
	return nil
}

// command is what the request under way asks the store for.
func command(ctx context.Context, c route.Caller, session string) game.Command {
	return game.Command{Session: session, Origin: c.Conn, Request: requestFrom(ctx)}
}

// encodeAnswer returns the frame that answers the request under way, for the store to
// send and, where the request is one to be remembered, to keep. It is nil when
// nobody wants it, or it came over no connection that could be sent to: then the
// dispatcher returns the answer as usual.
func encodeAnswer(ctx context.Context, c route.Caller, answer route.Appender) []byte {
	call := route.FromContext(ctx)
	if call == nil || c.Conn == 0 && requestFrom(ctx).Key == "" {
		return nil
	}
	return call.Response(answer)
}

// markAnswered tells the dispatcher that the store has sent the answer.
func markAnswered(ctx context.Context, c route.Caller, answer []byte) {
	if answer != nil && c.Conn != 0 {
		route.FromContext(ctx).MarkAnswered()
	}
}

// firstOf returns the first of a list that was asked for with a limit of one, nil
// without any.
func firstOf[G, W any](list []G, toWire func(*G) W) *W {
	if len(list) == 0 {
		return nil
	}
	w := toWire(&list[0])
	return &w
}
