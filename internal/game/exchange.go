package game

import (
	"cmp"
	"slices"
)

// OfferType says what an offer asks for.
type OfferType string

// The types.
const (
	OfferMoney  OfferType = "money"
	OfferBarter OfferType = "barter"
)

// Offer is an open offer on the exchange. Its goods have left the seller's warehouse.
type Offer struct {
	ID             int64 // assigned by the store, unique on the server
	CompanyID      int64 // the seller
	Resource       string
	PerTrade       int64 // units sold in one trade
	Trades         int64 // number of trades left
	Type           OfferType
	Price          int64  // of one trade; 0 in a barter
	BarterResource string // "" in a sale for money
	BarterAmount   int64  // units paid in one trade; 0 in a sale for money
}

// Stock returns the number of units left.
func (o Offer) Stock() int64 { return o.PerTrade * o.Trades }

// NewOffer is a request to create an offer. All amounts are at least 1.
type NewOffer struct {
	CompanyID int64 // the seller
	Resource  string
	PerTrade  int64 // units sold in one trade
	Trades    int64
	For       OfferPrice

	ExpectedQuantity *int64 // units of Resource in the warehouse, as the caller has seen them; nil accepts any
}

// OfferPrice is the price of one trade, made by ForMoney or ForGoods.
type OfferPrice struct {
	typ      OfferType
	price    int64
	resource string
	amount   int64
}

// ForMoney is a price in money, at least 1.
func ForMoney(price int64) OfferPrice { return OfferPrice{typ: OfferMoney, price: price} }

// ForGoods is a price in goods: amount units of resource, at least 1.
func ForGoods(resource string, amount int64) OfferPrice {
	return OfferPrice{typ: OfferBarter, resource: resource, amount: amount}
}

// CreateOffer creates an offer and takes its goods out of the warehouse. It refuses, in this order:
// an unknown company (CodeNotFound), the stage End (CodeWrongStage), a company in prison
// (CodeInPrison), an unknown resource, goods for the same goods, a stock beyond MaxAmount
// (CodeInvalidField), another quantity in the warehouse than expected (CodeConflict), more units
// than there are (CodeNoResources).
func (s *Session) CreateOffer(o NewOffer, env Env) (Offer, []Event, error) {
	i, exists := s.findCompany(o.CompanyID)
	if !exists {
		return Offer{}, nil, CompanyNotFound()
	}
	seller := s.Companies[i]
	if err := s.checkExchange(seller); err != nil {
		return Offer{}, nil, err
	}
	if err := s.checkOffered(o); err != nil {
		return Offer{}, nil, err
	}
	stock, ok := mul(o.PerTrade, o.Trades)
	if !ok {
		return Offer{}, nil, Refuse(CodeInvalidField, "An offer has at most %d units in all", int64(MaxAmount))
	}
	if err := checkQuantity(seller, o.Resource, o.ExpectedQuantity); err != nil {
		return Offer{}, nil, err
	}
	if has := seller.Goods.Amount(o.Resource); has < stock {
		return Offer{}, nil, Refuse(CodeNoResources, "The offer takes %d units of %s; the company has %d", stock, o.Resource, has)
	}
	offer := Offer{
		ID: env.IDs.NextID(KindOffer), CompanyID: seller.ID, Resource: o.Resource, PerTrade: o.PerTrade, Trades: o.Trades,
		Type: o.For.typ, Price: o.For.price, BarterResource: o.For.resource, BarterAmount: o.For.amount,
	}
	d := s.begin(env)
	d.Offers = append(d.Offers, offer) // its id is the highest, so the offers stay sorted
	d.emit(OfferCreated{SessionID: s.ID, Offer: offer})
	d.take(d.mutableAt(i), offer.Resource, stock)
	return offer, d.events, nil
}

// checkExchange refuses a company that may not use the exchange now.
func (s *Session) checkExchange(c *Company) error {
	if s.Stage == StageEnd {
		return Refuse(CodeWrongStage, "The exchange is closed in stage %s", StageEnd)
	}
	if c.InPrison() {
		return Refuse(CodeInPrison, "%s is in prison until step %d, and can neither buy nor sell", c.Name, c.PrisonEndStep)
	}
	return nil
}

// checkOffered refuses unknown resources, and a barter for the same resource.
func (s *Session) checkOffered(o NewOffer) error {
	for _, name := range []string{o.Resource, o.For.resource} {
		if name != "" && s.Rules.Resource(name) == nil {
			return unknownResource(name)
		}
	}
	if o.Resource == o.For.resource {
		return Refuse(CodeInvalidField, "Goods are not bartered for the same goods, here %s", o.Resource)
	}
	return nil
}

// OfferChange lists the changes to an offer. A nil field stays as it is. Amounts are at least 1.
type OfferChange struct {
	PerTrade     *int64
	Price        *int64 // only in a sale for money
	BarterAmount *int64 // only in a barter

	Expected Terms // the terms before the change, as the caller has seen them
}

