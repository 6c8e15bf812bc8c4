package game

// AmendBalance adds change to the money of a company; what it adds counts as
// income. expected is the balance that the caller has seen; nil: any. It refuses,
// in this order: an unknown company (CodeNotFound), the stage End
// (CodeWrongStage), a balance other than the expected one (CodeConflict), a
// change of 0, one beyond which the balance or the
// income of the turn would be no amount (CodeInvalidField), and one that takes
// more than there is (CodeNoFunds).
func (s *Session) AmendBalance(company, change int64, expected *int64) ([]Event, error) {
	c, err := s.amendable(company)
	if err != nil {
		return nil, err
	}
	if err := checkBalance(c, expected); err != nil {
		return nil, err
	}
	if err := checkChange(change); err != nil {
		return nil, err
	}
	balance, ok := add(c.Balance, change)
	_, taxable := add(c.ThisTurnIncome, max(0, change))
	if !ok || !taxable {
		return nil, Refuse(CodeInvalidField, "Neither the balance nor the income of a turn can exceed %d", MaxAmount)
	}
	if balance < 0 {
		return nil, Refuse(CodeNoFunds, "%s has only %d", c.Name, c.Balance)
	}
	d := s.begin(Env{})
	c = d.edit(company)
	if change > 0 {
		d.earn(c, change)
	} else {
		d.pay(c, change)
	}
	return d.events, nil
}

// AmendItems adds change units of a resource to the warehouse of a company.
// expected are the units of it that the caller has seen there; nil: any. It
// refuses, in this order: an unknown company (CodeNotFound), the stage End
// (CodeWrongStage), a resource that the ruleset does not have, a change of 0
// (CodeInvalidField), units other than the expected ones (CodeConflict), one that takes more than there is (CodeNoResources), and
// one that adds more than there is room for (CodeNoSpace).
func (s *Session) AmendItems(company int64, resource string, change int64, expected *int64) ([]Event, error) {
	c, err := s.amendable(company)
	if err != nil {
		return nil, err
	}
	if s.Rules.Resource(resource) == nil {
		return nil, Refuse(CodeInvalidField, "No resource of this session is called %s", resource)
	}
	if err := checkChange(change); err != nil {
		return nil, err
	}
	if err := checkQuantity(c, resource, expected); err != nil {
		return nil, err
	}
	d := s.begin(Env{})
	if has := c.Goods.Amount(resource); change < -has {
		return nil, Refuse(CodeNoResources, "%s has only %d of %s", c.Name, has, resource)
	}
	if room := d.room(c); change > room {
		return nil, Refuse(CodeNoSpace, "The warehouse of %s has room for %d more of %d", c.Name, room, s.Capacity(c))
	}
	c = d.edit(company)
	if change > 0 {
		d.store(c, resource, change)
	} else {
		d.take(c, resource, -change)
	}
	return d.events, nil
}

// AmendName renames a company. It refuses, in this order: an unknown company
// (CodeNotFound), the stage End (CodeWrongStage), a name that breaks the rules
// (CodeInvalidField), the one that it has, and one that another company of s has
// (CodeConflict).
func (s *Session) AmendName(company int64, name string) ([]Event, error) {
	c, err := s.amendable(company)
	if err != nil {
		return nil, err
	}
	name, err = cleanCompanyName(name)
	if err != nil {
		return nil, err
	}
	if c.Name == name {
		return nil, Refuse(CodeConflict, "The company is called %s already", name)
	}
	if s.companyNameTaken(name) {
		return nil, companyNameTaken(name)
	}
	d, old := s.begin(Env{}), c.Name
	d.edit(company).Name = name
	d.tell(CompanyNameUpdated{CompanyID: company, Old: old, New: name})
	return d.events, nil
}

// amendable returns a company that may be changed from outside the game.
func (s *Session) amendable(company int64) (*Company, error) {
	c := s.Company(company)
	if c == nil {
		return nil, CompanyNotFound()
	}
	if s.Stage == StageEnd {
		return nil, Refuse(CodeWrongStage, "Companies cannot be changed in stage %s", StageEnd)
	}
	return c, nil
}

func checkChange(change int64) error {
	if change == 0 {
		return Refuse(CodeInvalidField, "The change must not be 0")
	}
	return nil
}
