package game_test

import (
	"testing"

	"seg.example/internal/game"
)

// Short names of events of the company 1.
func money(from, to int64) game.Event {
	return game.CompanyBalanceChanged{CompanyID: 1, Old: from, New: to}
}

func reputation(from, to int64) game.Event {
	return game.CompanyReputationChanged{CompanyID: 1, Old: from, New: to}
}

func withdrawn(i int, amount int64) game.Event {
	return game.CompanyDepositWithdrawn{CompanyID: 1, Index: i, Amount: amount}
}

func creditPaid(i int, amount, remaining int64) game.Event {
	return game.CompanyCreditPaid{CompanyID: 1, Index: i, Amount: amount, Remaining: remaining}
}

func creditRemoved(i int) game.Event { return game.CompanyCreditRemoved{CompanyID: 1, Index: i} }

// turn plays a turn and expects the events want, followed by that of the stage.
func turn(t *testing.T, s *game.Session, want ...game.Event) *game.Session {
	t.Helper()
	told := game.StageUpdated{SessionID: "S", Old: game.StageGame, New: game.StageGame, Step: s.Step + 1}
	return done(t, s, func(s *game.Session) ([]game.Event, error) {
		return s.SetStage(game.StageOrder{Stage: game.StageGame}, newEnv())
	}, append(want, told)...)
}

func takeCredit(amount, period int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.TakeCredit(game.CreditOrder{CompanyID: 1, Amount: amount, Period: period}, newEnv())
		return events, err
	}
}

func payCredit(index, amount int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		return s.PayCredit(game.CreditPayment{CompanyID: 1, Index: index, Amount: amount}, newEnv())
	}
}

func takeDeposit(amount, period int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.TakeDeposit(game.DepositOrder{CompanyID: 1, Amount: amount, Period: period}, newEnv())
		return events, err
	}
}

func withdraw(index int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		return s.WithdrawDeposit(game.DepositWithdrawal{CompanyID: 1, Index: index}, newEnv())
	}
}

// client returns a company without goods.
func client(change func(*game.Company)) *game.Company {
	c := newCompany(1, nil)
	change(c)
	return c
}

func unchanged(*game.Company) {}

