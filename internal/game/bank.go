package game

import (
	"cmp"
	"slices"
	"strings"
)

const (
	minCreditPeriod  = 2 // turns
	reliableFrom     = 2 // turns that a credit must have run for its repayment to be noticed
	depositHeldTurns = 3 // turns before a deposit can be withdrawn
)

// CreditOrder asks the bank for a credit.
type CreditOrder struct {
	CompanyID, Amount, Period int64

	// What the caller has seen or worked out; nil: any. The balance before, and what will have to be paid back in all.
	ExpectedBalance, ExpectedTotal *int64
}

// TakeCredit lends money to a company of s. What is to be paid back is
//
//	amount + amount · percent · max(0, period - free turns)
//
// by the condition that holds for its reputation. It refuses, in this order: an
// unknown company (CodeNotFound), the stage End (CodeWrongStage), a company in
// prison (CodeInPrison), another balance than expected (CodeConflict), an amount
// that the bank does not lend and a period of less than 2 turns
// (CodeInvalidField), a period past the last step (CodeConflict), a reputation
// that the bank does not lend to and one credit too many (CodeLimit), a debt
// beyond MaxAmount (CodeInvalidField), another debt than expected
// (CodeConflict), a balance beyond MaxAmount (CodeInvalidField).
func (s *Session) TakeCredit(o CreditOrder, env Env) (Credit, []Event, error) {
	c, err := s.customer(o.CompanyID)
	if err != nil {
		return Credit{}, nil, err
	}
	if err := checkBalance(c, o.ExpectedBalance); err != nil {
		return Credit{}, nil, err
	}
	if err := s.checkCredit(c, o); err != nil {
		return Credit{}, nil, err
	}
	total, ok := s.totalToPay(c, o)
	if !ok {
		return Credit{}, nil, Refuse(CodeInvalidField, "With interest this credit comes to more than %d, the largest amount", int64(MaxAmount))
	}
	if differs(o.ExpectedTotal, total) {
		return Credit{}, nil, Outdated("expected_total_to_pay", "%d would have to be paid back, not %d", total, *o.ExpectedTotal)
	}
	if _, ok := add(c.Balance, o.Amount); !ok {
		return Credit{}, nil, balanceFull()
	}
	d := s.begin(env)
	c = d.edit(o.CompanyID)
	credit := Credit{ID: env.IDs.NextID(KindCredit), Amount: o.Amount, TotalToPay: total, StepsTotal: o.Period}
	c.Credits = append(c.Credits, credit)
	d.tell(CompanyCreditTaken{CompanyID: c.ID, Amount: o.Amount, Period: o.Period, CreditID: credit.ID})
	d.pay(c, o.Amount)
	return credit, d.events, nil
}

// checkCredit judges o by the bank's terms.
func (s *Session) checkCredit(c *Company, o CreditOrder) error {
	terms := &s.Rules.Credit
	switch open := s.Rules.Limits.Credits; {
	case o.Amount < terms.Min || o.Amount > terms.Max:
		return Refuse(CodeInvalidField, "The bank lends %d to %d", terms.Min, terms.Max)
	case o.Period < minCreditPeriod:
		return Refuse(CodeInvalidField, "A credit runs for at least %d turns", minCreditPeriod)
	case s.Step+o.Period > s.MaxSteps:
		return s.pastEnd(o.Period)
	case !terms.at(c.Reputation).Possible:
		return Refuse(CodeLimit, "The bank lends nothing to a company with a reputation of %d", c.Reputation)
	case int64(len(c.Credits)) >= open:
		return Refuse(CodeLimit, "A company has at most %d open credits", open)
	}
	return nil
}

// totalToPay returns what o will cost c, and whether that is an amount.
func (s *Session) totalToPay(c *Company, o CreditOrder) (total int64, ok bool) {
	terms := s.Rules.Credit.at(c.Reputation)
	// At most 1,000,000 basis points in each of 1,000 turns: the product is far from a limit.
	interest, ok := share(o.Amount, terms.Percent*max(0, o.Period-terms.FreeTurns))
	if !ok {
		return 0, false
	}
	return add(o.Amount, interest)
}

