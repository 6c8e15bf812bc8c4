package handler

import (
	"context"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// factories serves the requests about factories.
type factories struct{ store Store }

// GetFactories lists a company's factories, oldest first. Company 0, that of a user without a company,
// has no factories.
func (h factories) GetFactories(ctx context.Context, _ route.Caller, m *wire.GetFactories) (*wire.GetFactoriesAnswer, error) {
	found, err := h.store.Factories(ctx, game.FactoryFilter{
		CompanyID: &m.CompanyID, Kit: optional(m.Complectation), Produce: optional(m.Produce), Auto: optional(m.IsAuto),
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && m.CompanyID != 0 {
		if _, err := h.store.SessionOfCompany(ctx, m.CompanyID); err != nil {
			return nil, err // the company does not exist
		}
	}
	list := make(wire.FactoryList, len(found))
	for i := range found {
		list[i] = factoryToWire(&found[i].Factory, found[i].CompanyID)
	}
	return &wire.GetFactoriesAnswer{Factories: list}, nil
}

// GetFactory finds a factory.
func (h factories) GetFactory(ctx context.Context, _ route.Caller, m *wire.GetFactory) (*wire.GetFactoryAnswer, error) {
	found, err := h.store.Factories(ctx, game.FactoryFilter{ID: &m.FactoryID, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, game.FactoryNotFound()
	}
	return &wire.GetFactoryAnswer{Factory: factoryToWire(&found[0].Factory, found[0].CompanyID)}, nil
}

// FactoryRecomplectation orders a factory to be refitted.
func (h factories) FactoryRecomplectation(
	ctx context.Context, c route.Caller, m *wire.FactoryRecomplectation,
) (*wire.Success, error) {
	return h.update(ctx, c, m.FactoryID, func(s *game.Session) ([]game.Event, error) {
		return s.RefitFactory(m.FactoryID, m.NewComplectation, optional(m.ExpectedIsWorking))
	})
}

// FactorySetProduce makes a factory start one production, or not.
func (h factories) FactorySetProduce(ctx context.Context, c route.Caller, m *wire.FactorySetProduce) (*wire.Success, error) {
	return h.update(ctx, c, m.FactoryID, func(s *game.Session) ([]game.Event, error) {
		return s.SetFactoryProduce(m.FactoryID, game.FactoryOrder(m.Produce))
	})
}

// FactorySetAuto makes a factory start each next production automatically, or not.
func (h factories) FactorySetAuto(ctx context.Context, c route.Caller, m *wire.FactorySetAuto) (*wire.Success, error) {
	return h.update(ctx, c, m.FactoryID, func(s *game.Session) ([]game.Event, error) {
		return s.SetFactoryAuto(m.FactoryID, game.FactoryOrder(m.IsAuto))
	})
}

// CompanyCompleteFreeFactories orders several factories of a company to be refitted.
func (h companies) CompanyCompleteFreeFactories(
	ctx context.Context, c route.Caller, m *wire.CompanyCompleteFreeFactories,
) (*wire.Success, error) {
	refit := game.BulkRefit{
		CompanyID: m.CompanyID, From: m.FindResource.Or(""), To: m.NewResource, Count: m.Count, Produce: m.ProduceStatus,
		ExpectedMatches: optional(m.ExpectedFactories),
	}
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.RefitFactories(refit)
		return result{events, &wire.Success{}}, err
	})
	return &wire.Success{}, err
}

// update runs a command on the session of a factory.
func (h factories) update(
	ctx context.Context, c route.Caller, factory int64, apply func(*game.Session) ([]game.Event, error),
) (*wire.Success, error) {
	session, err := h.store.SessionOfFactory(ctx, factory)
	if err != nil {
		return nil, err
	}
	err = update(ctx, h.store, c, session, func(s *game.Session, _ game.Env) (result, error) {
		events, err := apply(s)
		return result{events, &wire.Success{}}, err
	})
	if isNotFound(err, game.SessionNotFound()) {
		err = game.FactoryNotFound() // the session and the factory were deleted meanwhile
	}
	return &wire.Success{}, err
}
