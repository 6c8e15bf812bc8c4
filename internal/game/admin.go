package game

// AdminChangeBalance adds change to the balance of a company. A positive change counts as income.
// expected is the balance that the caller has seen; nil accepts any. It refuses, in this order: an
// unknown company (CodeNotFound), the stage End (CodeWrongStage), a balance other than the expected
// one (CodeConflict), a change of 0, a change that takes the balance or the income of the turn
// beyond MaxAmount (CodeInvalidField), and a change that would make the balance negative
// (CodeNoFunds).
func (s *Session) AdminChangeBalance(company, change int64, expected *int64) ([]Event, error) {
	c, err := s.changeable(company)
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
	c = d.mutable(company)
	if change > 0 {
		d.earn(c, change)
	} else {
		d.pay(c, change)
	}
	return d.events, nil
}

// AdminChangeItems adds change units of a resource to the warehouse of a company. expected is the
// quantity that the caller has seen there; nil accepts any. It refuses, in this order: an unknown
// company (CodeNotFound), the stage End (CodeWrongStage), a resource that the ruleset does not
// have, a change of 0 (CodeInvalidField), a quantity other than the expected one (CodeConflict),
// the removal of more units than there are (CodeNoResources), and more units than there is room for
// (CodeNoSpace).
func (s *Session) AdminChangeItems(company int64, resource string, change int64, expected *int64) ([]Event, error) {
	c, err := s.changeable(company)
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
	c = d.mutable(company)
	if change > 0 {
		d.store(c, resource, change)
	} else {
		d.take(c, resource, -change)
	}
	return d.events, nil
}

// AdminRename renames a company. It refuses, in this order: an unknown company (CodeNotFound), the
// stage End (CodeWrongStage), an invalid name (CodeInvalidField), the present name, and the name of
// another company in s (CodeConflict).
func (s *Session) AdminRename(company int64, name string) ([]Event, error) {
	c, err := s.changeable(company)
	if err != nil {
		return nil, err
	}
	name, err = cleanCompanyName(name)
	if err != nil {
		return nil, err
	}
	if c.Name == name {
		return nil, Refuse(CodeConflict, "The company is already called %s", name)
	}
	if s.companyNameTaken(name) {
		return nil, companyNameTaken(name)
	}
	d, old := s.begin(Env{}), c.Name
	d.mutable(company).Name = name
	d.emit(CompanyNameUpdated{CompanyID: company, Old: old, New: name})
	return d.events, nil
}

// changeable returns a company that the administrator may change now.
func (s *Session) changeable(company int64) (*Company, error) {
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