// CreditPayment pays back a credit.
type CreditPayment struct {
	CompanyID int64
	Index     int64  // index in the company's list, from 0
	ID        *int64 // id of the credit that the caller means; nil: the one at Index
	Amount    int64

	ExpectedBalance *int64 // before the payment, as the caller has seen it; nil: any
}

// PayCredit pays back a credit, at most what is still to be paid of it. One that
// is paid off goes, which adds to the company's reputation if it has run for 2
// turns. It refuses, in this order: an unknown company or credit (CodeNotFound),
// a credit that is at another index (CodeConflict), the stage End (CodeWrongStage), a company in prison (CodeInPrison), another
// balance than expected (CodeConflict), an amount below 1 (CodeInvalidField) or above the balance (CodeNoFunds).
func (s *Session) PayCredit(p CreditPayment, env Env) ([]Event, error) {
	c := s.Company(p.CompanyID)
	if c == nil {
		return nil, CompanyNotFound()
	}
	ids := func(i int) int64 { return c.Credits[i].ID }
	if err := checkIndex("credit", p.Index, p.ID, len(c.Credits), ids); err != nil {
		return nil, err
	}
	if err := s.mayBank(c); err != nil {
		return nil, err
	}
	if err := checkBalance(c, p.ExpectedBalance); err != nil {
		return nil, err
	}
	if err := checkPayment(c, p.Amount); err != nil {
		return nil, err
	}
	d, i := s.begin(env), int(p.Index)
	c = d.edit(p.CompanyID)
	credit := &c.Credits[i]
	amount, kept := min(p.Amount, credit.Rest()), credit.StepsNow >= reliableFrom
	d.repay(c, i, amount)
	if credit.Rest() == 0 {
		d.closeCredit(c, i)
		if kept {
			d.regard(c, s.Rules.Reputation.CreditGained)
		}
	}
	d.pay(c, -amount)
	return d.events, nil
}

// checkIndex refuses an index outside a company's list of n credits or deposits, whose ids idAt returns. If the caller also gives the id,
// the entry at the index must have it: indices shift when an earlier entry is removed. kind is "credit" or "deposit".
func checkIndex(kind string, index int64, id *int64, n int, idAt func(int) int64) error {
	missing := Refuse(CodeNotFound, "%s not found", strings.ToUpper(kind[:1])+kind[1:])
	if id == nil {
		if index < 0 || index >= int64(n) {
			return missing
		}
		return nil
	}
	for i := range n {
		switch {
		case idAt(i) != *id:
		case int64(i) == index:
			return nil
		default:
			return Outdated(kind+"_id", "The %s %d has the index %d now, not %d", kind, *id, i, index)
		}
	}
	return missing
}

// repay notes amount, at most the rest, as paid of a credit.
func (d *deed) repay(c *Company, i int, amount int64) {
	credit := &c.Credits[i]
	credit.Paid += amount
	credit.NeedPay = max(0, credit.NeedPay-amount)
	d.tell(CompanyCreditPaid{CompanyID: c.ID, Index: i, Amount: amount, Remaining: credit.Rest()})
}

func (d *deed) closeCredit(c *Company, i int) {
	c.Credits = slices.Delete(c.Credits, i, i+1)
	d.tell(CompanyCreditRemoved{CompanyID: c.ID, Index: i})
}

// DepositOrder asks the bank to take a deposit.
type DepositOrder struct {
	CompanyID, Amount, Period int64

	// What the caller has seen or worked out; nil: any. The balance before, and what the deposit will earn in each turn.
	ExpectedBalance, ExpectedIncome *int64
}

