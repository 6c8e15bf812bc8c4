package game

import (
	"cmp"
	"slices"
	"strings"
)

const (
	minCreditPeriod  = 2 // turns
	reliableFrom     = 2 // turns that a credit must have run before its repayment adds to the reputation
	depositHeldTurns = 3 // turns before a deposit can be withdrawn
)

// CreditOrder is a request for a credit.
type CreditOrder struct {
	CompanyID, Amount, Period int64

	// Values that the caller has seen or computed; nil accepts any: the balance before the credit,
	// and the total to pay back.
	ExpectedBalance, ExpectedTotal *int64
}

// TakeCredit lends money to a company of s. The total to pay back is
//
//	amount + amount · percent · max(0, period - free turns)
//
// with the condition for the company's reputation. It refuses, in this order: an unknown company
// (CodeNotFound), the stage End (CodeWrongStage), a company in prison (CodeInPrison), another
// balance than expected (CodeConflict), an amount that the bank does not lend and a period of less
// than 2 turns (CodeInvalidField), a period past the last step (CodeConflict), a reputation that
// the bank does not lend to and too many open credits (CodeLimit), a total beyond MaxAmount
// (CodeInvalidField), another total than expected (CodeConflict), a balance beyond MaxAmount
// (CodeInvalidField).
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
	c = d.mutable(o.CompanyID)
	credit := Credit{ID: env.IDs.NextID(KindCredit), Amount: o.Amount, TotalToPay: total, StepsTotal: o.Period}
	c.Credits = append(c.Credits, credit)
	d.emit(CompanyCreditTaken{CompanyID: c.ID, Amount: o.Amount, Period: o.Period, CreditID: credit.ID})
	d.pay(c, o.Amount)
	return credit, d.events, nil
}

// checkCredit refuses a credit that the bank's terms do not allow.
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

// totalToPay returns the total to pay back for a credit, and reports whether it is at most
// MaxAmount.
func (s *Session) totalToPay(c *Company, o CreditOrder) (total int64, ok bool) {
	terms := s.Rules.Credit.at(c.Reputation)
	// At most 1,000,000 basis points in each of 1,000 turns: the product is far from a limit.
	interest, ok := share(o.Amount, terms.Percent*max(0, o.Period-terms.FreeTurns))
	if !ok {
		return 0, false
	}
	return add(o.Amount, interest)
}

// CreditPayment is a repayment of a credit.
type CreditPayment struct {
	CompanyID int64
	Index     int64  // index in the company's list, from 0
	ID        *int64 // id of the credit, as the caller has seen it; nil: whichever is at Index
	Amount    int64

	ExpectedBalance *int64 // before the payment, as the caller has seen it; nil accepts any
}

// PayCredit pays back a credit, at most the unpaid part. A credit that is paid off is removed; this
// adds to the company's reputation if the credit has run for 2 turns. It refuses, in this order: an
// unknown company or credit (CodeNotFound), a credit that is at another index (CodeConflict), the
// stage End (CodeWrongStage), a company in prison (CodeInPrison), another balance than expected
// (CodeConflict), an amount below 1 (CodeInvalidField) or above the balance (CodeNoFunds).
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
	c = d.mutable(p.CompanyID)
	credit := &c.Credits[i]
	amount, kept := min(p.Amount, credit.Rest()), credit.StepsNow >= reliableFrom
	d.repay(c, i, amount)
	if credit.Rest() == 0 {
		d.closeCredit(c, i)
		if kept {
			d.addReputation(c, s.Rules.Reputation.CreditGained)
		}
	}
	d.pay(c, -amount)
	return d.events, nil
}

// checkIndex refuses an index outside a company's list of n credits or deposits. idAt returns the
// id at an index. If the caller gives an id too, the entry at the index must have it: removing an
// entry shifts the indices of later ones. kind is "credit" or "deposit".
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

// repay records a payment of amount, at most the unpaid part, for the credit at index i.
func (d *mutation) repay(c *Company, i int, amount int64) {
	credit := &c.Credits[i]
	credit.Paid += amount
	credit.NeedPay = max(0, credit.NeedPay-amount)
	d.emit(CompanyCreditPaid{CompanyID: c.ID, Index: i, Amount: amount, Remaining: credit.Rest()})
}

func (d *mutation) closeCredit(c *Company, i int) {
	c.Credits = slices.Delete(c.Credits, i, i+1)
	d.emit(CompanyCreditRemoved{CompanyID: c.ID, Index: i})
}

