package game_test

import (
	"testing"

	"seg.example/internal/game"
)

func payTaxes(amount int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		return s.PayTaxes(game.TaxPayment{CompanyID: 1, Amount: amount}, newEnv())
	}
}

func taxPaid(amount, remaining int64) game.Event {
	return game.CompanyTaxPaid{CompanyID: 1, Amount: amount, Remaining: remaining}
}

// TestTax: 6 % of a small company's income, 25 % of a big one's, cut; big from an income of 50000
// on, but not in the first turn.
func TestTax(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step, income int64
		business     game.Business
		debt         int64
		after        game.Business
	}{
		"small":               {1, 10_000, game.BusinessSmall, 600, game.BusinessSmall},
		"none":                {1, 0, game.BusinessSmall, 0, game.BusinessSmall},
		"cut":                 {1, 16, game.BusinessSmall, 0, game.BusinessSmall}, // 0.96
		"becomes big":         {1, 60_000, game.BusinessSmall, 15_000, game.BusinessBig},
		"just big":            {1, 50_000, game.BusinessSmall, 12_500, game.BusinessBig},
		"not quite big":       {1, 49_999, game.BusinessSmall, 2_999, game.BusinessSmall}, // 2999.94
		"large in first turn": {0, 60_000, game.BusinessSmall, 3_600, game.BusinessSmall},
		"big for good":        {5, 100, game.BusinessBig, 25, game.BusinessBig},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(func(k *game.Company) {
				k.ThisTurnIncome, k.LastTurnIncome, k.Business, k.Cell = c.income, 999_999, c.business, 0
				k.Levels.Warehouse, k.Goods = 1, game.Goods{{Resource: "stone", Amount: 50}} // full: nothing is extracted
			}))
			s.Step, s.Users = c.step, []game.User{{ID: 1, CompanyID: 1}}
			got := turn(t, s).Company(1)
			if got.TaxDebt != c.debt || got.Business != c.after || got.LastTurnIncome != c.income || got.ThisTurnIncome != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestTax_overdue: each turn with an old debt costs 5; the sixth in a row is prison. New tax is
// added on top until then.
func TestTax_overdue(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) { c.Reputation, c.TaxDebt, c.ThisTurnIncome = 100, 600, 1_000 }))
	for i := range int64(5) {
		s = turn(t, s, reputation(100-5*i, 95-5*i))
		if c := s.Company(1); c.OverdueSteps != i+1 || c.TaxDebt != 660 { // 600 + 6 % of 1000
			t.Fatalf("after %d late turns: %+v", i+1, c)
		}
	}
	s = s.Clone()
	c := *s.Companies[0]
	c.ThisTurnIncome = 50_000
	s.Companies[0] = &c
	// Step 6 before the turn: until step 6+8. The tax on the 50000 is not added.
	s = turn(t, s, reputation(75, 70), game.CompanyToPrison{CompanyID: 1, EndStep: 14}, taxPaid(660, 0), money(10_000, 9_340),
		reputation(70, 20))
	if c := s.Company(1); c.OverdueSteps != 0 || c.TaxDebt != 0 || c.LastTurnIncome != 0 || c.Business != game.BusinessBig {
		t.Errorf("in prison: %+v", c)
	}
}

func TestTax_saturates(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) { c.TaxDebt, c.ThisTurnIncome = game.MaxAmount-1, game.MaxAmount }))
	if c := turn(t, s, reputation(20, 15)).Company(1); c.TaxDebt != game.MaxAmount {
		t.Errorf("owes %d", c.TaxDebt)
	}
}

func TestPayTaxes(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) { c.TaxDebt, c.OverdueSteps = 600, 3 }))
	s = done(t, s, payTaxes(200), taxPaid(200, 400), money(10_000, 9_800))
	if c := s.Company(1); c.TaxDebt != 400 || c.OverdueSteps != 3 {
		t.Errorf("after a part: %+v", c)
	}
	s = done(t, s, payTaxes(9_800), taxPaid(400, 0), reputation(20, 21), money(9_800, 9_400))
	if c := s.Company(1); c.TaxDebt != 0 || c.OverdueSteps != 0 {
		t.Errorf("after all: %+v", c)
	}
	refused(t, s, game.CodeConflict, payTaxes(1))
}

func TestPayTaxes_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		company func(*game.Company)
		stage   game.Stage
		amount  int64
		code    game.Code
	}{
		"at End":                  {imprisoned, game.StageEnd, 0, game.CodeWrongStage},
		"in prison":               {imprisoned, game.StageGame, 0, game.CodeInPrison},
		"nothing":                 {unchanged, game.StageGame, 0, game.CodeInvalidField},
		"no debt, before funds":   {unchanged, game.StageGame, 10_001, game.CodeConflict},
		"more than the balance":   {func(c *game.Company) { c.TaxDebt = 600 }, game.StageGame, 10_001, game.CodeNoFunds},
		"in a pause as in a turn": {unchanged, game.StageChangeTurn, 1, game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(c.company))
			s.Stage = c.stage
			refused(t, s, c.code, payTaxes(c.amount))
		})
	}
	refused(t, sessionInGame(t, rules), game.CodeNotFound, payTaxes(1))
}
