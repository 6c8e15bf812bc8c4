package game_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// eventModel is a model of a session that is built only from its events.
type eventModel struct {
	rules     *game.Ruleset
	stage     game.Stage
	step      int64
	users     map[int64]game.User
	companies map[int64]*companyModel
	offers    map[int64]game.Offer
	ended     *game.Ended    // nil: it has not
	heard     map[string]int // events by type
}

// companyModel is a model of a company that is built only from events.
type companyModel struct {
	name                           string
	balance, reputation, prisonEnd int64
	position                       game.Cell
	levels                         game.Levels
	goods                          map[string]int64
	credits, deposits              []int64 // of credits what is left to pay, -1 when nobody has said; of deposits their numbers
	factories                      map[int64]bool
}

func newEventModel(rules *game.Ruleset, heard map[string]int) *eventModel {
	return &eventModel{
		rules: rules, stage: game.StageFreeUserConnect, users: map[int64]game.User{}, companies: map[int64]*companyModel{}, offers: map[int64]game.Offer{}, heard: heard,
	}
}

// apply applies an event. It fails for an event that does not fit the model.
func (w *eventModel) apply(t *rapid.T, e game.Event) {
	w.heard[nameOf(e)]++
	switch e := e.(type) {
	case game.UserCreated, game.UserUpdated, game.UserDeleted, game.UserAddedToCompany, game.UserLeftCompany:
		w.applyUser(t, e)
	case game.OfferCreated, game.OfferUpdated, game.OfferCancelled, game.OfferDeleted, game.TradeCompleted:
		w.applyOffer(t, e)
	case game.FactoryCreated, game.FactoryDeleted, game.FactoryRefitStarted, game.FactoryRefitEnded, game.FactoryProductionEnded:
		w.applyFactory(t, e)
	case game.StageUpdated:
		if e.Old != w.stage {
			t.Fatalf("event %+v, but the stage was %s", e, w.stage)
		}
		w.stage, w.step = e.New, e.Step
	case game.Ended:
		w.ended = &e
	case game.CompanyCreated:
		c := e.Company.Company
		w.companies[c.ID] = &companyModel{
			name: c.Name, balance: c.Balance, reputation: c.Reputation, position: e.Company.Position, levels: c.Levels,
			goods: map[string]int64{}, factories: map[int64]bool{},
		}
	case game.CompanyDeleted:
		w.of(t, e.CompanyID)
		delete(w.companies, e.CompanyID)
	case game.SessionDeleted:
		t.Fatal("unexpected event SessionDeleted")
	default:
		w.applyCompany(t, e)
	}
}

// of returns the model of a company that must exist.
func (w *eventModel) of(t *rapid.T, company int64) *companyModel {
	r := w.companies[company]
	if r == nil {
		t.Fatalf("event for company %d, which does not exist", company)
	}
	return r
}

func (w *eventModel) applyUser(t *rapid.T, e game.Event) {
	switch e := e.(type) {
	case game.UserCreated:
		w.users[e.User.ID] = e.User
	case game.UserUpdated:
		u := w.users[e.New.ID]
		u.Username = e.New.Username
		w.users[e.New.ID] = u
	case game.UserDeleted:
		delete(w.users, e.UserID)
	case game.UserAddedToCompany:
		w.of(t, e.CompanyID)
		u := w.users[e.UserID]
		u.CompanyID = e.CompanyID
		w.users[e.UserID] = u
	case game.UserLeftCompany: // also of one who was deleted just before
		if u, known := w.users[e.UserID]; known {
			u.CompanyID = 0
			w.users[e.UserID] = u
		}
	default:
		t.Fatalf("unexpected event %T", e)
	}
}

