package game_test

import (
	"errors"
	"fmt"
	"testing"

	"seg.example/internal/game"
)

// TestExpectedStep_doubleClick: a second click on "next turn", and a click after the timer has
// played the turn, are conflicts that name the present step. They used to play a second turn.
func TestExpectedStep_doubleClick(t *testing.T) {
	t.Parallel()
	three := int64(3)
	next := func(s *game.Session) ([]game.Event, error) {
		return s.SetStage(game.StageOrder{Stage: inGame, Schedule: true, ExpectedStep: &three}, newEnv())
	}
	s := at(rules, inGame, 3)
	s.Deadline = noon
	clicked := done(t, s, next, moved(inGame, inGame, 4))
	timed := done(t, s, expire, moved(inGame, inGame, 4))
	for name, s := range map[string]*game.Session{"a second click": clicked, "a click after the timer": timed} {
		_, err := next(s)
		refusal := new(game.Refusal)
		if !errors.As(err, &refusal) || refusal.Code != game.CodeConflict || refusal.Field != "expected_step" ||
			refusal.Text != "The session is at step 4 in stage Game, not at step 3" {
			t.Errorf("%s: got %v, want a conflict at step 4", name, err)
		}
		if s.Step != 4 {
			t.Errorf("%s: got step %d, want 4", name, s.Step)
		}
	}
}

// outdated fails unless a command is a conflict about field with this text.
func outdated(t *testing.T, err error, field, text string) {
	t.Helper()
	refusal := new(game.Refusal)
	if !errors.As(err, &refusal) || refusal.Code != game.CodeConflict || refusal.Field != field || refusal.Text != text {
		t.Errorf("got %#v, want a conflict about %s: %s", err, field, text)
	}
}

// TestExpectedStage_pause: the end of a pause does not change the step. So an operator who expects only
// the step, and clicks twice on "end the pause" or while its timer ends, plays a turn that no player could
// take part in. Expecting the stage too prevents this.
func TestExpectedStage_pause(t *testing.T) {
	t.Parallel()
	three, pause := int64(3), inPause
	goOn := func(s *game.Session) ([]game.Event, error) {
		return s.SetStage(game.StageOrder{Stage: inGame, Schedule: true, ExpectedStep: &three, ExpectedStage: &pause}, newEnv())
	}
	s := at(paused, inPause, 3)
	s.Deadline = noon
	clicked := done(t, s, goOn, moved(inPause, inGame, 3))
	timed := done(t, s, expire, moved(inPause, inGame, 3))
	for name, s := range map[string]*game.Session{"a second click": clicked, "a click after the timer": timed} {
		_, err := goOn(s)
		outdated(t, err, "expected_stage", "The session is at step 3 in stage Game, not in stage ChangeTurn")
		if s.Step != 3 {
			t.Errorf("%s: got step %d, want 3", name, s.Step)
		}
	}
}

// TestCreditID_shiftedIndex: the credit at an index is another one after an earlier credit was paid
// off. A client that gives the id does not pay the wrong credit.
func TestCreditID_shiftedIndex(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Credits = []game.Credit{{ID: 7, TotalToPay: 100, StepsTotal: 5}, {ID: 9, TotalToPay: 2_000, StepsTotal: 5}}
	}))
	pay := func(s *game.Session, index, id, amount int64) error {
		_, err := s.PayCredit(game.CreditPayment{CompanyID: 1, Index: index, ID: &id, Amount: amount}, newEnv())
		return err
	}
	outdated(t, pay(s, 0, 9, 50), "credit_id", "The credit 9 has the index 1 now, not 0")
	if err := pay(s, 0, 7, 100); err != nil {
		t.Fatal(err)
	}
	outdated(t, pay(s, 1, 9, 50), "credit_id", "The credit 9 has the index 0 now, not 1")
	refused(t, s, game.CodeNotFound, func(s *game.Session) ([]game.Event, error) { return nil, pay(s, 0, 7, 50) })
	if err := pay(s, 0, 9, 50); err != nil || s.Company(1).Credits[0].Paid != 50 {
		t.Errorf("got %v and %+v, want 50 paid", err, s.Company(1).Credits)
	}
}