// TakeDeposit takes money of a company of s into a deposit, which earns amount ·
// percent in each turn of its term, by the condition that holds for its
// reputation. It refuses, in this order: an unknown company (CodeNotFound), the
// stage End (CodeWrongStage), a company in prison (CodeInPrison), another balance
// than expected (CodeConflict), an amount that the bank does not take and a
// period of less than 1 turn (CodeInvalidField), a period past the last step
// (CodeConflict), interest beyond MaxAmount (CodeInvalidField), other interest
// than expected (CodeConflict), an amount above the balance less what the company
// still has to pay of its credits (CodeNoFunds).
func (s *Session) TakeDeposit(o DepositOrder, env Env) (Deposit, []Event, error) {
	c, err := s.customer(o.CompanyID)
	if err != nil {
		return Deposit{}, nil, err
	}
	if err := checkBalance(c, o.ExpectedBalance); err != nil {
		return Deposit{}, nil, err
	}
	terms := &s.Rules.Deposit
	switch {
	case o.Amount < terms.Min || o.Amount > terms.Max:
		return Deposit{}, nil, Refuse(CodeInvalidField, "The bank takes deposits of %d to %d", terms.Min, terms.Max)
	case o.Period < 1:
		return Deposit{}, nil, Refuse(CodeInvalidField, "A deposit runs for at least 1 turn")
	case s.Step+o.Period > s.MaxSteps:
		return Deposit{}, nil, s.pastEnd(o.Period)
	}
	income, ok := share(o.Amount, terms.at(c.Reputation).Percent)
	if !ok {
		return Deposit{}, nil, Refuse(CodeInvalidField, "The interest of this deposit is more than %d, the largest amount", int64(MaxAmount))
	}
	if differs(o.ExpectedIncome, income) {
		return Deposit{}, nil, Outdated("expected_income_per_turn", "The deposit would earn %d in each turn, not %d", income, *o.ExpectedIncome)
	}
	if free := c.Balance - c.owed(); o.Amount > free {
		return Deposit{}, nil, Refuse(CodeNoFunds, "The company has %d to deposit: its balance less its debts to the bank", max(0, free))
	}
	d := s.begin(env)
	c = d.edit(o.CompanyID)
	deposit := Deposit{
		ID: env.IDs.NextID(KindDeposit), InitialSum: o.Amount, CurrentBalance: o.Amount, IncomePerTurn: income,
		StepsTotal: o.Period, CanWithdrawFrom: s.Step + depositHeldTurns,
	}
	d.tell(CompanyDepositTaken{
		CompanyID: c.ID, Amount: o.Amount, Period: o.Period, Index: len(c.Deposits), DepositID: deposit.ID,
	})
	c.Deposits = append(c.Deposits, deposit)
	d.pay(c, -o.Amount)
	return deposit, d.events, nil
}

// DepositWithdrawal ends a deposit.
type DepositWithdrawal struct {
	CompanyID int64
	Index     int64  // index in the company's list, from 0
	ID        *int64 // id of the deposit that the caller means; nil: the one at Index
}

// WithdrawDeposit pays a deposit out with the interest earned, also before its
// term is over. It refuses, in this order: an unknown company or deposit
// (CodeNotFound), a deposit that is at another index (CodeConflict), the stage
// End (CodeWrongStage), a company in prison (CodeInPrison), a step before CanWithdrawFrom (CodeConflict), a balance beyond
// MaxAmount (CodeInvalidField).
func (s *Session) WithdrawDeposit(w DepositWithdrawal, env Env) ([]Event, error) {
	c := s.Company(w.CompanyID)
	if c == nil {
		return nil, CompanyNotFound()
	}
	ids := func(i int) int64 { return c.Deposits[i].ID }
	if err := checkIndex("deposit", w.Index, w.ID, len(c.Deposits), ids); err != nil {
		return nil, err
	}
	if err := s.mayBank(c); err != nil {
		return nil, err
	}
	deposit := &c.Deposits[w.Index]
	if s.Step < deposit.CanWithdrawFrom {
		return nil, Refuse(CodeConflict, "This deposit can be withdrawn from step %d on; the session is at step %d", deposit.CanWithdrawFrom, s.Step)
	}
	if _, ok := add(c.Balance, deposit.CurrentBalance); !ok {
		return nil, balanceFull()
	}
	d := s.begin(env)
	d.payOut(d.edit(w.CompanyID), int(w.Index))
	return d.events, nil
}

