package game_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

func buy(p game.Purchase) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.Buy(p, game.Env{})
		return events, err
	}
}

// TestBuy_money: 2 trades of 4 iron for 120 each.
func TestBuy_money(t *testing.T) {
	t.Parallel()
	s := market(t, forMoney, forWood)
	trade := game.TradeCompleted{
		SessionID: "S", Offer: forMoney, BuyerID: 2, Quantity: 2, SellAmount: 8, Price: 240, Remaining: 12, // 20 - 8
	}
	next := done(t, s, func(s *game.Session) ([]game.Event, error) {
		got, events, err := s.Buy(game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 2, Expected: game.Terms{Price: new(int64(120))}}, game.Env{})
		if got != trade {
			t.Errorf("got %+v, want %+v", got, trade)
		}
		return events, err
	}, trade,
		game.CompanyBalanceChanged{CompanyID: 2, Old: 10_000, New: 9_760}, game.CompanyBalanceChanged{CompanyID: 1, Old: 10_000, New: 10_240},
		game.CompanyResourceAdded{CompanyID: 2, Resource: "iron", Amount: 8})
	left := forMoney
	left.Trades = 3
	if !slices.Equal(next.Offers, []game.Offer{left, forWood}) {
		t.Errorf("got offers %v", next.Offers)
	}
	seller, buyer := next.Companies[0], next.Companies[1]
	if seller.ThisTurnIncome != 240 || buyer.ThisTurnIncome != 0 {
		t.Errorf("taxable are %d of the seller, %d of the buyer", seller.ThisTurnIncome, buyer.ThisTurnIncome)
	}
	wantGoods(t, next, s.Companies[0].Goods...)
	if want := (game.Goods{stock("iron", 8), stock("wood", 20)}); !slices.Equal(buyer.Goods, want) {
		t.Errorf("the buyer has %v", buyer.Goods)
	}
	// The rest: the offer goes.
	sold := game.TradeCompleted{SessionID: "S", Offer: left, BuyerID: 2, Quantity: 3, SellAmount: 12, Price: 360}
	next = done(t, next, buy(game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 3}), sold, game.OfferDeleted{SessionID: "S", OfferID: 3},
		game.CompanyBalanceChanged{CompanyID: 2, Old: 9_760, New: 9_400}, game.CompanyBalanceChanged{CompanyID: 1, Old: 10_240, New: 10_600},
		game.CompanyResourceAdded{CompanyID: 2, Resource: "iron", Amount: 12})
	if !slices.Equal(next.Offers, []game.Offer{forWood}) || next.Companies[0].ThisTurnIncome != 600 {
		t.Errorf("got offers %v, income %d", next.Offers, next.Companies[0].ThisTurnIncome)
	}
}

// TestBuy_barter: 2 trades of 2 planks for 5 wood each. Goods are no income.
func TestBuy_barter(t *testing.T) {
	t.Parallel()
	s := market(t, forMoney, forWood)
	trade := game.TradeCompleted{
		SessionID: "S", Offer: forWood, BuyerID: 2, Quantity: 2, SellAmount: 4, BarterAmount: 10, Remaining: 2, // 6 - 4
	}
	p := game.Purchase{OfferID: 5, CompanyID: 2, Quantity: 2, Expected: game.Terms{BarterAmount: new(int64(5))}}
	next := done(t, s, buy(p), trade,
		game.CompanyResourceRemoved{CompanyID: 2, Resource: "wood", Amount: 10}, game.CompanyResourceAdded{CompanyID: 2, Resource: "planks", Amount: 4},
		added("wood", 10))
	wantGoods(t, next, stock("iron", 9), stock("stone", 20), stock("wood", 10))
	seller, buyer := next.Companies[0], next.Companies[1]
	if want := (game.Goods{stock("planks", 4), stock("wood", 10)}); !slices.Equal(buyer.Goods, want) {
		t.Errorf("the buyer has %v", buyer.Goods)
	}
	if seller.Balance != 10_000 || buyer.Balance != 10_000 || seller.ThisTurnIncome != 0 {
		t.Errorf("money changed: %+v, %+v", seller, buyer)
	}
}

