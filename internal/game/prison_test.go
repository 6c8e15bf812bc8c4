package game_test

import (
	"testing"

	"seg.example/internal/game"
)

// TestPrison_time: imprisoned in the turn that makes step 4 a company is in prison at steps 4 to
// 10, and leaves in the turn that makes 11.
func TestPrison_time(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) { c.Reputation = 0 }))
	s.Step = 3
	s = turn(t, s, game.CompanyToPrison{CompanyID: 1, EndStep: 11}, reputation(0, 20)) // 3 + 8
	for s.Step < 10 {
		s = turn(t, s)
		if !s.Company(1).InPrison() {
			t.Fatalf("out at step %d", s.Step)
		}
	}
	s = turn(t, s, game.CompanyLeftPrison{CompanyID: 1})
	if c := s.Company(1); c.InPrison() || s.Step != 11 {
		t.Errorf("at step %d: %+v", s.Step, c)
	}
}

// TestPrison_oneTurn: where prison lasts one turn, it is over with the turn that leads to it.
func TestPrison_oneTurn(t *testing.T) {
	t.Parallel()
	short := classicWith(func(r *game.Ruleset) { r.Reputation.PrisonSteps = 1 })
	s := sessionInGame(t, short, client(func(c *game.Company) { c.Reputation = 0 }))
	turn(t, s, game.CompanyToPrison{CompanyID: 1, EndStep: 2}, reputation(0, 20), game.CompanyLeftPrison{CompanyID: 1})
}

// TestPrison_settlement: tax first, then the credits in their order, out of balance and deposits;
// the rest is written off.
func TestPrison_settlement(t *testing.T) {
	t.Parallel()
	to := game.CompanyToPrison{CompanyID: 1, EndStep: 9}
	for name, c := range map[string]struct {
		balance            int64
		events             []game.Event
		left, written, was int64
	}{
		// 1000 + 2300 + 500 = 3800; less 300 tax = 3500; less 3000 = 500; 3500 of 4000 are written
		// off.
		"too little": {1_000, []game.Event{
			to, withdrawn(0, 2_300), money(1_000, 3_300), withdrawn(0, 500), money(3_300, 3_800),
			taxPaid(300, 0), money(3_800, 3_500),
			creditPaid(0, 3_000, 0), money(3_500, 500), creditRemoved(0),
			creditPaid(0, 500, 3_500), money(500, 0), creditRemoved(0), reputation(0, 20),
		}, 0, 3_500 + 77, 77},
		// 10000 + 2800 - 300 - 3000 - 4000 = 5500.
		"enough": {10_000, []game.Event{
			to, withdrawn(0, 2_300), money(10_000, 12_300), withdrawn(0, 500), money(12_300, 12_800),
			taxPaid(300, 0), money(12_800, 12_500),
			creditPaid(0, 3_000, 0), money(12_500, 9_500), creditRemoved(0),
			creditPaid(0, 4_000, 0), money(9_500, 5_500), creditRemoved(0), reputation(0, 20),
		}, 5_500, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(func(k *game.Company) {
				k.Balance, k.Reputation, k.TaxDebt, k.WrittenOff = c.balance, 5, 300, c.was
				k.Deposits = []game.Deposit{{CurrentBalance: 2_300, StepsTotal: 9}, {CurrentBalance: 500, StepsTotal: 9}}
				k.Credits = []game.Credit{{TotalToPay: 3_500, Paid: 500, StepsTotal: 9}, {TotalToPay: 4_000, StepsTotal: 9}}
				k.LastTurnIncome, k.OverdueSteps = 5_000, 2
			}))
			// The late tax takes the last reputation.
			s = turn(t, s, append([]game.Event{reputation(5, 0)}, c.events...)...)
			k := s.Company(1)
			if k.Balance != c.left || k.WrittenOff != c.written || k.TaxDebt != 0 || k.OverdueSteps != 0 || k.LastTurnIncome != 0 ||
				len(k.Credits) != 0 || len(k.Deposits) != 0 || k.PrisonEndStep != 9 {
				t.Errorf("got %+v", k)
			}
		})
	}
}