// payOut ends a deposit.
func (d *deed) payOut(c *Company, i int) {
	amount := c.Deposits[i].CurrentBalance
	c.Deposits = slices.Delete(c.Deposits, i, i+1)
	d.tell(CompanyDepositWithdrawn{CompanyID: c.ID, Index: i, Amount: amount})
	d.pay(c, amount)
}

// growDeposits is what a turn does to deposits: each earns while its term lasts, and goes when that is over.
func (d *deed) growDeposits(c *Company) {
	for i := 0; i < len(c.Deposits); {
		deposit := &c.Deposits[i]
		if deposit.StepsNow < deposit.StepsTotal {
			deposit.CurrentBalance = saturate(deposit.CurrentBalance + deposit.IncomePerTurn)
			deposit.TotalEarned = saturate(deposit.TotalEarned + deposit.IncomePerTurn)
			deposit.StepsNow++
		}
		if deposit.StepsNow < deposit.StepsTotal || d.Step < deposit.CanWithdrawFrom {
			i++
			continue
		}
		d.payOut(c, i)
	}
}

// ageCredits is what a turn does to credits: each asks for its share, or is late. It tells whether one has been late so often
// that c goes to prison, and stops there.
func (d *deed) ageCredits(c *Company) (tooLate bool) {
	terms := &d.Rules.Reputation
	for i := range c.Credits {
		credit := &c.Credits[i]
		if left := credit.StepsTotal - credit.StepsNow; left > 0 {
			credit.NeedPay += (credit.Rest() - credit.NeedPay) / left
			credit.StepsNow++
			continue
		}
		credit.StepsNow++
		d.regard(c, terms.CreditLost)
		if credit.StepsNow-credit.StepsTotal > terms.CreditMaxLate {
			return true
		}
	}
	return false
}

// customer returns the company id, if the bank deals with it now.
func (s *Session) customer(id int64) (*Company, error) {
	c := s.Company(id)
	if c == nil {
		return nil, CompanyNotFound()
	}
	return c, s.mayBank(c)
}

// mayBank refuses what a company asks of the bank, or pays to it, when it cannot.
func (s *Session) mayBank(c *Company) error {
	if s.Stage == StageEnd {
		return Refuse(CodeWrongStage, "The bank is closed in stage %s", StageEnd)
	}
	if c.InPrison() {
		return Refuse(CodeInPrison, "A company in prison cannot use the bank; this one leaves at step %d", c.PrisonEndStep)
	}
	return nil
}

// checkPayment refuses an amount that c cannot pay.
func checkPayment(c *Company, amount int64) error {
	if amount < 1 {
		return Refuse(CodeInvalidField, "A payment is at least 1")
	}
	if amount > c.Balance {
		return Refuse(CodeNoFunds, "The company has %d", c.Balance)
	}
	return nil
}

// owed returns what c still has to pay of its credits, due or not.
func (c *Company) owed() int64 {
	var sum int64
	for _, credit := range c.Credits {
		sum = saturate(sum + credit.Rest())
	}
	return sum
}

func (s *Session) pastEnd(period int64) *Refusal {
	return Refuse(CodeConflict, "%d turns from step %d on go past the last step, %d", period, s.Step, s.MaxSteps)
}

func balanceFull() *Refusal {
	return Refuse(CodeInvalidField, "The balance would be more than %d, the largest amount", int64(MaxAmount))
}

// at returns the condition that holds for a reputation.
func (t *CreditTerms) at(reputation int64) CreditCondition {
	i, found := slices.BinarySearchFunc(t.Conditions, reputation, func(k CreditCondition, r int64) int { return cmp.Compare(k.FromReputation, r) })
	if !found {
		i--
	}
	return t.Conditions[i]
}

// at returns the condition that holds for a reputation.
func (t *DepositTerms) at(reputation int64) DepositCondition {
	i, found := slices.BinarySearchFunc(t.Conditions, reputation, func(k DepositCondition, r int64) int { return cmp.Compare(k.FromReputation, r) })
	if !found {
		i--
	}
	return t.Conditions[i]
}
