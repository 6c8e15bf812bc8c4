package game_test

import (
	"slices"
	"testing"

	"seg.example/internal/game"
)

// lastID gives the numbers after it.
type lastID int64

func (n *lastID) NextID(game.Kind) int64 {
	*n++
	return int64(*n)
}

func withIDs(last int64) game.Env { return game.Env{IDs: (*lastID)(&last)} }

func stock(resource string, amount int64) game.Stock {
	return game.Stock{Resource: resource, Amount: amount}
}

// Two offers of the company 1: 5 trades of 4 iron for 120, and 3 trades of 2 planks for 5 wood.
var (
	forMoney = game.Offer{ID: 3, CompanyID: 1, Resource: "iron", PerTrade: 4, Trades: 5, Type: game.OfferMoney, Price: 120}
	forWood  = game.Offer{
		ID: 5, CompanyID: 1, Resource: "planks", PerTrade: 2, Trades: 3, Type: game.OfferBarter, BarterResource: "wood", BarterAmount: 5,
	}
)

// market returns a session in which the company 1 has offers.
func market(t *testing.T, offers ...game.Offer) *game.Session {
	t.Helper()
	s := sessionInGame(t, rules,
		newCompany(1, game.Goods{stock("iron", 9), stock("stone", 20)}), newCompany(2, game.Goods{stock("wood", 20)}))
	s.Offers = offers
	return s
}

func TestCreateOffer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		offer   game.NewOffer
		want    game.Offer
		removed game.Event
		left    game.Goods
	}{
		"money": {
			game.NewOffer{CompanyID: 1, Resource: "stone", PerTrade: 3, Trades: 4, For: game.ForMoney(100)},
			game.Offer{ID: 8, CompanyID: 1, Resource: "stone", PerTrade: 3, Trades: 4, Type: game.OfferMoney, Price: 100},
			removed("stone", 12),
			game.Goods{stock("iron", 9), stock("stone", 8)}, // 3·4 of 20
		},
		"barter of all there is": {
			game.NewOffer{CompanyID: 1, Resource: "iron", PerTrade: 9, Trades: 1, For: game.ForGoods("stone", game.MaxAmount)},
			game.Offer{
				ID: 8, CompanyID: 1, Resource: "iron", PerTrade: 9, Trades: 1,
				Type: game.OfferBarter, BarterResource: "stone", BarterAmount: game.MaxAmount,
			},
			removed("iron", 9),
			game.Goods{stock("stone", 20)},
		},
	} {
		for _, stage := range []game.Stage{game.StageFreeUserConnect, game.StageCellSelect, game.StageGame, game.StageChangeTurn} {
			t.Run(name+" in "+string(stage), func(t *testing.T) {
				t.Parallel()
				s := market(t, forMoney, forWood)
				s.Stage = stage
				s = done(t, s, func(s *game.Session) ([]game.Event, error) {
					offer, events, err := s.CreateOffer(c.offer, withIDs(7))
					if offer != c.want {
						t.Errorf("got %+v, want %+v", offer, c.want)
					}
					return events, err
				}, game.OfferCreated{SessionID: "S", Offer: c.want}, c.removed)
				if want := []game.Offer{forMoney, forWood, c.want}; !slices.Equal(s.Offers, want) {
					t.Errorf("got offers %v", s.Offers)
				}
				wantGoods(t, s, c.left...)
			})
		}
	}
}

