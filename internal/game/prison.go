package game

// imprison puts c into prison during a turn. Deposits are paid out. Debts are paid from the balance
// as far as it reaches, the tax first, then the credits; the rest is written off. Offers are
// cancelled, and the reputation is reset to the initial one.
func (d *mutation) imprison(c *Company) {
	c.PrisonEndStep = d.Step - 1 + d.Rules.Reputation.PrisonSteps
	d.emit(CompanyToPrison{CompanyID: c.ID, EndStep: c.PrisonEndStep})
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
	c.LastTurnIncome, c.OverdueSteps = 0, 0 // ThisTurnIncome is already 0 here
	d.setReputation(c, d.Rules.Start.Reputation)
}

// seizeTax pays the tax debt of c as far as the balance reaches, and writes off the rest.
func (d *mutation) seizeTax(c *Company) {
	if amount := min(c.TaxDebt, c.Balance); amount > 0 {
		d.payTax(c, amount)
		d.pay(c, -amount)
	}
	c.WrittenOff = saturate(c.WrittenOff + c.TaxDebt)
	c.TaxDebt = 0
}

// seizeCredit pays the first credit of c as far as the balance reaches, writes off the rest, and
// removes it.
func (d *mutation) seizeCredit(c *Company) {
	if amount := min(c.Credits[0].Rest(), c.Balance); amount > 0 {
		d.repay(c, 0, amount)
		d.pay(c, -amount)
	}
	c.WrittenOff = saturate(c.WrittenOff + c.Credits[0].Rest())
	d.closeCredit(c, 0)
}

// release ends the imprisonment of c.
func (d *mutation) release(c *Company) {
	c.PrisonEndStep = 0
	d.emit(CompanyLeftPrison{CompanyID: c.ID})
}