// TestTakeCredit: amount + amount · percent · max(0, period - free turns), cut once.
func TestTakeCredit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ reputation, amount, period, total int64 }{
		"the example":              {20, 5_000, 4, 8_000},          // 5000 + 5000·20 %·(4-1)
		"lowest reputation":        {11, 1_000, 2, 1_200},          // 1000 + 1000·20 %·1
		"end of a condition":       {50, 1_000, 3, 1_400},          // 1000 + 1000·20 %·2
		"start of the next":        {51, 1_000, 3, 1_300},          // 1000 + 1000·15 %·2
		"free turns only":          {101, 100_000, 3, 100_000},     // 3-3 turns
		"beyond the free turns":    {5_000, 1_000, 5, 1_200},       // 1000 + 1000·10 %·2
		"cut toward zero":          {51, 1_001, 2, 1_151},          // 1001 + 150.15
		"multiplied before":        {20, 1_003, 4, 1_604},          // 1003 + 601.8; three times 200.6, each cut, would be 600
		"up to the very last step": {20, 1_000, 14, 1_000 + 2_600}, // from step 1 on, 13 turns of 200
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(func(k *game.Company) { k.Reputation = c.reputation }))
			after := done(t, s, takeCredit(c.amount, c.period),
				game.CompanyCreditTaken{CompanyID: 1, Amount: c.amount, Period: c.period, CreditID: 1}, money(10_000, 10_000+c.amount))
			want := game.Credit{ID: 1, Amount: c.amount, TotalToPay: c.total, StepsTotal: c.period}
			if got := after.Company(1).Credits; len(got) != 1 || got[0] != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestTakeCredit_refuses(t *testing.T) {
	t.Parallel()
	two := func(c *game.Company) { c.Credits = make([]game.Credit, 2) }
	dear := classicWith(func(r *game.Ruleset) {
		r.Credit = game.CreditTerms{Min: 1, Max: game.MaxAmount, Conditions: []game.CreditCondition{{Possible: true, Percent: 10_000}}}
	})
	for name, c := range map[string]struct {
		rules          *game.Ruleset
		company        func(*game.Company)
		stage          game.Stage
		amount, period int64
		code           game.Code
	}{
		"at End, before prison":    {rules, imprisoned, game.StageEnd, 0, 0, game.CodeWrongStage},
		"in prison, before values": {rules, imprisoned, game.StageGame, 0, 0, game.CodeInPrison},
		"too little":               {rules, unchanged, game.StageGame, 999, 4, game.CodeInvalidField},
		"too much":                 {rules, unchanged, game.StageGame, 100_001, 4, game.CodeInvalidField},
		"too short":                {rules, unchanged, game.StageGame, 1_000, 1, game.CodeInvalidField},
		"past the last step":       {rules, unchanged, game.StageGame, 1_000, 15, game.CodeConflict}, // 1 + 15 > 15
		"bad reputation":           {rules, func(c *game.Company) { c.Reputation = 10 }, game.StageGame, 1_000, 4, game.CodeLimit},
		"the third":                {rules, two, game.StageGame, 1_000, 4, game.CodeLimit},
		// 2⁵² + 2⁵²·100 %·2 is more than 2⁵³-1, and so is 2⁵³-1 of a share alone.
		"debt too large":     {dear, unchanged, game.StageGame, 1 << 52, 2, game.CodeInvalidField},
		"interest too large": {dear, unchanged, game.StageGame, game.MaxAmount, 2, game.CodeInvalidField},
		"balance too large":  {rules, func(c *game.Company) { c.Balance = game.MaxAmount - 999 }, game.StageFreeUserConnect, 1_000, 4, game.CodeInvalidField},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, c.rules, client(c.company))
			s.Stage = c.stage
			refused(t, s, c.code, takeCredit(c.amount, c.period))
		})
	}
	refused(t, sessionInGame(t, rules), game.CodeNotFound, takeCredit(1_000, 4))
}

// imprisoned puts c into prison until step 8.
func imprisoned(c *game.Company) { c.PrisonEndStep = 8 }

// TestCredit_life follows the example of the rules: 5000 over 4 turns at reputation 20, and then
// its being late.
func TestCredit_life(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(unchanged))
	s = done(t, s, takeCredit(5_000, 4), game.CompanyCreditTaken{CompanyID: 1, Amount: 5_000, Period: 4, CreditID: 1}, money(10_000, 15_000))
	s = done(t, s, payCredit(0, 500), creditPaid(0, 500, 7_500), money(15_000, 14_500))
	// (8000-0-500)/4 = 1875, then 1875 + (8000-1875-500)/3, and so on.
	for i, want := range []int64{1_875, 3_750, 5_625, 7_500} {
		s = turn(t, s)
		if c := s.Company(1).Credits[0]; c.NeedPay != want || c.StepsNow != int64(i+1) {
			t.Fatalf("after %d turns: %+v, want %d to pay", i+1, c, want)
		}
	}
	for rep := int64(20); rep > 15; rep-- { // five late turns, each -1
		s = turn(t, s, reputation(rep, rep-1))
	}
	if c := s.Company(1); c.InPrison() || c.Credits[0].NeedPay != 7_500 || c.Credits[0].StepsNow != 9 {
		t.Fatalf("after five late turns: %+v", c)
	}
	// The sixth is in the turn that makes step 1+4+6: prison until step 10+8. The balance pays all.
	s = turn(t, s, reputation(15, 14), game.CompanyToPrison{CompanyID: 1, EndStep: 18},
		creditPaid(0, 7_500, 0), money(14_500, 7_000), creditRemoved(0), reputation(14, 20))
	if c := s.Company(1); c.PrisonEndStep != 18 || len(c.Credits) != 0 || c.WrittenOff != 0 {
		t.Errorf("in prison: %+v", c)
	}
}

