package game

// playTurn plays the next turn, company by company, the oldest first.
func (d *deed) playTurn() {
	d.Step++
	for i := range d.Companies {
		d.turnOf(d.editAt(i))
	}
}

// turnOf plays a turn of one company. In prison it neither earns nor owes, but it works.
func (d *deed) turnOf(c *Company) {
	d.closeBooks(c)
	if !c.InPrison() && d.settleUp(c) {
		d.imprison(c)
	}
	d.extractAndProduce(c)
	if !c.InPrison() && c.Reputation <= d.Rules.Reputation.PrisonOn {
		d.imprison(c)
	}
	if c.PrisonEndStep == d.Step {
		d.release(c)
	}
}

// settleUp is what a turn does to deposits, credits and taxes. It tells whether c has been late too often and goes to prison; what
// comes after that is left out.
func (d *deed) settleUp(c *Company) (tooLate bool) {
	d.growDeposits(c)
	return d.ageCredits(c) || d.levyTax(c)
}
