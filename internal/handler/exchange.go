package handler

import (
	"context"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// exchanges serves the requests about the exchange.
type exchanges struct{ store Store }

// GetExchanges lists offers, the oldest first.
func (h exchanges) GetExchanges(ctx context.Context, _ route.Caller, m *wire.GetExchanges) (wire.ExchangeOfferList, error) {
	filter := game.OfferFilter{CompanyID: optional(m.CompanyID), SessionID: optional(m.SessionID), Resource: optional(m.SellResource)}
	if m.OfferType.Set {
		filter.Type = new(game.OfferType(m.OfferType.Value))
	}
	found, err := h.store.Offers(ctx, filter)
	if err != nil {
		return nil, err
	}
	list := make(wire.ExchangeOfferList, len(found))
	for i := range found {
		list[i] = offerToWire(&found[i].Offer, found[i].SessionID)
	}
	return list, nil
}

// GetExchange finds an offer.
func (h exchanges) GetExchange(ctx context.Context, _ route.Caller, m *wire.GetExchange) (*wire.ExchangeOffer, error) {
	found, err := h.store.Offers(ctx, game.OfferFilter{ID: &m.ID, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, game.OfferNotFound()
	}
	offer := offerToWire(&found[0].Offer, found[0].SessionID)
	return &offer, nil
}

// CreateExchangeOffer makes an offer. The company must be in the session of the request.
func (h exchanges) CreateExchangeOffer(
	ctx context.Context, c route.Caller, m *wire.CreateExchangeOffer,
) (*wire.CreateExchangeOfferAnswer, error) {
	wanted := game.NewOffer{
		CompanyID: m.CompanyID, Resource: m.SellResource, PerTrade: m.SellAmountPerTrade, Trades: m.CountOffers, For: offerPrice(m),
		ExpectedQuantity: optional(m.ExpectedQuantity),
	}
	var answer wire.CreateExchangeOfferAnswer
	err := update(ctx, h.store, c, m.SessionID, func(s *game.Session, env game.Env) (result, error) {
		offer, events, err := s.CreateOffer(wanted, env)
		answer = wire.CreateExchangeOfferAnswer{SessionID: s.ID, Offer: offerToWire(&offer, s.ID)}
		return result{events, &answer}, err
	})
	return &answer, err
}

// offerPrice returns what the offer in m asks for; checkShape has seen to it that its fields are there.
func offerPrice(m *wire.CreateExchangeOffer) game.OfferPrice {
	switch m.OfferType {
	case wire.OfferTypeMoney:
		return game.ForMoney(m.Price.Value)
	case wire.OfferTypeBarter:
		return game.ForGoods(m.BarterResource.Value, m.BarterAmount.Value)
	}
	return game.OfferPrice{}
}

// UpdateExchangeOffer changes an offer.
func (h exchanges) UpdateExchangeOffer(
	ctx context.Context, c route.Caller, m *wire.UpdateExchangeOffer,
) (*wire.UpdateExchangeOfferAnswer, error) {
	change := game.OfferChange{
		PerTrade: optional(m.SellAmountPerTrade), Price: optional(m.Price), BarterAmount: optional(m.BarterAmount),
		Expected: game.Terms{
			PerTrade: optional(m.ExpectedSellAmountPerTrade), Price: optional(m.ExpectedPrice), BarterAmount: optional(m.ExpectedBarterAmount),
		},
	}
	var answer wire.UpdateExchangeOfferAnswer
	err := h.update(ctx, c, m.OfferID, func(s *game.Session, _ game.Env) (result, error) {
		changed, events, err := s.UpdateOffer(m.OfferID, change)
		answer = wire.UpdateExchangeOfferAnswer{
			SessionID: s.ID, New: offerToWire(&changed.New, s.ID), Old: offerToWire(&changed.Old, s.ID),
		}
		return result{events, &answer}, err
	})
	return &answer, err
}

// CancelExchangeOffer takes an offer back.
func (h exchanges) CancelExchangeOffer(
	ctx context.Context, c route.Caller, m *wire.CancelExchangeOffer,
) (*wire.CancelExchangeOfferAnswer, error) {
	var answer wire.CancelExchangeOfferAnswer
	err := h.update(ctx, c, m.OfferID, func(s *game.Session, _ game.Env) (result, error) {
		offer, events, err := s.CancelOffer(m.OfferID)
		answer = wire.CancelExchangeOfferAnswer{SessionID: s.ID, OfferID: offer.ID, CompanyID: offer.CompanyID}
		return result{events, &answer}, err
	})
	return &answer, err
}

// BuyExchangeOffer buys from an offer.
func (h exchanges) BuyExchangeOffer(
	ctx context.Context, c route.Caller, m *wire.BuyExchangeOffer,
) (*wire.BuyExchangeOfferAnswer, error) {
	purchase := game.Purchase{
		OfferID: m.OfferID, CompanyID: m.BuyerCompanyID, Quantity: m.Quantity,
		Expected: game.Terms{
			PerTrade: optional(m.ExpectedSellAmountPerTrade), Price: optional(m.ExpectedPrice), BarterAmount: optional(m.ExpectedBarterAmount),
		},
		ExpectedTrades: optional(m.ExpectedCountOffers),
	}
	var answer wire.BuyExchangeOfferAnswer
	err := h.update(ctx, c, m.OfferID, func(s *game.Session, env game.Env) (result, error) {
		trade, events, err := s.Buy(purchase, env)
		answer = purchaseToWire(&trade)
		return result{events, &answer}, err
	})
	return &answer, err
}

func purchaseToWire(t *game.TradeCompleted) (w wire.BuyExchangeOfferAnswer) {
	o := &t.Offer
	switch o.Type {
	case game.OfferMoney:
		w.MoneyPurchase = &wire.MoneyPurchase{
			SessionID: t.SessionID, OfferID: o.ID, BuyerCompanyID: t.BuyerID, SellerCompanyID: o.CompanyID,
			SellResource: o.Resource, SellAmount: t.SellAmount, Quantity: t.Quantity, OldStock: o.Stock(), NewStock: t.Remaining,
			TotalPrice: t.Price,
		}
	case game.OfferBarter:
		w.BarterPurchase = &wire.BarterPurchase{
			SessionID: t.SessionID, OfferID: o.ID, BuyerCompanyID: t.BuyerID, SellerCompanyID: o.CompanyID,
			SellResource: o.Resource, SellAmount: t.SellAmount, Quantity: t.Quantity, OldStock: o.Stock(), NewStock: t.Remaining,
			BarterResource: o.BarterResource, BarterAmount: t.BarterAmount,
		}
	}
	return w
}

// update runs a command on the session of an offer.
func (h exchanges) update(ctx context.Context, c route.Caller, offer int64, apply func(*game.Session, game.Env) (result, error)) error {
	session, err := h.store.SessionOfOffer(ctx, offer)
	if err != nil {
		return err
	}
	err = update(ctx, h.store, c, session, apply)
	if isNotFound(err, game.SessionNotFound()) {
		return game.OfferNotFound() // the session and the offer were deleted meanwhile
	}
	return err
}
