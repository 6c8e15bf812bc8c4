package game

import "fmt"

// Purchase is a request to buy from an offer.
type Purchase struct {
	OfferID   int64
	CompanyID int64 // the buyer
	Quantity  int64 // trades, at least 1

	Expected       Terms  // of the offer, as the buyer has seen them
	ExpectedTrades *int64 // trades left, as the buyer has seen them; nil accepts any
}

// Terms are the terms of one trade of an offer, as the caller has seen them. A nil field accepts
// any.
type Terms struct {
	PerTrade     *int64 // units sold
	Price        *int64 // in money
	BarterAmount *int64 // units of the other good
}

// checkTerms refuses a command whose caller expects other terms of o.
func (o *Offer) checkTerms(expected Terms) error {
	switch {
	case differs(expected.Price, o.Price):
		return Outdated("expected_price", "One trade costs %s", o.cost())
	case differs(expected.BarterAmount, o.BarterAmount):
		return Outdated("expected_barter_amount", "One trade costs %s", o.cost())
	case differs(expected.PerTrade, o.PerTrade):
		return Outdated("expected_sell_amount_per_trade", "One trade sells %d of %s", o.PerTrade, o.Resource)
	}
	return nil
}

// trade holds the parties and the amounts of a purchase.
type trade struct {
	offer         Offer
	buyer, seller *Company
	quantity      int64 // trades
	amount        int64 // units sold
	price         int64 // money paid
	barter        int64 // units paid
}

// Buy buys from an offer: all trades of p at once, or none. The buyer is a company of the same
// session. Money that the seller receives is taxable income. It refuses, in this order:
//   - an unknown offer or company (CodeNotFound);
//   - the stage End (CodeWrongStage);
//   - a buyer or a seller in prison (CodeInPrison);
//   - a purchase that costs more than MaxAmount, or leaves the seller with more (CodeInvalidField);
//   - the seller itself as buyer, other terms or another number of trades left than expected
//     (CodeConflict);
//   - more trades than are left (CodeNoResources);
//   - a buyer with too little money (CodeNoFunds) or goods (CodeNoResources);
//   - a warehouse, of the buyer or in a barter of the seller, with too little room once the goods of
//     both have moved (CodeNoSpace).
//
// It emits the trade, then the deletion of an offer that is sold out, then the changes of money,
// then of goods; each time those of the buyer before those of the seller.
func (s *Session) Buy(p Purchase, env Env) (TradeCompleted, []Event, error) {
	i, exists := s.findOffer(p.OfferID)
	if !exists {
		return TradeCompleted{}, nil, OfferNotFound()
	}
	t := trade{offer: s.Offers[i], buyer: s.Company(p.CompanyID), quantity: p.Quantity}
	if t.buyer == nil {
		return TradeCompleted{}, nil, CompanyNotFound()
	}
	t.seller = s.Company(t.offer.CompanyID)
	if err := s.checkPurchase(&t, p); err != nil {
		return TradeCompleted{}, nil, err
	}
	if err := s.checkMeans(&t); err != nil {
		return TradeCompleted{}, nil, err
	}
	d := s.begin(env)
	done := d.trade(i, t)
	return done, d.events, nil
}

// checkPurchase computes the amounts of t, and refuses a purchase that the offer does not allow.
func (s *Session) checkPurchase(t *trade, p Purchase) error {
	if err := s.checkExchange(t.buyer); err != nil {
		return err
	}
	if err := s.checkExchange(t.seller); err != nil {
		return err
	}
	if !t.computeAmounts() {
		return Refuse(CodeInvalidField, "An amount would be beyond the largest, %d", int64(MaxAmount))
	}
	if t.buyer.ID == t.seller.ID {
		return Refuse(CodeConflict, "A company cannot buy from itself")
	}
	if err := t.offer.checkTerms(p.Expected); err != nil {
		return err
	}
	switch o := &t.offer; {
	case differs(p.ExpectedTrades, o.Trades):
		return Outdated("expected_count_offers", "The offer has %d trades left, not %d", o.Trades, *p.ExpectedTrades)
	case t.quantity > o.Trades:
		return Refuse(CodeNoResources, "The offer has %d trades left", o.Trades)
	}
	return nil
}

// computeAmounts computes the amounts that t moves, and reports whether all of them are at most
// MaxAmount. The number of units sold is valid only if the offer has enough trades.
func (t *trade) computeAmounts() bool {
	var ok [4]bool
	t.price, ok[0] = mul(t.offer.Price, t.quantity)
	t.barter, ok[1] = mul(t.offer.BarterAmount, t.quantity)
	t.amount = t.offer.PerTrade * t.quantity
	_, ok[2] = add(t.seller.Balance, t.price)
	_, ok[3] = add(t.seller.ThisTurnIncome, t.price)
	return ok == [4]bool{true, true, true, true}
}

// cost describes the price of one trade for people.
func (o *Offer) cost() string {
	switch o.Type {
	case OfferMoney:
		return fmt.Sprintf("%d in money", o.Price)
	case OfferBarter:
		return fmt.Sprintf("%d of %s", o.BarterAmount, o.BarterResource)
	}
	return ""
}

// checkMeans refuses a trade that one of the parties cannot pay or has no room for.
func (s *Session) checkMeans(t *trade) error {
	if t.buyer.Balance < t.price {
		return Refuse(CodeNoFunds, "The purchase costs %d; the company has %d", t.price, t.buyer.Balance)
	}
	wanted := t.offer.BarterResource
	if has := t.buyer.Goods.Amount(wanted); has < t.barter {
		return Refuse(CodeNoResources, "The purchase costs %d of %s; the company has %d", t.barter, wanted, has)
	}
	if over := t.buyer.Goods.Total() - t.barter + t.amount - s.Capacity(t.buyer); over > 0 {
		return Refuse(CodeNoSpace, "The buyer's warehouse lacks room for %d units", over)
	}
	if over := t.seller.Goods.Total() + t.barter - s.Capacity(t.seller); over > 0 {
		return Refuse(CodeNoSpace, "The seller's warehouse lacks room for %d units", over)
	}
	return nil
}

// trade executes t on the offer at index i.
func (d *mutation) trade(i int, t trade) TradeCompleted {
	done := TradeCompleted{
		SessionID: d.ID, Offer: t.offer, BuyerID: t.buyer.ID, Quantity: t.quantity,
		SellAmount: t.amount, Price: t.price, BarterAmount: t.barter, Remaining: t.offer.Stock() - t.amount,
	}
	d.emit(done)
	if d.Offers[i].Trades -= t.quantity; d.Offers[i].Trades == 0 {
		d.deleteOffer(i)
	}
	buyer, seller := d.mutable(t.buyer.ID), d.mutable(t.seller.ID)
	d.pay(buyer, -t.price)
	d.earn(seller, t.price)
	d.take(buyer, t.offer.BarterResource, t.barter)
	d.store(buyer, t.offer.Resource, t.amount)
	d.store(seller, t.offer.BarterResource, t.barter)
	return done
}
