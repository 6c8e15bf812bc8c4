package game

// end ends the game: deposits are paid out, offers are taken back, and the winners are told.
func (d *deed) end() {
	for i, c := range d.Companies {
		for len(c.Deposits) > 0 {
			c = d.editAt(i)
			d.payOut(c, 0)
		}
		d.cancelOffers(c.ID)
	}
	d.tell(Ended{SessionID: d.ID, Capital: d.best(d.capital), Reputation: d.best(func(c *Company) int64 { return c.Reputation })})
}

// best returns the company that has most of what value counts, of several the oldest, and nil without companies.
func (d *deed) best(value func(*Company) int64) *Winner {
	var w *Winner
	for _, c := range d.Companies {
		if v := value(c); w == nil || v > w.Value {
			w = &Winner{CompanyID: c.ID, Name: c.Name, Value: v}
		}
	}
	return w
}

// capital returns what c is worth: its money, its goods at their base prices, less what it owes and what prison has written off.
func (d *deed) capital(c *Company) int64 {
	// At most 1,000 goods and 100 credits, each below 2⁵³: the sum does not overflow.
	sum := c.Balance - c.TaxDebt - c.WrittenOff
	for _, stock := range c.Goods {
		value, _ := mul(stock.Amount, d.Rules.Resource(stock.Resource).BasePrice)
		sum += value
	}
	for _, credit := range c.Credits {
		sum -= credit.Rest()
	}
	return saturate(sum)
}