func (w *eventModel) applyOffer(t *rapid.T, e game.Event) {
	known := func(id int64) {
		if _, there := w.offers[id]; !there {
			t.Fatalf("event %+v, but there is no such offer", e)
		}
	}
	switch e := e.(type) {
	case game.OfferCreated:
		w.offers[e.Offer.ID] = e.Offer
	case game.OfferUpdated:
		if w.offers[e.Old.ID] != e.Old {
			t.Fatalf("event %+v, but the offer was %+v", e, w.offers[e.Old.ID])
		}
		w.offers[e.New.ID] = e.New
	case game.OfferCancelled:
		known(e.OfferID)
	case game.OfferDeleted:
		known(e.OfferID)
		delete(w.offers, e.OfferID)
	case game.TradeCompleted:
		o := w.offers[e.Offer.ID]
		if o != e.Offer || e.SellAmount != o.PerTrade*e.Quantity || e.Price != o.Price*e.Quantity || e.BarterAmount != o.BarterAmount*e.Quantity {
			t.Fatalf("event %+v, but the offer was %+v", e, o)
		}
		if o.Trades -= e.Quantity; o.Stock() != e.Remaining {
			t.Fatalf("event says that %d remain of %+v", e.Remaining, o)
		}
		w.offers[o.ID] = o
	default:
		t.Fatalf("unexpected event %T", e)
	}
}

func (w *eventModel) applyFactory(t *rapid.T, e game.Event) {
	known := func(company, factory int64) {
		if r := w.companies[company]; r != nil && !r.factories[factory] {
			t.Fatalf("event %+v, but there is no such factory", e)
		}
	}
	switch e := e.(type) {
	case game.FactoryCreated:
		w.of(t, e.CompanyID).factories[e.Factory.ID] = true
	case game.FactoryDeleted: // also of a company that was deleted just before
		known(e.CompanyID, e.FactoryID)
		if r := w.companies[e.CompanyID]; r != nil {
			delete(r.factories, e.FactoryID)
		}
	case game.FactoryRefitStarted:
		known(e.CompanyID, e.FactoryID)
	case game.FactoryRefitEnded:
		known(e.CompanyID, e.FactoryID)
	case game.FactoryProductionEnded:
		known(e.CompanyID, e.FactoryID)
	default:
		t.Fatalf("unexpected event %T", e)
	}
}

// applyCompany applies an event of one company.
func (w *eventModel) applyCompany(t *rapid.T, e game.Event) {
	switch e := e.(type) {
	case game.CompanyBalanceChanged:
		r := w.of(t, e.CompanyID)
		if r.balance != e.Old || e.Old == e.New {
			t.Fatalf("event %+v, but the old value is %d", e, r.balance)
		}
		r.balance = e.New
	case game.CompanyReputationChanged:
		r := w.of(t, e.CompanyID)
		if r.reputation != e.Old || e.Old == e.New {
			t.Fatalf("event %+v, but the old value is %d", e, r.reputation)
		}
		r.reputation = e.New
	case game.CompanyResourceAdded:
		w.applyGoods(t, w.of(t, e.CompanyID), e.Resource, e.Amount)
	case game.CompanyResourceRemoved:
		w.applyGoods(t, w.of(t, e.CompanyID), e.Resource, -e.Amount)
	case game.CompanyNameUpdated:
		w.of(t, e.CompanyID).name = e.New
	case game.CompanyPositionSet:
		r := w.of(t, e.CompanyID)
		if r.position != e.Old {
			t.Fatalf("event %+v, but the old value is %+v", e, r.position)
		}
		r.position = game.Cell{Position: e.New}
	case game.CompanyImprovementUpgraded:
		r := w.of(t, e.CompanyID)
		*r.level(e.Improvement) = e.Level
	case game.CompanyToPrison:
		w.of(t, e.CompanyID).prisonEnd = e.EndStep
	case game.CompanyLeftPrison:
		w.of(t, e.CompanyID).prisonEnd = 0
	default:
		w.applyBank(t, e)
	}
}

// applyGoods changes goods. They never become negative or exceed the capacity of the warehouse.
func (w *eventModel) applyGoods(t *rapid.T, r *companyModel, resource string, change int64) {
	var total int64
	r.goods[resource] += change
	for _, n := range r.goods {
		total += n
	}
	if capacity := w.rules.Warehouse[r.levels.Warehouse-1].Figure; change == 0 || r.goods[resource] < 0 || total > capacity {
		t.Fatalf("event adds %d of %s, which makes %v in a warehouse for %d", change, resource, r.goods, capacity)
	}
}