// TestBuy_room: a warehouse of level 1 holds 50; room counts once the goods of both have moved.
func TestBuy_room(t *testing.T) {
	t.Parallel()
	more := forWood
	more.PerTrade = 7
	for name, c := range map[string]struct {
		offer         game.Offer
		seller, buyer game.Goods
		ok            bool
	}{
		"money, just enough":         {forMoney, nil, game.Goods{stock("fish", 46)}, true},                          // 46 + 4
		"money, too little":          {forMoney, nil, game.Goods{stock("fish", 47)}, false},                         // 47 + 4
		"money, seller is full":      {forMoney, game.Goods{stock("fish", 50)}, nil, true},                          // nothing comes
		"barter, buyer is full":      {forWood, nil, game.Goods{stock("fish", 45), stock("wood", 5)}, true},         // 50 - 5 + 2
		"barter, buyer, just enough": {more, nil, game.Goods{stock("fish", 43), stock("wood", 5)}, true},            // 48 - 5 + 7
		"barter, buyer, too little":  {more, nil, game.Goods{stock("fish", 44), stock("wood", 5)}, false},           // 49 - 5 + 7
		"barter, seller, enough":     {forWood, game.Goods{stock("fish", 45)}, game.Goods{stock("wood", 5)}, true},  // 45 + 5
		"barter, seller, too little": {forWood, game.Goods{stock("fish", 46)}, game.Goods{stock("wood", 5)}, false}, // 46 + 5
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := market(t, c.offer)
			s.Companies[0].Goods, s.Companies[1].Goods = c.seller, c.buyer
			do := buy(game.Purchase{OfferID: c.offer.ID, CompanyID: 2, Quantity: 1})
			if !c.ok {
				refused(t, s, game.CodeNoSpace, do)
				return
			}
			if _, err := do(s.Clone()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBuy_refuses(t *testing.T) {
	t.Parallel()
	dear := forMoney
	dear.ID, dear.Price = 4, game.MaxAmount
	unpayable := forWood
	unpayable.ID, unpayable.BarterAmount = 6, game.MaxAmount
	one, other := new(int64(1)), new(int64(119))
	for name, c := range map[string]struct {
		change   func(*game.Session)
		purchase game.Purchase
		code     game.Code
	}{
		"unknown offer first":     {end, game.Purchase{OfferID: 7, CompanyID: 9, Quantity: 1}, game.CodeNotFound},
		"unknown buyer":           {end, game.Purchase{OfferID: 3, CompanyID: 9, Quantity: 1}, game.CodeNotFound},
		"End before prison":       {func(s *game.Session) { end(s); imprison(1)(s) }, game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1}, game.CodeWrongStage},
		"buyer in prison":         {imprison(1), game.Purchase{OfferID: 4, CompanyID: 2, Quantity: 9}, game.CodeInPrison},
		"seller in prison":        {imprison(0), game.Purchase{OfferID: 4, CompanyID: 2, Quantity: 9}, game.CodeInPrison},
		"price beyond amounts":    {nil, game.Purchase{OfferID: 4, CompanyID: 1, Quantity: 2}, game.CodeInvalidField},
		"goods beyond amounts":    {nil, game.Purchase{OfferID: 6, CompanyID: 1, Quantity: 2}, game.CodeInvalidField},
		"seller beyond amounts":   {balance(0, game.MaxAmount-119), game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1}, game.CodeInvalidField},
		"income beyond amounts":   {income(0, game.MaxAmount-119), game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1}, game.CodeInvalidField},
		"from itself":             {nil, game.Purchase{OfferID: 3, CompanyID: 1, Quantity: 9, Expected: game.Terms{Price: other}}, game.CodeConflict},
		"another price":           {nil, game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 9, Expected: game.Terms{Price: other}}, game.CodeConflict},
		"a price in a barter":     {nil, game.Purchase{OfferID: 5, CompanyID: 2, Quantity: 1, Expected: game.Terms{Price: one}}, game.CodeConflict},
		"other goods":             {nil, game.Purchase{OfferID: 5, CompanyID: 2, Quantity: 9, Expected: game.Terms{BarterAmount: one}}, game.CodeConflict},
		"goods in a sale":         {nil, game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1, Expected: game.Terms{BarterAmount: one}}, game.CodeConflict},
		"more than is left":       {balance(1, 0), game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 6}, game.CodeNoResources},
		"far more than is left":   {nil, game.Purchase{OfferID: 3, CompanyID: 2, Quantity: game.MaxAmount / 120}, game.CodeInvalidField}, // the price would fit, the seller's balance not
		"too little money":        {balance(1, 239), game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 2}, game.CodeNoFunds},
		"too few goods":           {goods(1, stock("wood", 9)), game.Purchase{OfferID: 5, CompanyID: 2, Quantity: 2}, game.CodeNoResources},
		"none of these goods":     {goods(1, stock("stone", 9)), game.Purchase{OfferID: 5, CompanyID: 2, Quantity: 1}, game.CodeNoResources},
		"funds before room":       {func(s *game.Session) { balance(1, 0)(s); goods(1, stock("fish", 50))(s) }, game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1}, game.CodeNoFunds},
		"the buyer has no room":   {goods(1, stock("fish", 50)), game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1}, game.CodeNoSpace},
		"the seller has no room":  {goods(0, stock("fish", 50)), game.Purchase{OfferID: 5, CompanyID: 2, Quantity: 1}, game.CodeNoSpace},
		"unknown expected before": {imprison(1), game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1, Expected: game.Terms{Price: other}}, game.CodeInPrison},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := market(t, forMoney, dear, forWood, unpayable)
			if c.change != nil {
				c.change(s)
			}
			refused(t, s, c.code, buy(c.purchase))
		})
	}
}