func TestPayCredit(t *testing.T) {
	t.Parallel()
	first := game.Credit{ID: 4, Amount: 900, TotalToPay: 1_000, NeedPay: 300, StepsTotal: 5, StepsNow: 1}
	second := game.Credit{ID: 7, Amount: 900, TotalToPay: 1_000, NeedPay: 300, Paid: 200, StepsTotal: 5, StepsNow: 2}
	both := client(func(c *game.Company) { c.Credits = []game.Credit{first, second} })
	for name, c := range map[string]struct {
		index, amount int64
		events        []game.Event
		left          []game.Credit
	}{
		"less than due": {0, 100, []game.Event{creditPaid(0, 100, 900), money(10_000, 9_900)}, []game.Credit{
			{ID: 4, Amount: 900, TotalToPay: 1_000, NeedPay: 200, Paid: 100, StepsTotal: 5, StepsNow: 1}, second,
		}},
		"more than due": {1, 799, []game.Event{creditPaid(1, 799, 1), money(10_000, 9_201)}, []game.Credit{
			first, {ID: 7, Amount: 900, TotalToPay: 1_000, Paid: 999, StepsTotal: 5, StepsNow: 2},
		}},
		"paid off after one turn": {
			0, 1_000, []game.Event{creditPaid(0, 1_000, 0), creditRemoved(0), money(10_000, 9_000)}, []game.Credit{second},
		},
		"paid off after two turns, and cut": { // 1000-200 are left
			1, 10_000,
			[]game.Event{creditPaid(1, 800, 0), creditRemoved(1), reputation(20, 40), money(10_000, 9_200)},
			[]game.Credit{first},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := done(t, sessionInGame(t, rules, both), payCredit(c.index, c.amount), c.events...)
			wantCredits(t, after, c.left...)
		})
	}
}

func wantCredits(t *testing.T, s *game.Session, want ...game.Credit) {
	t.Helper()
	got := s.Company(1).Credits
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("got credits %+v, want %+v", got, want)
		}
	}
}

func TestPayCredit_refuses(t *testing.T) {
	t.Parallel()
	owing := func(c *game.Company) { c.Credits = []game.Credit{{TotalToPay: 500, StepsTotal: 5}} }
	for name, c := range map[string]struct {
		prison        bool
		stage         game.Stage
		index, amount int64
		code          game.Code
	}{
		"no such credit, before stage": {false, game.StageEnd, 1, 1, game.CodeNotFound},
		"no such place":                {false, game.StageGame, -1, 1, game.CodeNotFound},
		"at End":                       {true, game.StageEnd, 0, 0, game.CodeWrongStage},
		"in prison":                    {true, game.StageGame, 0, 0, game.CodeInPrison},
		"nothing":                      {false, game.StageGame, 0, 0, game.CodeInvalidField},
		// The balance is judged before the amount is cut to the debt.
		"more than it has": {false, game.StageGame, 0, 10_001, game.CodeNoFunds},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(owing))
			if c.prison {
				imprisoned(s.Companies[0])
			}
			s.Stage = c.stage
			refused(t, s, c.code, payCredit(c.index, c.amount))
		})
	}
	refused(t, sessionInGame(t, rules), game.CodeNotFound, payCredit(0, 1))
}