// TestDepositID_shiftedIndex is the same for deposits.
func TestDepositID_shiftedIndex(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Deposits = []game.Deposit{{ID: 7, CurrentBalance: 100, StepsTotal: 5}, {ID: 9, CurrentBalance: 2_000, StepsTotal: 5}}
	}))
	take := func(s *game.Session, index, id int64) error {
		_, err := s.WithdrawDeposit(game.DepositWithdrawal{CompanyID: 1, Index: index, ID: &id}, newEnv())
		return err
	}
	if err := take(s, 0, 7); err != nil {
		t.Fatal(err)
	}
	outdated(t, take(s, 1, 9), "deposit_id", "The deposit 9 has the index 0 now, not 1")
	refused(t, s, game.CodeNotFound, func(s *game.Session) ([]game.Event, error) { return nil, take(s, 0, 7) })
	if err := take(s, 0, 9); err != nil || len(s.Company(1).Deposits) != 0 {
		t.Errorf("got %v and %+v, want it withdrawn", err, s.Company(1).Deposits)
	}
}

// TestExpectedLevel_doubleClick: a double click on "improve" used to buy two levels.
func TestExpectedLevel_doubleClick(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) { c.Balance = 200_000 }))
	one := int64(1)
	improve := func() error {
		_, err := s.Improve(game.ImprovementOrder{CompanyID: 1, Improvement: game.ImproveWarehouse, ExpectedLevel: &one}, newEnv())
		return err
	}
	if err := improve(); err != nil {
		t.Fatal(err)
	}
	outdated(t, improve(), "expected_level", "The warehouse of "+s.Company(1).Name+" has level 2, not 1")
	if got := s.Company(1).Levels.Warehouse; got != 2 {
		t.Errorf("got level %d, want 2", got)
	}
}

// TestExpectedSellAmount_changedOffer: a seller could halve the units of a trade between the
// buyer's look and its purchase, at the same price.
func TestExpectedSellAmount_changedOffer(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, newCompany(1, nil), newCompany(2, nil))
	s.Offers = []game.Offer{{ID: 3, CompanyID: 1, Resource: "stone", PerTrade: 5, Trades: 4, Type: game.OfferMoney, Price: 10}}
	ten := int64(10)
	_, _, err := s.Buy(game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1, Expected: game.Terms{PerTrade: &ten}}, newEnv())
	outdated(t, err, "expected_sell_amount_per_trade", "One trade sells 5 of stone")
	if got := s.Offers[0].Trades; got != 4 {
		t.Errorf("got %d trades left, want 4", got)
	}
}

// TestExpectedBalance_doubleClick: a double click on what moves money moved it twice. A second
// credit cannot be given back without its interest.
func TestExpectedBalance_doubleClick(t *testing.T) {
	t.Parallel()
	balance := int64(10_000)
	for name, c := range map[string]struct {
		click func(*game.Session) error
		after string // the balance after one click
	}{
		"a credit": {func(s *game.Session) error {
			_, _, err := s.TakeCredit(game.CreditOrder{CompanyID: 1, Amount: 1_000, Period: 5, ExpectedBalance: &balance}, newEnv())
			return err
		}, "11000"},
		"a deposit": {func(s *game.Session) error {
			_, _, err := s.TakeDeposit(game.DepositOrder{CompanyID: 1, Amount: 1_000, Period: 5, ExpectedBalance: &balance}, newEnv())
			return err
		}, "9000"},
		"a payment of a credit": {func(s *game.Session) error {
			_, err := s.PayCredit(game.CreditPayment{CompanyID: 1, Amount: 100, ExpectedBalance: &balance}, newEnv())
			return err
		}, "9900"},
		"a payment of tax": {func(s *game.Session) error {
			_, err := s.PayTaxes(game.TaxPayment{CompanyID: 1, Amount: 100, ExpectedBalance: &balance}, newEnv())
			return err
		}, "9900"},
		"a gift": {func(s *game.Session) error {
			_, err := s.AdminChangeBalance(1, 500, &balance)
			return err
		}, "10500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(func(c *game.Company) {
				c.Balance, c.TaxDebt = balance, 1_000
				c.Credits = []game.Credit{{ID: 7, TotalToPay: 1_000, StepsTotal: 5}}
			}))
			if err := c.click(s); err != nil {
				t.Fatal(err)
			}
			before := s.Clone()
			outdated(t, c.click(s), "expected_balance", "The balance of "+s.Company(1).Name+" is "+c.after+", not 10000")
			if before.Company(1) != s.Company(1) {
				t.Error("the second click has changed the company")
			}
		})
	}
}

