package game

// mutation collects the changes of one command or one turn: it changes a session and records the
// events in causal order. The rules check everything before they change anything, so its methods
// expect that what they are asked to do is possible.
type mutation struct {
	*Session

	env    Env
	events []Event
}

func (s *Session) begin(env Env) *mutation { return &mutation{Session: s, env: env} }

func (d *mutation) emit(e ...Event) { d.events = append(d.events, e...) }

// mutable returns the company with this id for changing. The company must exist.
func (d *mutation) mutable(id int64) *Company {
	i, _ := d.findCompany(id)
	return d.mutableAt(i)
}

// mutableAt returns the company at index i of Companies for changing. Copies of a session share
// companies until one of them changes a company; then it gets its own copy.
func (d *mutation) mutableAt(i int) *Company {
	c := d.Companies[i]
	if c.generation == d.generation {
		return c
	}
	c = c.clone()
	c.generation = d.generation
	d.Companies[i] = c
	return c
}

// pay adds change to the balance of c, limited to ±MaxAmount, and emits the event. A change of 0
// does nothing.
func (d *mutation) pay(c *Company, change int64) {
	old := c.Balance
	c.Balance = saturate(old + change)
	if c.Balance != old {
		d.emit(CompanyBalanceChanged{CompanyID: c.ID, Old: old, New: c.Balance})
	}
}

// earn is pay for taxable income. income is at least 0.
func (d *mutation) earn(c *Company, income int64) {
	c.ThisTurnIncome = saturate(c.ThisTurnIncome + income)
	d.pay(c, income)
}

// addReputation adds change to the reputation of c, which stays at least 0, and emits the event.
func (d *mutation) addReputation(c *Company, change int64) {
	d.setReputation(c, saturate(max(0, c.Reputation+change)))
}

func (d *mutation) setReputation(c *Company, reputation int64) {
	old := c.Reputation
	c.Reputation = reputation
	if old != reputation {
		d.emit(CompanyReputationChanged{CompanyID: c.ID, Old: old, New: reputation})
	}
}

// store puts goods into the warehouse of c and emits the event. The warehouse must have room.
func (d *mutation) store(c *Company, resource string, amount int64) {
	if amount > 0 {
		c.Goods = c.Goods.with(resource, amount)
		d.emit(CompanyResourceAdded{CompanyID: c.ID, Resource: resource, Amount: amount})
	}
}

// take removes goods from the warehouse of c and emits the event. The warehouse must have them.
func (d *mutation) take(c *Company, resource string, amount int64) {
	if amount > 0 {
		c.Goods = c.Goods.with(resource, -amount)
		d.emit(CompanyResourceRemoved{CompanyID: c.ID, Resource: resource, Amount: amount})
	}
}

// room returns how many more units fit into the warehouse of c.
func (d *mutation) room(c *Company) int64 { return max(0, d.Capacity(c)-c.Goods.Total()) }