// TestPrison_nothingToTake: a company without money pays nothing, and payments of 0 cause no events.
func TestPrison_nothingToTake(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Balance, c.Reputation, c.TaxDebt, c.Credits = 0, 5, game.MaxAmount-10, []game.Credit{{TotalToPay: 11, StepsTotal: 9}}
	}))
	s = turn(t, s, reputation(5, 0), game.CompanyToPrison{CompanyID: 1, EndStep: 9}, creditRemoved(0), reputation(0, 20))
	if c := s.Company(1); c.WrittenOff != game.MaxAmount { // MaxAmount-10+11 is more
		t.Errorf("written off: %d", c.WrittenOff)
	}
}

// TestPrison_offersAndFactories: offers are cancelled, their goods come back as far as there is
// room for them, and factories go on by hand.
func TestPrison_offersAndFactories(t *testing.T) {
	t.Parallel()
	auto := game.Factory{ID: 1, Auto: true, Produce: true}
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Reputation, c.Goods, c.Factories = 0, game.Goods{{Resource: "fish", Amount: 44}}, []game.Factory{auto, {ID: 2, Auto: true}}
	}), newCompany(2, nil))
	s.Offers = []game.Offer{
		{ID: 1, CompanyID: 2, Resource: "stone", PerTrade: 1, Trades: 1},
		{ID: 2, CompanyID: 1, Resource: "stone", PerTrade: 2, Trades: 5},
		{ID: 3, CompanyID: 1, Resource: "wood", PerTrade: 1, Trades: 1},
	}
	s = turn(t, s, game.CompanyToPrison{CompanyID: 1, EndStep: 9},
		game.OfferCancelled{SessionID: "S", OfferID: 2, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 2}, added("stone", 6), // 50-44
		game.OfferCancelled{SessionID: "S", OfferID: 3, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 3},
		reputation(0, 20))
	if len(s.Offers) != 1 || s.Offers[0].ID != 1 {
		t.Errorf("offers left: %+v", s.Offers)
	}
	if f := s.Company(1).Factories; f[0].Auto || f[1].Auto || !f[0].Produce {
		t.Errorf("factories: %+v", f)
	}
}

// TestPrison_turn: in prison income is still counted by turns, and goods are made, but there is
// neither interest nor tax.
func TestPrison_turn(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		imprisoned(c)
		c.ThisTurnIncome, c.Reputation, c.TaxDebt = 60_000, 0, 10
		c.Deposits, c.Credits = []game.Deposit{{IncomePerTurn: 1, StepsTotal: 9}}, []game.Credit{{TotalToPay: 9, StepsTotal: 9}}
		c.Factories = []game.Factory{making(1, "planks", yes, no)}
		c.Goods = game.Goods{{Resource: "wood", Amount: 2}}
	}))
	got := turn(t, s, removed("wood", 2), added("planks", 1), made(1)).Company(1)
	if got.LastTurnIncome != 60_000 || got.ThisTurnIncome != 0 || got.Business != game.BusinessBig || got.TaxDebt != 10 ||
		got.OverdueSteps != 0 || got.Deposits[0].StepsNow != 0 || got.Credits[0].StepsNow != 0 || got.PrisonEndStep != 8 {
		t.Errorf("got %+v", got)
	}
}

// TestPrison_skipsTheRest: who goes to prison over a credit does not owe the tax of that turn, nor
// is late with it.
func TestPrison_skipsTheRest(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.ThisTurnIncome, c.TaxDebt = 10_000, 50
		c.Credits = []game.Credit{{TotalToPay: 100, Paid: 0, StepsTotal: 2, StepsNow: 7}, {TotalToPay: 100, StepsTotal: 2, StepsNow: 7}}
	}))
	// One late turn of -1, not two, and no -5 of the tax; then 50 of tax and 100 of each credit.
	s = turn(t, s, reputation(20, 19), game.CompanyToPrison{CompanyID: 1, EndStep: 9}, taxPaid(50, 0), money(10_000, 9_950),
		creditPaid(0, 100, 0), money(9_950, 9_850), creditRemoved(0), creditPaid(0, 100, 0), money(9_850, 9_750), creditRemoved(0),
		reputation(19, 20))
	if c := s.Company(1); c.TaxDebt != 0 || c.LastTurnIncome != 0 {
		t.Errorf("got %+v", c)
	}
}