func (r *companyModel) level(i game.Improvement) *int64 {
	return map[game.Improvement]*int64{
		game.ImproveWarehouse: &r.levels.Warehouse, game.ImproveContracts: &r.levels.Contracts,
		game.ImproveStation: &r.levels.Station, game.ImproveFactory: &r.levels.Factory,
	}[i]
}

func (w *eventModel) applyBank(t *rapid.T, e game.Event) {
	switch e := e.(type) {
	case game.CompanyCreditTaken:
		r := w.of(t, e.CompanyID)
		r.credits = append(r.credits, -1)
	case game.CompanyCreditPaid:
		r := w.of(t, e.CompanyID)
		if left := r.credits[e.Index]; left >= 0 && left != e.Remaining+e.Amount {
			t.Fatalf("event %+v, but %d was left to pay", e, left)
		}
		r.credits[e.Index] = e.Remaining
	case game.CompanyCreditRemoved:
		r := w.of(t, e.CompanyID)
		r.credits = slices.Delete(r.credits, e.Index, e.Index+1)
	case game.CompanyDepositTaken:
		r := w.of(t, e.CompanyID)
		if e.Index != len(r.deposits) {
			t.Fatalf("event %+v, but there were %d deposits", e, len(r.deposits))
		}
		r.deposits = append(r.deposits, e.DepositID)
	case game.CompanyDepositWithdrawn:
		r := w.of(t, e.CompanyID)
		r.deposits = slices.Delete(r.deposits, e.Index, e.Index+1)
	case game.CompanyTaxPaid: // the money is told apart; of a debt nobody is told
	default:
		t.Fatalf("unexpected event %T", e)
	}
}

// compare compares the model with the session.
func (w *eventModel) compare(t *rapid.T, s *game.Session) {
	if s.Stage != w.stage || s.Step != w.step || (w.ended != nil) != (s.Stage == game.StageEnd) {
		t.Fatalf("events say %s at step %d, ended %v; got %s at step %d", w.stage, w.step, w.ended, s.Stage, s.Step)
	}
	if len(s.Users) != len(w.users) || len(s.Companies) != len(w.companies) || len(s.Offers) != len(w.offers) {
		t.Fatalf("events left over: %v, %v, %v", w.users, w.companies, w.offers)
	}
	for _, u := range s.Users {
		if w.users[u.ID] != u {
			t.Fatalf("events say %+v, got %+v", w.users[u.ID], u)
		}
	}
	for _, o := range s.Offers {
		if w.offers[o.ID] != o {
			t.Fatalf("events say %+v, got %+v", w.offers[o.ID], o)
		}
	}
	for _, c := range s.Companies {
		w.of(t, c.ID).compare(t, s, c)
	}
}

func (r *companyModel) compare(t *rapid.T, s *game.Session, c *game.Company) {
	if r.name != c.Name || r.balance != c.Balance || r.reputation != c.Reputation || r.prisonEnd != c.PrisonEndStep || r.position != s.View(c).Position || r.levels != c.Levels {
		t.Fatalf("events say %+v, got %+v", r, c)
	}
	maps.DeleteFunc(r.goods, func(_ string, n int64) bool { return n == 0 })
	goods, factories := map[string]int64{}, map[int64]bool{}
	for _, g := range c.Goods {
		goods[g.Resource] = g.Amount
	}
	for _, f := range c.Factories {
		factories[f.ID] = true
	}
	if !maps.Equal(r.goods, goods) || !maps.Equal(r.factories, factories) {
		t.Fatalf("events say goods %v and factories %v, got %v and %+v", r.goods, r.factories, c.Goods, c.Factories)
	}
	left := slices.EqualFunc(r.credits, c.Credits, func(left int64, k game.Credit) bool { return left < 0 || left == k.Rest() })
	saved := slices.EqualFunc(r.deposits, c.Deposits, func(id int64, d game.Deposit) bool { return id == d.ID })
	if !left || !saved {
		t.Fatalf("events say credits %v and deposits %v, got %+v and %+v", r.credits, r.deposits, c.Credits, c.Deposits)
	}
}