// TestExpectedInterest_reputationChanged: the bank's terms depend on the reputation, which a turn
// may change after the caller has looked. At 51 and more, 15 % are paid for credits and 8 % on
// deposits; below, 20 % and 5 %.
func TestExpectedInterest_reputationChanged(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) { c.Reputation = 50 }))
	total, income := int64(1_000+4*150), int64(80)
	_, _, err := s.TakeCredit(game.CreditOrder{CompanyID: 1, Amount: 1_000, Period: 5, ExpectedTotal: &total}, newEnv())
	outdated(t, err, "expected_total_to_pay", "1800 would have to be paid back, not 1600")
	_, _, err = s.TakeDeposit(game.DepositOrder{CompanyID: 1, Amount: 1_000, Period: 5, ExpectedIncome: &income}, newEnv())
	outdated(t, err, "expected_income_per_turn", "The deposit would earn 50 in each turn, not 80")

	s = sessionInGame(t, rules, client(func(c *game.Company) { c.Reputation = 51 }))
	if _, _, err := s.TakeCredit(game.CreditOrder{CompanyID: 1, Amount: 1_000, Period: 5, ExpectedTotal: &total}, newEnv()); err != nil {
		t.Error(err)
	}
	if _, _, err := s.TakeDeposit(game.DepositOrder{CompanyID: 1, Amount: 1_000, Period: 5, ExpectedIncome: &income}, newEnv()); err != nil {
		t.Error(err)
	}
}

// TestExpectedQuantity_doubleClick: a double click made two offers, and gave goods twice.
func TestExpectedQuantity_doubleClick(t *testing.T) {
	t.Parallel()
	ten := int64(10)
	for name, c := range map[string]struct {
		click func(*game.Session) error
		after string // the units after one click
	}{
		"an offer": {func(s *game.Session) error {
			_, _, err := s.CreateOffer(game.NewOffer{
				CompanyID: 1, Resource: "stone", PerTrade: 2, Trades: 2, For: game.ForMoney(5), ExpectedQuantity: &ten,
			}, newEnv())
			return err
		}, "6"},
		"a gift": {func(s *game.Session) error {
			_, err := s.AdminChangeItems(1, "stone", 5, &ten)
			return err
		}, "15"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, newCompany(1, game.Goods{{Resource: "stone", Amount: ten}}))
			if err := c.click(s); err != nil {
				t.Fatal(err)
			}
			before := s.Clone()
			outdated(t, c.click(s), "expected_quantity", "The warehouse of "+s.Company(1).Name+" has "+c.after+" of stone, not 10")
			if before.Company(1) != s.Company(1) || len(before.Offers) != len(s.Offers) {
				t.Error("the second click has changed the session")
			}
		})
	}
}

// TestExpectedTrades_doubleClick: a double click on "buy" bought twice.
func TestExpectedTrades_doubleClick(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, newCompany(1, nil), newCompany(2, nil))
	s.Offers = []game.Offer{{ID: 3, CompanyID: 1, Resource: "stone", PerTrade: 5, Trades: 4, Type: game.OfferMoney, Price: 10}}
	four := int64(4)
	buy := func() error {
		_, _, err := s.Buy(game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1, ExpectedTrades: &four}, newEnv())
		return err
	}
	if err := buy(); err != nil {
		t.Fatal(err)
	}
	outdated(t, buy(), "expected_count_offers", "The offer has 3 trades left, not 4")
	if got := s.Company(2).Goods.Amount("stone"); got != 5 {
		t.Errorf("got %d stone, want 5", got)
	}
}