func TestCreateOffer_refuses(t *testing.T) {
	t.Parallel()
	offer := func(company int64, resource string, perTrade, trades int64, ask game.OfferPrice) game.NewOffer {
		return game.NewOffer{CompanyID: company, Resource: resource, PerTrade: perTrade, Trades: trades, For: ask}
	}
	for name, c := range map[string]struct {
		stage  game.Stage
		prison int64
		offer  game.NewOffer
		code   game.Code
	}{
		"unknown company first":  {game.StageEnd, 9, offer(3, "iron", 1, 1, game.ForMoney(1)), game.CodeNotFound},
		"End before prison":      {game.StageEnd, 9, offer(1, "iron", 1, 1, game.ForMoney(1)), game.CodeWrongStage},
		"prison before values":   {game.StageGame, 9, offer(1, "nails", 1, 1, game.ForMoney(1)), game.CodeInPrison},
		"unknown goods":          {game.StageGame, 0, offer(1, "nails", 1, 1, game.ForMoney(1)), game.CodeInvalidField},
		"unknown goods in turn":  {game.StageGame, 0, offer(1, "iron", 1, 1, game.ForGoods("nails", 1)), game.CodeInvalidField},
		"the same goods":         {game.StageGame, 0, offer(1, "iron", 1, 1, game.ForGoods("iron", 2)), game.CodeInvalidField},
		"beyond amounts":         {game.StageGame, 0, offer(1, "iron", 1<<30, 1<<30, game.ForMoney(1)), game.CodeInvalidField}, // 2⁶⁰
		"beyond 64 bits":         {game.StageGame, 0, offer(1, "iron", game.MaxAmount, game.MaxAmount, game.ForMoney(1)), game.CodeInvalidField},
		"more than there is":     {game.StageGame, 0, offer(1, "iron", 2, 5, game.ForMoney(1)), game.CodeNoResources}, // 10 of 9
		"nothing there":          {game.StageGame, 0, offer(1, "wood", 1, 1, game.ForMoney(1)), game.CodeNoResources},
		"the largest amount":     {game.StageGame, 0, offer(1, "iron", game.MaxAmount, 1, game.ForMoney(1)), game.CodeNoResources},
		"of what is on offer":    {game.StageGame, 0, offer(1, "planks", 1, 1, game.ForMoney(1)), game.CodeNoResources},
		"of another's warehouse": {game.StageGame, 0, offer(2, "stone", 1, 1, game.ForMoney(1)), game.CodeNoResources},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := market(t, forMoney, forWood)
			s.Stage, s.Companies[0].PrisonEndStep = c.stage, c.prison
			refused(t, s, c.code, func(s *game.Session) ([]game.Event, error) {
				_, events, err := s.CreateOffer(c.offer, game.Env{}) // no id is drawn
				return events, err
			})
		})
	}
}

func TestUpdateOffer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change game.OfferChange
		id     int64
		want   game.Offer
	}{
		"price": {
			game.OfferChange{Price: new(int64(1))},
			3,
			game.Offer{ID: 3, CompanyID: 1, Resource: "iron", PerTrade: 4, Trades: 5, Type: game.OfferMoney, Price: 1},
		},
		"units": { // 20 in stock: 10 a trade are 2 trades
			game.OfferChange{PerTrade: new(int64(10))},
			3,
			game.Offer{ID: 3, CompanyID: 1, Resource: "iron", PerTrade: 10, Trades: 2, Type: game.OfferMoney, Price: 120},
		},
		"both, one as it is": {
			game.OfferChange{PerTrade: new(int64(20)), Price: new(int64(120))},
			3,
			game.Offer{ID: 3, CompanyID: 1, Resource: "iron", PerTrade: 20, Trades: 1, Type: game.OfferMoney, Price: 120},
		},
		"barter": {
			game.OfferChange{PerTrade: new(int64(1)), BarterAmount: new(int64(2))},
			5,
			game.Offer{
				ID: 5, CompanyID: 1, Resource: "planks", PerTrade: 1, Trades: 6, Type: game.OfferBarter, BarterResource: "wood", BarterAmount: 2,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := market(t, forMoney, forWood)
			old := forMoney
			if c.id == forWood.ID {
				old = forWood
			}
			update := game.OfferUpdated{SessionID: "S", Old: old, New: c.want}
			next := done(t, s, func(s *game.Session) ([]game.Event, error) {
				got, events, err := s.UpdateOffer(c.id, c.change)
				if got != update {
					t.Errorf("got %+v, want %+v", got, update)
				}
				return events, err
			}, update)
			if i := slices.Index(s.Offers, old); next.Offers[i] != c.want || next.Offers[1-i] != s.Offers[1-i] {
				t.Errorf("got offers %v", next.Offers)
			}
			if next.Companies[0] != s.Companies[0] {
				t.Error("the seller, which did not change, was copied")
			}
		})
	}
}

