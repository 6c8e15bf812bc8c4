package game

// TaxPayment is a payment of tax.
type TaxPayment struct {
	CompanyID, Amount int64

	ExpectedBalance *int64 // before the payment, as the caller has seen it; nil accepts any
}

// PayTaxes pays the tax debt of a company of s, at most the whole debt. Paying it off adds to the
// reputation and resets the late turns. It refuses, in this order: an unknown company
// (CodeNotFound), the stage End (CodeWrongStage), a company in prison (CodeInPrison), another
// balance than expected (CodeConflict), an amount below 1 (CodeInvalidField), a company without a
// debt (CodeConflict), an amount above the balance (CodeNoFunds).
func (s *Session) PayTaxes(p TaxPayment, env Env) ([]Event, error) {
	c, err := s.customer(p.CompanyID)
	if err != nil {
		return nil, err
	}
	if err := checkBalance(c, p.ExpectedBalance); err != nil {
		return nil, err
	}
	if p.Amount >= 1 && c.TaxDebt == 0 {
		return nil, Refuse(CodeConflict, "There is no tax to pay")
	}
	if err := checkPayment(c, p.Amount); err != nil {
		return nil, err
	}
	d := s.begin(env)
	c = d.mutable(p.CompanyID)
	amount := min(p.Amount, c.TaxDebt)
	d.payTax(c, amount)
	if c.TaxDebt == 0 {
		c.OverdueSteps = 0
		d.addReputation(c, s.Rules.Reputation.TaxPaid)
	}
	d.pay(c, -amount)
	return d.events, nil
}

// payTax records a payment of amount, at most the debt.
func (d *mutation) payTax(c *Company, amount int64) {
	c.TaxDebt -= amount
	d.emit(CompanyTaxPaid{CompanyID: c.ID, Amount: amount, Remaining: c.TaxDebt})
}

// closeBooks closes the income of the previous turn. A large income makes the company big.
func (d *mutation) closeBooks(c *Company) {
	c.LastTurnIncome, c.ThisTurnIncome = c.ThisTurnIncome, 0
	// The first turn closes the time before the game. Income from the administrator before the game
	// does not make a company big.
	if d.Step > 1 && c.LastTurnIncome >= d.Rules.Tax.BigOn {
		c.Business = BusinessBig
	}
}

// levyTax updates the tax debt in a turn: an old debt is late, and the tax on the last income is
// added. It reports whether the debt has been late so often that c goes to prison; then it adds
// nothing.
func (d *mutation) levyTax(c *Company) (tooLate bool) {
	terms := &d.Rules.Reputation
	if c.TaxDebt > 0 {
		c.OverdueSteps++
		d.addReputation(c, terms.TaxLate)
		if c.OverdueSteps > terms.TaxMaxOverdue {
			return true
		}
	}
	// A rate is at most a hundred percent, so that a share is an amount.
	tax, _ := share(c.LastTurnIncome, d.TaxRate(c))
	c.TaxDebt = saturate(c.TaxDebt + tax)
	return false
}
