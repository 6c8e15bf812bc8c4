package game

// playTurn plays the next turn of every company, in order of id.
func (d *mutation) playTurn() {
	d.Step++
	for i := range d.Companies {
		d.turnOf(d.mutableAt(i))
	}
}

// turnOf plays a turn of one company. In prison it neither earns interest nor pays, but it
// produces.
func (d *mutation) turnOf(c *Company) {
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

// settleUp updates deposits, credits and taxes, in this order. It reports whether c has been late
// too often and goes to prison; then it skips the rest.
func (d *mutation) settleUp(c *Company) (tooLate bool) {
	d.growDeposits(c)
	return d.ageCredits(c) || d.levyTax(c)
}
