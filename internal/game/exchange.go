package game

import (
	"cmp"
	"slices"
)

// OfferType is what an offer asks for.
type OfferType string

// The types.
const (
	OfferMoney  OfferType = "money"
	OfferBarter OfferType = "barter"
)

// Offer is an open offer on the exchange, which has the goods.
type Offer struct {
	ID             int64 // drawn by the store, unique on the server
	CompanyID      int64 // that sells
	Resource       string
	PerTrade       int64 // units that change hands in one trade
	Trades         int64 // that are left
	Type           OfferType
	Price          int64  // of one trade; 0 in a barter
	BarterResource string // "" in a sale for money
	BarterAmount   int64  // units asked for in one trade; 0 in a sale for money
}

// Stock returns the units that are left.
func (o Offer) Stock() int64 { return o.PerTrade * o.Trades }

// NewOffer is what a company wants to offer. All amounts are at least 1.
type NewOffer struct {
	CompanyID int64 // that sells
	Resource  string
	PerTrade  int64 // units that change hands in one trade
	Trades    int64
	For       Ask

	ExpectedQuantity *int64 // units of Resource in the warehouse, as the seller has seen them; nil: any
}

// Ask is what an offer asks for: made by ForMoney or ForGoods.
type Ask struct {
	typ      OfferType
	price    int64
	resource string
	amount   int64
}

// ForMoney asks for money: price, at least 1, for one trade.
func ForMoney(price int64) Ask { return Ask{typ: OfferMoney, price: price} }

// ForGoods asks for amount units of resource, at least 1, for one trade.
func ForGoods(resource string, amount int64) Ask {
	return Ask{typ: OfferBarter, resource: resource, amount: amount}
}

// CreateOffer makes an offer, to which the goods go out of the warehouse. It
// refuses, in this order: an unknown company (CodeNotFound), the stage End
// (CodeWrongStage), a company in prison (CodeInPrison), an unknown resource,
// goods for the same goods, a stock beyond MaxAmount (CodeInvalidField), another
// quantity in the warehouse than expected (CodeConflict), more than there is
// (CodeNoResources).
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
	d.Offers = append(d.Offers, offer) // by id: it is the youngest
	d.tell(OfferCreated{SessionID: s.ID, Offer: offer})
	d.take(d.editAt(i), offer.Resource, stock)
	return offer, d.events, nil
}

// checkExchange refuses business on the exchange of c, which would buy or sell.
func (s *Session) checkExchange(c *Company) error {
	if s.Stage == StageEnd {
		return Refuse(CodeWrongStage, "The exchange is closed in stage %s", StageEnd)
	}
	if c.InPrison() {
		return Refuse(CodeInPrison, "%s is in prison until step %d, and can neither buy nor sell", c.Name, c.PrisonEndStep)
	}
	return nil
}

// checkOffered refuses what nobody can offer or ask for.
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

// OfferChange is what is to change of an offer; what is nil stays. Amounts are
// at least 1.
type OfferChange struct {
	PerTrade     *int64
	Price        *int64 // only in a sale for money
	BarterAmount *int64 // only in a barter

	Expected Terms // before the change, as the caller has seen them
}

// UpdateOffer changes an open offer. With other units in a trade, there are other
// trades left: its stock stays. It refuses, in this order: an unknown offer
// (CodeNotFound), the stage End (CodeWrongStage), a seller in prison
// (CodeInPrison), other terms than expected (CodeConflict), what does not belong
// to the type of the offer (CodeInvalidField), units in a trade that do not divide the stock, a change
// that changes nothing (CodeConflict).
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

// CancelOffer takes an offer back: its goods go back into the warehouse. It
// refuses, in this order: an unknown offer (CodeNotFound), the stage End
// (CodeWrongStage), a seller in prison (CodeInPrison), a warehouse without room
// for all of the goods (CodeNoSpace). It returns the offer as it was.
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

// cancelOffers cancels all offers of a company. What the warehouse has no room
// for is lost, of the youngest offers first.
func (d *deed) cancelOffers(company int64) {
	for i := 0; i < len(d.Offers); {
		if d.Offers[i].CompanyID == company {
			d.cancelOffer(i)
		} else {
			i++
		}
	}
}

// cancelOffer takes the offer at i of Offers back, and its goods as far as there
// is room.
func (d *deed) cancelOffer(i int) {
	o := d.Offers[i]
	d.tell(OfferCancelled{SessionID: d.ID, OfferID: o.ID, CompanyID: o.CompanyID})
	d.deleteOffer(i)
	seller := d.edit(o.CompanyID)
	d.store(seller, o.Resource, min(o.Stock(), d.room(seller)))
}

// deleteOffer removes the offer at i of Offers.
func (d *deed) deleteOffer(i int) {
	id := d.Offers[i].ID
	d.Offers = slices.Delete(d.Offers, i, i+1)
	d.tell(OfferDeleted{SessionID: d.ID, OfferID: id})
}

// offerToChange returns where an offer stands in Offers, for its seller to
// change. It refuses an unknown one, and what checkExchange does.
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

// OfferFilter says which offers are asked for; what is nil is not looked at.
type OfferFilter struct {
	ID, CompanyID       *int64
	SessionID, Resource *string
	Type                *OfferType
	Limit               int // at most so many; 0: all
}