// UpdateOffer changes an open offer. Another number of units in a trade changes the number of
// trades left, so that the stock stays the same. It refuses, in this order: an unknown offer
// (CodeNotFound), the stage End (CodeWrongStage), a seller in prison (CodeInPrison), other terms
// than expected (CodeConflict), a price of the other type of offer (CodeInvalidField), units in a
// trade that do not divide the stock, a change without effect (CodeConflict).
func (s *Session) UpdateOffer(id int64, c OfferChange) (OfferUpdated, []Event, error) {
	i, err := s.offerToChange(id)
	if err != nil {
		return OfferUpdated{}, nil, err
	}
	old := s.Offers[i]
	if err := old.checkTerms(c.Expected); err != nil {
		return OfferUpdated{}, nil, err
	}
	changed, err := old.with(c)
	if err != nil {
		return OfferUpdated{}, nil, err
	}
	if changed == old {
		return OfferUpdated{}, nil, Refuse(CodeConflict, "Nothing to change")
	}
	s.Offers[i] = changed
	update := OfferUpdated{SessionID: s.ID, Old: old, New: changed}
	return update, []Event{update}, nil
}

// with returns o changed by c.
func (o Offer) with(c OfferChange) (Offer, error) {
	if c.Price != nil && o.Type != OfferMoney {
		return o, Refuse(CodeInvalidField, "price belongs to an offer for money; this one is a barter")
	}
	if c.BarterAmount != nil && o.Type != OfferBarter {
		return o, Refuse(CodeInvalidField, "barter_amount belongs to a barter; this is an offer for money")
	}
	if c.PerTrade != nil {
		stock := o.Stock()
		if stock%*c.PerTrade != 0 {
			return o, Refuse(CodeConflict, "sell_amount_per_trade must divide the stock that is left, which is %d", stock)
		}
		o.PerTrade, o.Trades = *c.PerTrade, stock / *c.PerTrade
	}
	if c.Price != nil {
		o.Price = *c.Price
	}
	if c.BarterAmount != nil {
		o.BarterAmount = *c.BarterAmount
	}
	return o, nil
}

// CancelOffer cancels an offer and puts its goods back into the warehouse. It refuses, in this
// order: an unknown offer (CodeNotFound), the stage End (CodeWrongStage), a seller in prison
// (CodeInPrison), a warehouse without room for all of the goods (CodeNoSpace). It returns the offer
// before the cancellation.
func (s *Session) CancelOffer(id int64) (Offer, []Event, error) {
	i, err := s.offerToChange(id)
	if err != nil {
		return Offer{}, nil, err
	}
	d, o := s.begin(Env{}), s.Offers[i]
	if room := d.room(s.Company(o.CompanyID)); room < o.Stock() {
		return Offer{}, nil, Refuse(CodeNoSpace, "%d units go back, and the warehouse has room for %d", o.Stock(), room)
	}
	d.cancelOffer(i)
	return o, d.events, nil
}

// cancelOffers cancels all offers of a company, the oldest first. Goods that the warehouse has no
// room for are lost.
func (d *mutation) cancelOffers(company int64) {
	for i := 0; i < len(d.Offers); {
		if d.Offers[i].CompanyID == company {
			d.cancelOffer(i)
		} else {
			i++
		}
	}
}

// cancelOffer cancels the offer at index i, and puts its goods back as far as there is room.
func (d *mutation) cancelOffer(i int) {
	o := d.Offers[i]
	d.emit(OfferCancelled{SessionID: d.ID, OfferID: o.ID, CompanyID: o.CompanyID})
	d.deleteOffer(i)
	seller := d.mutable(o.CompanyID)
	d.store(seller, o.Resource, min(o.Stock(), d.room(seller)))
}

// deleteOffer removes the offer at index i.
func (d *mutation) deleteOffer(i int) {
	id := d.Offers[i].ID
	d.Offers = slices.Delete(d.Offers, i, i+1)
	d.emit(OfferDeleted{SessionID: d.ID, OfferID: id})
}

// offerToChange returns the index of an offer that its seller wants to change. It refuses an
// unknown offer, and a seller that may not use the exchange now.
func (s *Session) offerToChange(id int64) (int, error) {
	i, exists := s.findOffer(id)
	if !exists {
		return 0, OfferNotFound()
	}
	return i, s.checkExchange(s.Company(s.Offers[i].CompanyID))
}

func (s *Session) findOffer(id int64) (int, bool) {
	return slices.BinarySearchFunc(s.Offers, id, func(o Offer, id int64) int { return cmp.Compare(o.ID, id) })
}

// OfferFilter selects offers. A nil field matches every offer.
type OfferFilter struct {
	ID, CompanyID       *int64
	SessionID, Resource *string
	Type                *OfferType
	Limit               int // maximum number of results; 0: all
}