func TestUpdateOffer_refuses(t *testing.T) {
	t.Parallel()
	price, units, amount := new(int64(7)), new(int64(2)), new(int64(6))
	for name, c := range map[string]struct {
		stage  game.Stage
		prison int64
		id     int64
		change game.OfferChange
		code   game.Code
	}{
		"unknown offer first":     {game.StageEnd, 9, 4, game.OfferChange{Price: price}, game.CodeNotFound},
		"End before prison":       {game.StageEnd, 9, 3, game.OfferChange{Price: price}, game.CodeWrongStage},
		"prison before values":    {game.StageGame, 9, 3, game.OfferChange{BarterAmount: amount}, game.CodeInPrison},
		"price of a barter":       {game.StageGame, 0, 5, game.OfferChange{Price: price, PerTrade: units}, game.CodeInvalidField},
		"goods for money":         {game.StageGame, 0, 3, game.OfferChange{BarterAmount: amount, Price: price}, game.CodeInvalidField},
		"no divisor":              {game.StageGame, 0, 3, game.OfferChange{PerTrade: new(int64(6)), Price: price}, game.CodeConflict}, // of 20
		"more than the stock":     {game.StageGame, 0, 3, game.OfferChange{PerTrade: new(int64(40))}, game.CodeConflict},
		"nothing":                 {game.StageGame, 0, 3, game.OfferChange{}, game.CodeConflict},
		"all as it is":            {game.StageGame, 0, 3, game.OfferChange{Price: new(int64(120)), PerTrade: new(int64(4))}, game.CodeConflict},
		"all as it is in barters": {game.StageGame, 0, 5, game.OfferChange{BarterAmount: new(int64(5)), PerTrade: units}, game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := market(t, forMoney, forWood)
			s.Stage, s.Companies[0].PrisonEndStep = c.stage, c.prison
			refused(t, s, c.code, func(s *game.Session) ([]game.Event, error) {
				_, events, err := s.UpdateOffer(c.id, c.change)
				return events, err
			})
		})
	}
}

func TestCancelOffer(t *testing.T) {
	t.Parallel()
	s := market(t, forMoney, forWood)
	cancel := func(want game.Offer) func(*game.Session) ([]game.Event, error) {
		return func(s *game.Session) ([]game.Event, error) {
			got, events, err := s.CancelOffer(want.ID)
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			return events, err
		}
	}
	s = done(t, s, cancel(forMoney), game.OfferCancelled{SessionID: "S", OfferID: 3, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 3},
		added("iron", 20))
	wantGoods(t, s, stock("iron", 29), stock("stone", 20))
	if !slices.Equal(s.Offers, []game.Offer{forWood}) {
		t.Errorf("got offers %v", s.Offers)
	}
	// 50 - 49 = 1 unit of room for 6; then exactly 6.
	refused(t, s, game.CodeNoSpace, func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.CancelOffer(5)
		return events, err
	})
	s.Companies[0].Goods = game.Goods{stock("stone", 44)}
	s = done(t, s, cancel(forWood), game.OfferCancelled{SessionID: "S", OfferID: 5, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 5},
		added("planks", 6))
	if len(s.Offers) != 0 {
		t.Errorf("got offers %v", s.Offers)
	}
}

func TestCancelOffer_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage  game.Stage
		prison int64
		id     int64
		code   game.Code
	}{
		"unknown offer first": {game.StageEnd, 9, 4, game.CodeNotFound},
		"End before prison":   {game.StageEnd, 9, 3, game.CodeWrongStage},
		"prison before room":  {game.StageGame, 9, 3, game.CodeInPrison},
		"room":                {game.StageGame, 0, 3, game.CodeNoSpace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := market(t, forMoney, forWood)
			s.Stage, s.Companies[0].PrisonEndStep = c.stage, c.prison
			s.Companies[0].Goods = game.Goods{stock("stone", 31)} // room for 19 of 20
			refused(t, s, c.code, func(s *game.Session) ([]game.Event, error) {
				_, events, err := s.CancelOffer(c.id)
				return events, err
			})
		})
	}
}

// TestCancelOffers: goods go back as far as there is room, the oldest offer first; what does not
// fit is lost.
func TestCancelOffers(t *testing.T) {
	t.Parallel()
	other, later := forMoney, forMoney
	other.ID, other.CompanyID = 4, 2
	later.ID = 6
	s := market(t, forMoney, other, forWood, later)
	s.Companies[0].Goods = game.Goods{stock("stone", 27)} // room for 23: 20 iron, 3 of 6 planks, no more iron
	before := dump(s)
	next, events := game.CancelOffers(s, 1)
	wantEvents(t, events,
		game.OfferCancelled{SessionID: "S", OfferID: 3, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 3}, added("iron", 20),
		game.OfferCancelled{SessionID: "S", OfferID: 5, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 5}, added("planks", 3),
		game.OfferCancelled{SessionID: "S", OfferID: 6, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 6})
	wantGoods(t, next, stock("iron", 20), stock("planks", 3), stock("stone", 27))
	if !slices.Equal(next.Offers, []game.Offer{other}) || next.Companies[1] != s.Companies[1] {
		t.Errorf("got offers %v", next.Offers)
	}
	if after := dump(s); after != before {
		t.Errorf("a deed on a copy changed\n%s\nto\n%s", before, after)
	}
}
