package handler

import (
	"context"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// users serves the requests about users.
type users struct{ store Store }

// GetUsers lists users, sorted by id.
func (h users) GetUsers(ctx context.Context, _ route.Caller, m *wire.GetUsers) (wire.UserList, error) {
	found, err := h.store.Users(ctx, game.UserFilter{CompanyID: optional(m.CompanyID), SessionID: optional(m.SessionID)})
	if err != nil {
		return nil, err
	}
	list := make(wire.UserList, len(found))
	for i := range found {
		list[i] = userToWire(&found[i])
	}
	return list, nil
}

// GetUser returns the matching user with the lowest id.
func (h users) GetUser(ctx context.Context, _ route.Caller, m *wire.GetUser) (*wire.User, error) {
	if m.Username.Set {
		// No user has an invalid name, and the database cannot search for every text.
		if _, ok := game.CleanName(m.Username.Value); !ok {
			return nil, nil //nolint:nilnil // nil is the answer null
		}
	}
	found, err := h.store.Users(ctx, game.UserFilter{
		ID: optional(m.ID), Username: optional(m.Username), CompanyID: optional(m.CompanyID), SessionID: optional(m.SessionID),
		Limit: 1,
	})
	return firstOf(found, userToWire), err
}

// CreateUser lets a user join a session.
func (h users) CreateUser(ctx context.Context, c route.Caller, m *wire.CreateUser) (*wire.CreateUserAnswer, error) {
	var answer wire.CreateUserAnswer
	err := update(ctx, h.store, c, m.SessionID, func(s *game.Session, _ game.Env) (result, error) {
		user, events, err := s.CreateUser(m.UserID, m.Username)
		answer = wire.CreateUserAnswer{SessionID: s.ID, User: userToWire(&user)}
		return result{events, &answer}, err
	})
	return &answer, err
}

// UpdateUser renames a user or moves it to another company.
func (h users) UpdateUser(ctx context.Context, c route.Caller, m *wire.UpdateUser) (*wire.UpdateUserAnswer, error) {
	var answer wire.UpdateUserAnswer
	err := h.update(ctx, c, m.UserID, func(s *game.Session, _ game.Env) (result, error) {
		changed, events, err := s.UpdateUser(m.UserID, game.UserChange{
			Username: optional(m.Username), CompanyID: optional(m.CompanyID), ExpectedCompany: optional(m.ExpectedCompanyID),
		})
		answer = wire.UpdateUserAnswer{SessionID: s.ID, New: userToWire(&changed.New), Old: userToWire(&changed.Old)}
		return result{events, &answer}, err
	})
	return &answer, err
}

// DeleteUser removes a user, also from its company.
func (h users) DeleteUser(ctx context.Context, c route.Caller, m *wire.DeleteUser) error {
	return h.update(ctx, c, m.UserID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.DeleteUser(m.UserID, optional(m.ExpectedCompanyID))
		return result{events: events}, err
	})
}

// update runs a command on the session of a user.
func (h users) update(ctx context.Context, c route.Caller, user int64, apply func(*game.Session, game.Env) (result, error)) error {
	session, err := h.store.SessionOfUser(ctx, user)
	if err != nil {
		return err
	}
	err = update(ctx, h.store, c, session, apply)
	if isNotFound(err, game.SessionNotFound()) {
		return game.UserNotFound() // the session and the user were deleted meanwhile
	}
	return err
}

func userToWire(u *game.User) wire.User {
	return wire.User{ID: u.ID, Username: u.Username, CompanyID: u.CompanyID, SessionID: u.SessionID}
}

// optional converts an optional field to a pointer; nil if it is absent.
func optional[T any](o wire.Opt[T]) *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}