// TestDeposit_life follows the example of the rules: 2000 at reputation 20 earn 5 %, 100 a turn.
func TestDeposit_life(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		period int64
		turns  []int64 // what it holds after each turn, until it is paid out
		out    int64
	}{
		// Taken at step 1, so that it can be withdrawn from step 4 on.
		"held beyond its term":         {1, []int64{2_100, 2_100}, 2_100},
		"out with the end of its term": {3, []int64{2_100, 2_200}, 2_300},
		"out later":                    {4, []int64{2_100, 2_200, 2_300}, 2_400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := done(t, sessionInGame(t, rules, client(unchanged)), takeDeposit(2_000, c.period),
				game.CompanyDepositTaken{CompanyID: 1, Amount: 2_000, Period: c.period, DepositID: 1}, money(10_000, 8_000))
			for i, held := range c.turns {
				s = turn(t, s)
				want := game.Deposit{
					ID: 1, InitialSum: 2_000, CurrentBalance: held, IncomePerTurn: 100, TotalEarned: held - 2_000,
					StepsTotal: c.period, StepsNow: min(int64(i+1), c.period), CanWithdrawFrom: 4,
				}
				if got := s.Company(1).Deposits; len(got) != 1 || got[0] != want {
					t.Fatalf("after %d turns: got %+v, want %+v", i+1, got, want)
				}
			}
			s = turn(t, s, withdrawn(0, c.out), money(8_000, 8_000+c.out))
			if got := s.Company(1).Deposits; len(got) != 0 {
				t.Errorf("left: %+v", got)
			}
		})
	}
}

// TestDeposit_paidOutInOrder: a turn goes through the list once, and a place is that at the time of
// the event.
func TestDeposit_paidOutInOrder(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Balance = 0
		c.Deposits = []game.Deposit{
			{ID: 1, CurrentBalance: 1_000, StepsTotal: 9, StepsNow: 3},
			{ID: 2, CurrentBalance: 2_000, IncomePerTurn: 7, StepsTotal: 9, StepsNow: 8},
			{ID: 3, CurrentBalance: 4_000, StepsTotal: 9, StepsNow: 9, CanWithdrawFrom: 2},
			{ID: 4, CurrentBalance: 8_000, StepsTotal: 9, StepsNow: 9, CanWithdrawFrom: 3},
		}
	}))
	s = turn(t, s, withdrawn(1, 2_007), money(0, 2_007), withdrawn(1, 4_000), money(2_007, 6_007))
	if got := s.Company(1).Deposits; len(got) != 2 || got[0].ID != 1 || got[0].StepsNow != 4 || got[1].ID != 4 {
		t.Errorf("left: %+v", got)
	}
}

// TestDeposit_saturates: in a turn, what would be more than an amount stays at the largest.
func TestDeposit_saturates(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Deposits = []game.Deposit{{CurrentBalance: game.MaxAmount - 5, IncomePerTurn: 10, TotalEarned: game.MaxAmount - 9, StepsTotal: 2}}
	}))
	s = turn(t, s)
	if d := s.Company(1).Deposits[0]; d.CurrentBalance != game.MaxAmount || d.TotalEarned != game.MaxAmount {
		t.Errorf("got %+v", d)
	}
	turn(t, s, withdrawn(0, game.MaxAmount), money(10_000, game.MaxAmount))
}

func TestTakeDeposit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ reputation, amount, income int64 }{
		"no reputation":      {0, 1_000, 50},
		"end of a condition": {50, 1_019, 50},   // 50.95
		"the next":           {51, 1_019, 81},   // 81.52
		"the last":           {101, 2_000, 300}, // 15 %
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(func(k *game.Company) {
				k.Reputation, k.Credits = c.reputation, []game.Credit{{TotalToPay: 9_000, Paid: 1_000, StepsTotal: 9}} // 10000-8000 are its own
				k.Deposits = []game.Deposit{{ID: 9}}
			}))
			after := done(t, s, takeDeposit(c.amount, 14), // to step 15, the last
				game.CompanyDepositTaken{CompanyID: 1, Amount: c.amount, Period: 14, Index: 1, DepositID: 1}, money(10_000, 10_000-c.amount))
			if got := after.Company(1).Deposits[1].IncomePerTurn; got != c.income {
				t.Errorf("earns %d a turn, want %d", got, c.income)
			}
		})
	}
}

