package game

// end ends the game: it pays out deposits, cancels offers and announces the winners.
func (d *mutation) end() {
	for i, c := range d.Companies {
		for len(c.Deposits) > 0 {
			c = d.mutableAt(i)
			d.payOut(c, 0)
		}
		d.cancelOffers(c.ID)
	}
	d.emit(Ended{SessionID: d.ID, Capital: d.best(d.capital), Reputation: d.best(func(c *Company) int64 { return c.Reputation })})
}

// best returns the company with the highest value, the oldest of several, or nil without companies.
func (d *mutation) best(value func(*Company) int64) *Winner {
	var w *Winner
	for _, c := range d.Companies {
		if v := value(c); w == nil || v > w.Value {
			w = &Winner{CompanyID: c.ID, Name: c.Name, Value: v}
		}
	}
	return w
}

// capital returns the worth of c: its money and its goods at their base prices, less its debts and
// what was written off in prison.
func (d *mutation) capital(c *Company) int64 {
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
