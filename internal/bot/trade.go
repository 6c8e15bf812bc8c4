package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"seg.example/gen/client"
	"seg.example/gen/wire"
)

const (
	// maxOpenOffers is the most offers of a bot that are open.
	maxOpenOffers = 3
	// reservedBatches is the number of productions for which a bot keeps materials.
	reservedBatches = 3
)

// reserve returns the amount of a resource that the company keeps for its factories.
func (b *Bot) reserve(resource string) int64 {
	var keep int64
	for _, good := range []string{b.product, b.goal} {
		for _, m := range b.materials(good) {
			if m.Resource == resource {
				keep += m.Amount * reservedBatches
			}
		}
	}
	return keep
}

// sell offers goods that the factories do not need, 10 % below the base price. If too many offers are
// open, it cancels the oldest.
func (b *Bot) sell(ctx context.Context, c *wire.Company) error {
	own, err := request(ctx, b, b.options.Client.GetExchanges, &wire.GetExchanges{CompanyID: wire.Some(c.ID)})
	if err != nil {
		return fmt.Errorf("read own offers: %w", err)
	}
	if len(own) >= maxOpenOffers {
		_, err := request(ctx, b, b.options.Client.CancelExchangeOffer, &wire.CancelExchangeOffer{OfferID: own[0].ID})
		if b.ignoreExpected(err) != nil {
			return fmt.Errorf("cancel an offer: %w", err)
		}
		own = own[1:]
	}
	for _, stock := range c.Warehouses {
		good := b.options.Rules.Resource(stock.Key)
		surplus := stock.Value - b.reserve(stock.Key)
		if good == nil || surplus <= 0 || len(own) >= maxOpenOffers {
			continue
		}
		offer, err := request(ctx, b, b.options.Client.CreateExchangeOffer, &wire.CreateExchangeOffer{
			CompanyID: c.ID, SessionID: b.options.Session, SellResource: good.Name, SellAmountPerTrade: 1, CountOffers: surplus,
			OfferType: wire.OfferTypeMoney, Price: wire.Some(max(1, good.BasePrice*9/10)),
		})
		if b.ignoreExpected(err) != nil {
			return fmt.Errorf("offer %s: %w", good.Name, err)
		}
		if err == nil {
			own = append(own, offer.Offer)
		}
	}
	return nil
}

// buy buys materials for the factories, for at most half of the company's money.
func (b *Bot) buy(ctx context.Context, c *wire.Company) error {
	offers, err := request(ctx, b, b.options.Client.GetExchanges, &wire.GetExchanges{
		SessionID: wire.Some(b.options.Session), OfferType: wire.Some(wire.OfferTypeMoney),
	})
	if err != nil {
		return fmt.Errorf("read offers: %w", err)
	}
	budget, room := c.Balance/2, c.WarehouseCapacity
	for _, s := range c.Warehouses {
		room -= s.Value
	}
	for _, o := range offers {
		have, _ := c.Warehouses.Get(o.SellResource)
		quantity := min(o.CountOffers, (b.reserve(o.SellResource)-have)/o.SellAmountPerTrade, budget/max(1, o.Price.Value), room/o.SellAmountPerTrade)
		if o.CompanyID == c.ID || quantity <= 0 {
			continue
		}
		_, err := request(ctx, b, b.options.Client.BuyExchangeOffer, &wire.BuyExchangeOffer{
			OfferID: o.ID, BuyerCompanyID: c.ID, Quantity: quantity,
			ExpectedPrice: wire.Some(o.Price.Value), ExpectedSellAmountPerTrade: wire.Some(o.SellAmountPerTrade),
		})
		if b.ignoreExpected(err) != nil {
			return fmt.Errorf("buy %s: %w", o.SellResource, err)
		}
		if err == nil {
			budget -= quantity * o.Price.Value
			room -= quantity * o.SellAmountPerTrade
			addStock(&c.Warehouses, o.SellResource, quantity*o.SellAmountPerTrade)
		}
	}
	return nil
}

// addStock adds bought goods to the known stock.
func addStock(stock *wire.Stock, resource string, amount int64) {
	i := slices.IndexFunc(*stock, func(s wire.Entry[wire.PositiveAmount]) bool { return s.Key == resource })
	if i < 0 {
		*stock = append(*stock, wire.Entry[wire.PositiveAmount]{Key: resource, Value: amount})
		return
	}
	(*stock)[i].Value += amount
}

// isInvalid reports whether the server refused the value of a field.
func isInvalid(err error) bool {
	refusal, ok := errors.AsType[*client.Error](err)
	return ok && refusal.Code == wire.ErrorCodeInvalidField
}
