package game

// imprison puts c into prison: what it owes is taken from its deposits and its balance, first the tax, then the credits, as far as
// these reach, and the rest is written off; its offers are cancelled, and it starts with a fresh reputation. It is called in a turn.
func (d *deed) imprison(c *Company) {
	c.PrisonEndStep = d.Step - 1 + d.Rules.Reputation.PrisonSteps
	d.tell(CompanyToPrison{CompanyID: c.ID, EndStep: c.PrisonEndStep})
	for len(c.Deposits) > 0 {
		d.payOut(c, 0)
	}
	d.seizeTax(c)
	for len(c.Credits) > 0 {
		d.seizeCredit(c)
	}
	d.cancelOffers(c.ID)
	for i := range c.Factories {
		c.Factories[i].Auto = false
	}
	c.LastTurnIncome, c.OverdueSteps = 0, 0 // this turn's income is none yet
	d.setReputation(c, d.Rules.Start.Reputation)
}

// seizeTax ends the tax debt of c.
func (d *deed) seizeTax(c *Company) {
	if amount := min(c.TaxDebt, c.Balance); amount > 0 {
		d.payTax(c, amount)
		d.pay(c, -amount)
	}
	c.WrittenOff = saturate(c.WrittenOff + c.TaxDebt)
	c.TaxDebt = 0
}

// seizeCredit ends the first credit of c.
func (d *deed) seizeCredit(c *Company) {
	if amount := min(c.Credits[0].Rest(), c.Balance); amount > 0 {
		d.repay(c, 0, amount)
		d.pay(c, -amount)
	}
	c.WrittenOff = saturate(c.WrittenOff + c.Credits[0].Rest())
	d.closeCredit(c, 0)
}

// release lets c out of prison.
func (d *deed) release(c *Company) {
	c.PrisonEndStep = 0
	d.tell(CompanyLeftPrison{CompanyID: c.ID})
}