// TestExpectedTerms_twoSellers: one clerk of a company sells ten units for twice the price of five;
// another, who has seen five, sets a new price for five, at which ten would go.
func TestExpectedTerms_twoSellers(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, newCompany(1, nil))
	s.Offers = []game.Offer{{ID: 3, CompanyID: 1, Resource: "stone", PerTrade: 5, Trades: 4, Type: game.OfferMoney, Price: 300}}
	five, price := int64(5), int64(300)
	if _, _, err := s.UpdateOffer(3, game.OfferChange{PerTrade: new(int64(10)), Price: new(int64(600)), Expected: game.Terms{PerTrade: &five, Price: &price}}); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.UpdateOffer(3, game.OfferChange{Price: new(int64(310)), Expected: game.Terms{PerTrade: &five}})
	outdated(t, err, "expected_sell_amount_per_trade", "One trade sells 10 of stone")
	_, _, err = s.UpdateOffer(3, game.OfferChange{Price: new(int64(310)), Expected: game.Terms{Price: &price}})
	outdated(t, err, "expected_price", "One trade costs 600 in money")
	if o := s.Offers[0]; o.PerTrade != 10 || o.Price != 600 {
		t.Errorf("got %+v", o)
	}
}

// TestExpectedMatches_doubleClick: a double click on "refit two of them" refitted four.
func TestExpectedMatches_doubleClick(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Factories = []game.Factory{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}, {ID: 5, Produce: true}}
	}))
	four := int64(4)
	refit := func() error {
		_, err := s.RefitFactories(game.BulkRefit{CompanyID: 1, To: "iron", Count: 2, ExpectedMatches: &four})
		return err
	}
	if err := refit(); err != nil {
		t.Fatal(err)
	}
	outdated(t, refit(), "expected_factories", "2 factories match, not 4")
	if f := s.Company(1).Factories; f[0].Kit != "iron" || f[1].Kit != "iron" || f[2].Kit != "" || f[3].Kit != "" {
		t.Errorf("got %+v", f)
	}
}

// TestExpectedWorking_turnPlayed: a turn is played after the player has looked at an idle factory,
// and starts a production. A refit would lose it, with its materials.
func TestExpectedWorking_turnPlayed(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Factories = []game.Factory{{ID: 1, Kit: "tools", Fitted: "tools", Done: 1, Needed: 2}}
	}))
	_, err := s.RefitFactory(1, "iron", new(false))
	outdated(t, err, "expected_is_working", "is_working of the factory is true, not false")
	if f := s.Company(1).Factories[0]; f.Kit != "tools" || f.Done != 1 {
		t.Errorf("got %+v", f)
	}
	if _, err := s.RefitFactory(1, "iron", new(true)); err != nil {
		t.Error(err)
	}
}

// TestExpectedCompany_foundedMeanwhile: the operator moves or deletes a user without a company, who
// has founded one meanwhile. It would be deleted with its last user.
func TestExpectedCompany_foundedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSession(t, connecting)
	s.Users = []game.User{{ID: 5, Username: "Ann", SessionID: "S"}}
	company, _, err := s.CreateCompany("Firm", 5, newEnv())
	if err != nil {
		t.Fatal(err)
	}
	id := company.Company.ID
	_, _, err = s.UpdateUser(5, game.UserChange{CompanyID: new(int64(0)), ExpectedCompany: new(int64(0))})
	text := fmt.Sprintf("User 5 is in company %d, not in no company", id)
	outdated(t, err, "expected_company_id", text)
	_, err = s.DeleteUser(5, new(int64(0)))
	outdated(t, err, "expected_company_id", text)
	_, err = s.DeleteUser(5, new(id+1))
	outdated(t, err, "expected_company_id", fmt.Sprintf("User 5 is in company %d, not in company %d", id, id+1))
	if s.Company(id) == nil || len(s.Users) != 1 {
		t.Fatalf("got %+v", s)
	}
	if _, err := s.DeleteUser(5, &id); err != nil || s.Company(id) != nil {
		t.Errorf("got %v, %+v", err, s.Company(id))
	}
}

// TestExpectedStage_delete: an operator deletes a session that has ended. Another has deleted it
// and made a new one under its id.
func TestExpectedStage_delete(t *testing.T) {
	t.Parallel()
	s := at(rules, inGame, 2)
	_, err := s.Delete(new(atEnd))
	outdated(t, err, "expected_stage", "The session is at step 2 in stage Game, not in stage End")
	if s.Deleted {
		t.Error("it was deleted")
	}
	if _, err := s.Delete(new(inGame)); err != nil || !s.Deleted {
		t.Errorf("got %v, deleted %t", err, s.Deleted)
	}
}
