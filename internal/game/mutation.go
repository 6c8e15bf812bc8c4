package game

// deed is a command, or a turn, being carried out: it changes a session and
// collects what that causes, in causal order. Everything that it is asked to do
// must be possible: rules check before they act.
type deed struct {
	*Session

	env    Env
	events []Event
}

func (s *Session) begin(env Env) *deed { return &deed{Session: s, env: env} }

func (d *deed) tell(e ...Event) { d.events = append(d.events, e...) }

// edit returns the company id, which must exist, to be changed.
func (d *deed) edit(id int64) *Company {
	i, _ := d.findCompany(id)
	return d.editAt(i)
}

// editAt returns the company at i of Companies, to be changed. Sessions share
// companies until one changes them.
func (d *deed) editAt(i int) *Company {
	c := d.Companies[i]
	if c.edition == d.edition {
		return c
	}
	c = c.clone()
	c.edition = d.edition
	d.Companies[i] = c
	return c
}

// pay adds change to the balance of c, up to the limit of amounts, and tells of
// it. Nothing happens when it is 0.
func (d *deed) pay(c *Company, change int64) {
	old := c.Balance
	c.Balance = saturate(old + change)
	if c.Balance != old {
		d.tell(CompanyBalanceChanged{CompanyID: c.ID, Old: old, New: c.Balance})
	}
}

// earn is pay for taxable income, which is never negative.
func (d *deed) earn(c *Company, income int64) {
	c.ThisTurnIncome = saturate(c.ThisTurnIncome + income)
	d.pay(c, income)
}

// regard adds change to the reputation of c, not below 0, and tells of it.
func (d *deed) regard(c *Company, change int64) {
	d.setReputation(c, saturate(max(0, c.Reputation+change)))
}

func (d *deed) setReputation(c *Company, reputation int64) {
	old := c.Reputation
	c.Reputation = reputation
	if old != reputation {
		d.tell(CompanyReputationChanged{CompanyID: c.ID, Old: old, New: reputation})
	}
}

// store puts goods into the warehouse of c, and tells of it. There must be room.
func (d *deed) store(c *Company, resource string, amount int64) {
	if amount > 0 {
		c.Goods = c.Goods.with(resource, amount)
		d.tell(CompanyResourceAdded{CompanyID: c.ID, Resource: resource, Amount: amount})
	}
}

// take takes goods out of the warehouse of c, and tells of it. They must be there.
func (d *deed) take(c *Company, resource string, amount int64) {
	if amount > 0 {
		c.Goods = c.Goods.with(resource, -amount)
		d.tell(CompanyResourceRemoved{CompanyID: c.ID, Resource: resource, Amount: amount})
	}
}

// room returns how many more units the warehouse of c holds.
func (d *deed) room(c *Company) int64 { return max(0, d.Capacity(c)-c.Goods.Total()) }
