// Package handler serves the requests of the protocol, one file for each noun. It converts messages to
// commands and queries, and their results to answers and broadcasts. The rules are in package game, the
// database in package store.
package handler

import (
	"context"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// Store runs commands and answers queries. Each error is a *game.Refusal or an internal error.
type Store interface {
	// Create stores the session that build returns. It ignores c.Session.
	Create(ctx context.Context, c game.Command, build func(game.Env) (*game.Session, game.Outcome, error)) error
	// Update runs a command on c.Session. It stores the changes and events of apply, sends the answer to
	// the command's origin, sends the events to all subscribers, and then returns. If apply returns an
	// error, nothing changes.
	Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error
	// Sessions returns the sessions that match f, oldest first, without users.
	Sessions(ctx context.Context, f game.SessionFilter) ([]game.Session, error)
	// Users returns the users that match f, lowest id first.
	Users(ctx context.Context, f game.UserFilter) ([]game.User, error)
	// Companies returns the companies that match f, oldest first, without factories.
	Companies(ctx context.Context, f game.CompanyFilter) ([]game.CompanyView, error)
	// Factories returns the factories that match f, oldest first.
	Factories(ctx context.Context, f game.FactoryFilter) ([]game.FactoryView, error)
	// Offers returns the offers that match f, oldest first.
	Offers(ctx context.Context, f game.OfferFilter) ([]game.OfferView, error)
	// Session returns the last committed state of a session, with everything in it.
	Session(ctx context.Context, id string) (*game.Session, error)
	// SessionOfUser returns the id of a user's session.
	SessionOfUser(ctx context.Context, id int64) (string, error)
	// SessionOfCompany returns the id of a company's session.
	SessionOfCompany(ctx context.Context, id int64) (string, error)
	// SessionOfFactory returns the id of a factory's session.
	SessionOfFactory(ctx context.Context, id int64) (string, error)
	// SessionOfOffer returns the id of an offer's session.
	SessionOfOffer(ctx context.Context, id int64) (string, error)
}

// Rulesets are the rulesets for new sessions.
type Rulesets interface {
	// Find returns the ruleset called name, or the server's default if name is "".
	Find(name string) (*game.Ruleset, error)
}

// Options of the handlers.
type Options struct {
	Cells CellNotation // how cells are written
	// RequireSwitchPassword makes the password required also for factory-set-produce and
	// factory-set-auto.
	RequireSwitchPassword bool
	// Now is the clock, the same as the store's. Required.
	Now func() time.Time
}

// New returns the handlers of all requests.
func New(s Store, r Rulesets, o Options) route.Handlers {
	return route.Handlers{
		System: system{}, User: users{s}, Session: sessions{s, r, o.Cells, o.Now},
		Company: companies{s, o.Cells}, Factory: factories{s}, Exchange: exchanges{s},
	}
}

// result is the result of a command: its events, and its answer, nil for null.
type result struct {
	events []game.Event
	answer route.Appender
}

// update runs a command on a session. The store sends the answer together with the events, so that the
// client gets the answer first.
func update(ctx context.Context, s Store, c route.Caller, session string, apply func(*game.Session, game.Env) (result, error)) error {
	var answer []byte
	err := s.Update(ctx, command(ctx, c, session), func(s *game.Session, env game.Env) (game.Outcome, error) {
		r, err := apply(s, env)
		if err != nil {
			return game.Outcome{}, err
		}
		answer = encodeAnswer(ctx, c, r.answer)
		return game.Outcome{Events: r.events, Answer: answer}, nil
	})
	if err != nil {
		return err
	}
	markAnswered(ctx, c, answer)
	return nil
}

// command returns the store's command for the current request.
func command(ctx context.Context, c route.Caller, session string) game.Command {
	return game.Command{Session: session, Origin: c.Conn, Request: requestFrom(ctx)}
}

// encodeAnswer returns the answer frame of the current request. The store sends it and, for a
// deduplicated request, keeps it. It is nil if the request wants no answer, or if it has no connection
// that the store can send to; then the dispatcher returns the answer as for a query.
func encodeAnswer(ctx context.Context, c route.Caller, answer route.Appender) []byte {
	call := route.FromContext(ctx)
	if call == nil || c.Conn == 0 && requestFrom(ctx).Key == "" {
		return nil
	}
	return call.Response(answer)
}

// markAnswered makes the dispatcher send no answer, because the store has sent it.
func markAnswered(ctx context.Context, c route.Caller, answer []byte) {
	if answer != nil && c.Conn != 0 {
		route.FromContext(ctx).MarkAnswered()
	}
}

// firstOf converts the first element of a list; nil if the list is empty.
func firstOf[G, W any](list []G, toWire func(*G) W) *W {
	if len(list) == 0 {
		return nil
	}
	w := toWire(&list[0])
	return &w
}