func TestTakeDeposit_refuses(t *testing.T) {
	t.Parallel()
	dear := classicWith(func(r *game.Ruleset) {
		r.Deposit = game.DepositTerms{Min: 1, Max: game.MaxAmount, Conditions: []game.DepositCondition{{Percent: 20_000}}}
	})
	owing := func(c *game.Company) {
		c.Credits = []game.Credit{{TotalToPay: 9_000, Paid: 1_000}, {TotalToPay: 1_000}}
	}
	for name, c := range map[string]struct {
		rules          *game.Ruleset
		company        func(*game.Company)
		stage          game.Stage
		amount, period int64
		code           game.Code
	}{
		"at End":                 {rules, imprisoned, game.StageEnd, 0, 0, game.CodeWrongStage},
		"in prison":              {rules, imprisoned, game.StageGame, 0, 0, game.CodeInPrison},
		"too little":             {rules, unchanged, game.StageGame, 999, 4, game.CodeInvalidField},
		"too much, before funds": {rules, unchanged, game.StageGame, 100_001, 4, game.CodeInvalidField},
		"no time":                {rules, unchanged, game.StageGame, 1_000, 0, game.CodeInvalidField},
		"past the last step":     {rules, unchanged, game.StageGame, 1_000, 15, game.CodeConflict},
		"interest too large":     {dear, unchanged, game.StageGame, game.MaxAmount, 1, game.CodeInvalidField},
		"more than it has":       {rules, unchanged, game.StageGame, 10_001, 1, game.CodeNoFunds},
		"more than is its own":   {rules, owing, game.StageGame, 1_001, 1, game.CodeNoFunds}, // 10000-8000-1000
		"in debt": {
			rules, func(c *game.Company) { c.Balance, c.Credits = 1_000, []game.Credit{{TotalToPay: 5_000}} }, game.StageGame, 1_000, 1,
			game.CodeNoFunds,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, c.rules, client(c.company))
			s.Stage = c.stage
			refused(t, s, c.code, takeDeposit(c.amount, c.period))
		})
	}
	refused(t, sessionInGame(t, rules), game.CodeNotFound, takeDeposit(1_000, 1))
}

func TestWithdrawDeposit(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Deposits = []game.Deposit{{ID: 1}, {ID: 2, CurrentBalance: 2_300, StepsTotal: 9, StepsNow: 3, CanWithdrawFrom: 4}, {ID: 3}}
	}))
	s.Step = 4
	after := done(t, s, withdraw(1), withdrawn(1, 2_300), money(10_000, 12_300))
	if got := after.Company(1).Deposits; len(got) != 2 || got[0].ID != 1 || got[1].ID != 3 {
		t.Errorf("left: %+v", got)
	}
}

func TestWithdrawDeposit_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		company func(*game.Company)
		stage   game.Stage
		step    int64
		index   int64
		code    game.Code
	}{
		"no such deposit, before stage": {unchanged, game.StageEnd, 4, 1, game.CodeNotFound},
		"no such place":                 {unchanged, game.StageGame, 4, -1, game.CodeNotFound},
		"at End":                        {imprisoned, game.StageEnd, 4, 0, game.CodeWrongStage},
		"in prison":                     {imprisoned, game.StageGame, 3, 0, game.CodeInPrison},
		"too early":                     {unchanged, game.StageGame, 3, 0, game.CodeConflict},
		"balance too large":             {func(c *game.Company) { c.Balance = game.MaxAmount - 99 }, game.StageGame, 4, 0, game.CodeInvalidField},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, client(c.company))
			s.Companies[0].Deposits = []game.Deposit{{CurrentBalance: 100, StepsTotal: 9, CanWithdrawFrom: 4}}
			s.Stage, s.Step = c.stage, c.step
			refused(t, s, c.code, withdraw(c.index))
		})
	}
	refused(t, sessionInGame(t, rules), game.CodeNotFound, withdraw(0))
}
