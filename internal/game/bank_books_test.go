package game_test

import (
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// TestBank_books plays random dealings with the bank, and turns, and keeps books of them: money
// comes and goes only as the rules say, what is told adds up to what there is, and a refusal
// changes nothing.
func TestBank_books(t *testing.T) {
	t.Parallel()
	whole := t
	rapid.Check(t, func(t *rapid.T) {
		s, env := sessionInGame(whole, rules, client(func(c *game.Company) { c.Reputation = rapid.Int64Range(0, 200).Draw(t, "reputation") })), newEnv()
		s.MaxSteps = 60
		for range rapid.IntRange(1, 80).Draw(t, "dealings") {
			before := s
			s = s.Clone()
			events, grown, err := deal(t, s, env)
			was, is := before.Company(1), s.Company(1)
			if err != nil {
				if len(events) > 0 || is != was || s.Step != before.Step {
					t.Fatalf("refused with %v, but left %v", err, events)
				}
				continue
			}
			checkEvents(t, events, was, is)
			checkAccount(t, rules, is)
			if worth(is) != worth(was)+grown[0] && worth(is) != worth(was)+grown[1] {
				t.Fatalf("worth %d before, %d after, want one of %v more: %+v, then %+v", worth(was), worth(is), grown, was, is)
			}
		}
	})
}

// worth is the assets less the debts of a company.
func worth(c *game.Company) int64 {
	sum := c.Balance - c.TaxDebt - c.WrittenOff
	for _, d := range c.Deposits {
		sum += d.CurrentBalance
	}
	for _, k := range c.Credits {
		sum -= k.Rest()
	}
	return sum
}

// deal plays a random bank command of company 1. Its worth must grow by one of the two sums.
func deal(t *rapid.T, s *game.Session, env game.Env) (events []game.Event, grown [2]int64, err error) {
	amount := rapid.Int64Range(1, 20_000).Draw(t, "amount")
	period, index := rapid.Int64Range(1, 8).Draw(t, "period"), rapid.Int64Range(0, 2).Draw(t, "index")
	switch rapid.SampledFrom([]string{"turn", "turn", "credit", "pay", "deposit", "withdraw", "tax", "income"}).Draw(t, "deal") {
	case "credit":
		var k game.Credit
		k, events, err = s.TakeCredit(game.CreditOrder{CompanyID: 1, Amount: amount, Period: period}, env)
		grown[0] = k.Amount - k.TotalToPay
		grown[1] = grown[0]
	case "pay":
		events, err = s.PayCredit(game.CreditPayment{CompanyID: 1, Index: index, Amount: amount}, env)
	case "deposit":
		_, events, err = s.TakeDeposit(game.DepositOrder{CompanyID: 1, Amount: amount, Period: period}, env)
	case "withdraw":
		events, err = s.WithdrawDeposit(game.DepositWithdrawal{CompanyID: 1, Index: index}, env)
	case "tax":
		events, err = s.PayTaxes(game.TaxPayment{CompanyID: 1, Amount: amount}, env)
	case "income":
		events, err = s.AdminChangeBalance(1, amount, nil)
		grown = [2]int64{amount, amount}
	case "turn":
		c := s.Company(1)
		for _, d := range c.Deposits {
			if d.StepsNow < d.StepsTotal && !c.InPrison() {
				grown[0] += d.IncomePerTurn
			}
		}
		rate := rules.Tax.Small
		if c.Business == game.BusinessBig || c.ThisTurnIncome >= rules.Tax.BigOn {
			rate = rules.Tax.Big
		}
		grown[1] = grown[0]
		if !c.InPrison() { // who goes there in this turn may not owe the tax
			grown[1] -= c.ThisTurnIncome * rate / 10_000
		}
		events, err = s.SetStage(game.StageOrder{Stage: game.StageGame}, env)
	}
	return events, grown, err
}

// checkEvents follows a company's balance and reputation through events.
func checkEvents(t *rapid.T, events []game.Event, was, is *game.Company) {
	money, reputation := was.Balance, was.Reputation
	for _, e := range events {
		if e, ok := e.(game.CompanyBalanceChanged); ok {
			if e.Old != money || e.New == e.Old {
				t.Fatalf("event %+v, but the old value is %d", e, money)
			}
			money = e.New
		}
		if e, ok := e.(game.CompanyReputationChanged); ok {
			if e.Old != reputation || e.New == e.Old {
				t.Fatalf("event %+v, but the old value is %d", e, reputation)
			}
			reputation = e.New
		}
	}
	if money != is.Balance || reputation != is.Reputation {
		t.Fatalf("events say balance %d and reputation %d, got %+v", money, reputation, is)
	}
}

func checkAccount(t *rapid.T, rules *game.Ruleset, c *game.Company) {
	if c.Balance < 0 || c.Reputation < 0 || c.TaxDebt < 0 || int64(len(c.Credits)) > rules.Limits.Credits {
		t.Fatalf("no company: %+v", c)
	}
	if c.InPrison() && (len(c.Credits)+len(c.Deposits) > 0 || c.TaxDebt > 0) {
		t.Fatalf("owes or owns in prison: %+v", c)
	}
	for _, k := range c.Credits {
		if k.NeedPay < 0 || k.NeedPay > k.Rest() || k.Rest() <= 0 || k.StepsNow >= k.StepsTotal && k.NeedPay != k.Rest() {
			t.Fatalf("no credit: %+v", k)
		}
	}
	for _, d := range c.Deposits {
		if d.CurrentBalance != d.InitialSum+d.TotalEarned || d.TotalEarned != d.IncomePerTurn*d.StepsNow || d.StepsNow > d.StepsTotal {
			t.Fatalf("no deposit: %+v", d)
		}
	}
}