// DepositOrder is a request to make a deposit.
type DepositOrder struct {
	CompanyID, Amount, Period int64

	// Values that the caller has seen or computed; nil accepts any: the balance before the deposit,
	// and its interest per turn.
	ExpectedBalance, ExpectedIncome *int64
}

// TakeDeposit moves money of a company of s into a deposit. The deposit earns amount · percent in
// each turn of its term, with the condition for the company's reputation. It refuses, in this
// order: an unknown company (CodeNotFound), the stage End (CodeWrongStage), a company in prison
// (CodeInPrison), another balance than expected (CodeConflict), an amount that the bank does not
// take and a period of less than 1 turn (CodeInvalidField), a period past the last step
// (CodeConflict), interest beyond MaxAmount (CodeInvalidField), other interest than expected
// (CodeConflict), an amount above the balance less the unpaid credits (CodeNoFunds).
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
	c = d.mutable(o.CompanyID)
	deposit := Deposit{
		ID: env.IDs.NextID(KindDeposit), InitialSum: o.Amount, CurrentBalance: o.Amount, IncomePerTurn: income,
		StepsTotal: o.Period, CanWithdrawFrom: s.Step + depositHeldTurns,
	}
	d.emit(CompanyDepositTaken{
		CompanyID: c.ID, Amount: o.Amount, Period: o.Period, Index: len(c.Deposits), DepositID: deposit.ID,
	})
	c.Deposits = append(c.Deposits, deposit)
	d.pay(c, -o.Amount)
	return deposit, d.events, nil
}

// DepositWithdrawal is a request to pay out a deposit.
type DepositWithdrawal struct {
	CompanyID int64
	Index     int64  // index in the company's list, from 0
	ID        *int64 // id of the deposit, as the caller has seen it; nil: whichever is at Index
}

// WithdrawDeposit pays out a deposit with its interest, also before the end of its term. It
// refuses, in this order: an unknown company or deposit (CodeNotFound), a deposit that is at
// another index (CodeConflict), the stage End (CodeWrongStage), a company in prison (CodeInPrison),
// a step before CanWithdrawFrom (CodeConflict), a balance beyond MaxAmount (CodeInvalidField).
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
	d.payOut(d.mutable(w.CompanyID), int(w.Index))
	return d.events, nil
}

// payOut ends the deposit at index i and pays it out.
func (d *mutation) payOut(c *Company, i int) {
	amount := c.Deposits[i].CurrentBalance
	c.Deposits = slices.Delete(c.Deposits, i, i+1)
	d.emit(CompanyDepositWithdrawn{CompanyID: c.ID, Index: i, Amount: amount})
	d.pay(c, amount)
}

// growDeposits updates deposits in a turn: each earns interest during its term, and is paid out
// when the term is over.
func (d *mutation) growDeposits(c *Company) {
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

// ageCredits updates credits in a turn: each has its next instalment due, or is overdue. It reports
// whether a credit has been overdue so long that c goes to prison, and stops at that credit.
func (d *mutation) ageCredits(c *Company) (tooLate bool) {
	terms := &d.Rules.Reputation
	for i := range c.Credits {
		credit := &c.Credits[i]
		if left := credit.StepsTotal - credit.StepsNow; left > 0 {
			credit.NeedPay += (credit.Rest() - credit.NeedPay) / left
			credit.StepsNow++
			continue
		}
		credit.StepsNow++
		d.addReputation(c, terms.CreditLost)
		if credit.StepsNow-credit.StepsTotal > terms.CreditMaxLate {
			return true
		}
	}
	return false
}

// customer returns the company with this id if it may use the bank now.
func (s *Session) customer(id int64) (*Company, error) {
	c := s.Company(id)
	if c == nil {
		return nil, CompanyNotFound()
	}
	return c, s.mayBank(c)
}

// mayBank refuses a company that may not use the bank now.
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

// owed returns the unpaid part of all credits of c, due or not.
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

// at returns the condition for a reputation.
func (t *CreditTerms) at(reputation int64) CreditCondition {
	i, found := slices.BinarySearchFunc(t.Conditions, reputation, func(k CreditCondition, r int64) int { return cmp.Compare(k.FromReputation, r) })
	if !found {
		i--
	}
	return t.Conditions[i]
}

// at returns the condition for a reputation.
func (t *DepositTerms) at(reputation int64) DepositCondition {
	i, found := slices.BinarySearchFunc(t.Conditions, reputation, func(k DepositCondition, r int64) int { return cmp.Compare(k.FromReputation, r) })
	if !found {
		i--
	}
	return t.Conditions[i]
}