func end(s *game.Session) { s.Stage = game.StageEnd }

func imprison(i int) func(*game.Session) {
	return func(s *game.Session) { s.Companies[i].PrisonEndStep = 9 }
}

func balance(i int, money int64) func(*game.Session) {
	return func(s *game.Session) { s.Companies[i].Balance = money }
}

func income(i int, money int64) func(*game.Session) {
	return func(s *game.Session) { s.Companies[i].ThisTurnIncome = money }
}

func goods(i int, of ...game.Stock) func(*game.Session) {
	return func(s *game.Session) { s.Companies[i].Goods = of }
}

// TestBuy_limits: exactly up to the limits of amounts.
func TestBuy_limits(t *testing.T) {
	t.Parallel()
	s := market(t, forMoney)
	s.Companies[0].Balance, s.Companies[0].ThisTurnIncome = game.MaxAmount-120, game.MaxAmount-120
	if _, err := buy(game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1})(s); err != nil {
		t.Fatal(err)
	}
	if c := s.Companies[0]; c.Balance != game.MaxAmount || c.ThisTurnIncome != game.MaxAmount {
		t.Errorf("got %+v", c)
	}
}

// TestExchange_conserves lets three companies trade at random: no goods and no money come or go,
// and no warehouse is over its capacity; the stocks of offers count.
func TestExchange_conserves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &game.Session{ID: "S", Stage: game.StageGame, Rules: rules, Companies: []*game.Company{
			newCompany(1, game.Goods{stock("iron", 30), stock("wood", 20)}), newCompany(2, game.Goods{stock("stone", 45)}), newCompany(3, game.Goods{stock("wood", 10)}),
		}}
		before, env := held(s), withIDs(0)
		for range rapid.IntRange(1, 40).Draw(t, "commands") {
			next := s.Clone()
			events, err := exchangeCommand(t, next, env)
			if refusal := new(game.Refusal); err != nil {
				if !errors.As(err, &refusal) || len(events) > 0 || dump(next) != dump(s) {
					t.Fatalf("refused with %v, but left %v", err, events)
				}
				continue
			}
			s = next
			for _, c := range s.Companies {
				checkGoods(t, c.Goods, s.Capacity(c))
				if c.Balance < 0 {
					t.Fatalf("balance %d", c.Balance)
				}
			}
			for _, o := range s.Offers {
				if o.Trades < 1 {
					t.Fatalf("an empty offer stays: %+v", o)
				}
			}
			if after := held(s); after != before {
				t.Fatalf("held %+v, now %+v", before, after)
			}
		}
	})
}

// holdings are the money and goods of all companies and offers together.
type holdings struct{ money, iron, stone, wood int64 }

func held(s *game.Session) (p holdings) {
	units := map[string]int64{}
	for _, c := range s.Companies {
		p.money += c.Balance
		for _, g := range c.Goods {
			units[g.Resource] += g.Amount
		}
	}
	for _, o := range s.Offers {
		units[o.Resource] += o.Stock()
	}
	p.iron, p.stone, p.wood = units["iron"], units["stone"], units["wood"]
	return p
}

func exchangeCommand(t *rapid.T, s *game.Session, env game.Env) (events []game.Event, err error) {
	few := rapid.Int64Range(1, 9)
	company := rapid.Int64Range(1, 3)
	resource := rapid.SampledFrom([]string{"iron", "stone", "wood"})
	offer := func() int64 {
		if len(s.Offers) == 0 {
			return 0
		}
		return rapid.SampledFrom(s.Offers).Draw(t, "offer").ID
	}
	switch rapid.SampledFrom([]string{"create", "update", "cancel", "buy", "buy"}).Draw(t, "command") {
	case "create":
		ask := game.ForMoney(rapid.Int64Range(1, 4000).Draw(t, "price"))
		if rapid.Bool().Draw(t, "barter") {
			ask = game.ForGoods(resource.Draw(t, "for"), few.Draw(t, "amount"))
		}
		_, events, err = s.CreateOffer(game.NewOffer{
			CompanyID: company.Draw(t, "company"), Resource: resource.Draw(t, "resource"), PerTrade: few.Draw(t, "units"), Trades: few.Draw(t, "trades"), For: ask,
		}, env)
	case "update":
		_, events, err = s.UpdateOffer(offer(), game.OfferChange{PerTrade: new(few.Draw(t, "units"))})
	case "cancel":
		_, events, err = s.CancelOffer(offer())
	case "buy":
		_, events, err = s.Buy(game.Purchase{OfferID: offer(), CompanyID: company.Draw(t, "buyer"), Quantity: few.Draw(t, "quantity")}, env)
	}
	return events, err
}
