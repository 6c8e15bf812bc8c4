package game

import "slices"

// Secret codes of companies have six digits, the first of which is not 0.
const (
	firstCode = 100_000
	codes     = 900_000
)

// CreateCompany founds a company in s. Its founder joins it and owns it. It refuses, in this order:
// an unknown founder (CodeNotFound), another stage than FreeUserConnect (CodeWrongStage), an
// invalid name (CodeInvalidField), a founder who is in a company, a name that another company of s
// has (CodeConflict), and more companies than the ruleset allows (CodeLimit). The secret code
// differs from those of the other companies of s. The store checks whether another session has it.
func (s *Session) CreateCompany(name string, founder int64, env Env) (CompanyView, []Event, error) {
	i, exists := s.find(founder)
	if !exists {
		return CompanyView{}, nil, UserNotFound()
	}
	if s.Stage != StageFreeUserConnect {
		return CompanyView{}, nil, Refuse(CodeWrongStage, "Companies can be founded only in stage %s", StageFreeUserConnect)
	}
	name, err := s.newCompanyName(name, i)
	if err != nil {
		return CompanyView{}, nil, err
	}
	if limit := s.Rules.Limits.Companies; int64(len(s.Companies)) >= limit {
		return CompanyView{}, nil, Refuse(CodeLimit, "A session has at most %d companies", limit)
	}
	d := s.begin(env)
	c := d.found(name, founder)
	view := s.View(c)
	d.emit(CompanyCreated{Company: view})
	d.join(i, c.ID)
	return view, d.events, nil
}

// newCompanyName returns the cleaned name of a company that the user at index i wants to found.
func (s *Session) newCompanyName(raw string, i int) (string, error) {
	name, err := cleanCompanyName(raw)
	if err != nil {
		return "", err
	}
	if u := s.Users[i]; u.CompanyID != 0 {
		return "", inCompany(u)
	}
	if s.companyNameTaken(name) {
		return "", companyNameTaken(name)
	}
	return name, nil
}

// found adds a company without users.
func (d *mutation) found(name string, owner int64) *Company {
	c := &Company{
		ID: d.env.IDs.NextID(KindCompany), Name: name, OwnerID: owner, SecretCode: d.randomCode(),
		Balance: d.Rules.Start.Balance, Reputation: d.Rules.Start.Reputation, Cell: NoCell,
		Levels:   Levels{Warehouse: 1, Contracts: 1, Station: 1, Factory: 1},
		Business: BusinessSmall, generation: d.generation,
	}
	d.Companies = append(d.Companies, c)
	return c
}

func (d *mutation) randomCode() int64 {
	for {
		code := int64(firstCode + d.env.Rand.IntN(codes))
		if d.companyWithCode(code) == nil {
			return code
		}
	}
}

func (s *Session) companyWithCode(code int64) *Company {
	i := slices.IndexFunc(s.Companies, func(c *Company) bool { return c.SecretCode == code })
	if i < 0 {
		return nil
	}
	return s.Companies[i]
}

// JoinCompany adds a user to the company of s with this secret code. It refuses, in this order: an
// unknown user, a code that no company of s has (CodeNotFound), another stage than FreeUserConnect
// (CodeWrongStage), a user who is in a company (CodeConflict), and more players than the ruleset
// allows (CodeLimit).
func (s *Session) JoinCompany(user, code int64) ([]Event, error) {
	i, exists := s.find(user)
	if !exists {
		return nil, UserNotFound()
	}
	c := s.companyWithCode(code)
	if c == nil {
		return nil, CompanyNotFound()
	}
	if err := s.checkJoinStage(); err != nil {
		return nil, err
	}
	if u := s.Users[i]; u.CompanyID != 0 {
		return nil, inCompany(u)
	}
	if err := s.checkSeat(c.ID); err != nil {
		return nil, err
	}
	d := s.begin(Env{})
	d.join(i, c.ID)
	return d.events, nil
}

func (s *Session) checkJoinStage() error {
	if s.Stage != StageFreeUserConnect {
		return Refuse(CodeWrongStage, "Companies can be joined only in stage %s", StageFreeUserConnect)
	}
	return nil
}

func (s *Session) checkSeat(company int64) error {
	if limit := s.Rules.Limits.Players; int64(len(s.usersOf(company))) >= limit {
		return Refuse(CodeLimit, "A company has at most %d players", limit)
	}
	return nil
}

// join adds the user at index i, who is in no company, to a company.
func (d *mutation) join(i int, company int64) {
	d.Users[i].CompanyID = company
	d.emit(UserAddedToCompany{CompanyID: company, UserID: d.Users[i].ID})
}

// LeaveCompany removes a user from its company. A company is deleted when its last user leaves. It
// refuses, in this order: an unknown user or company (CodeNotFound), the stage End
// (CodeWrongStage), and a company that the user is not in (CodeConflict).
func (s *Session) LeaveCompany(user, company int64) ([]Event, error) {
	i, exists := s.find(user)
	if !exists {
		return nil, UserNotFound()
	}
	if s.Company(company) == nil {
		return nil, CompanyNotFound()
	}
	if s.Stage == StageEnd {
		return nil, Refuse(CodeWrongStage, "Companies cannot be left in stage %s", StageEnd)
	}
	if s.Users[i].CompanyID != company {
		return nil, Refuse(CodeConflict, "User %d is not in company %d", user, company)
	}
	d := s.begin(Env{})
	d.Users[i].CompanyID = 0
	d.leave(user, company)
	return d.events, nil
}

// leave emits the event for a user who has left a company. Before the End it deletes a company
// without users. If the owner has left, the remaining user with the lowest id becomes the owner.
func (d *mutation) leave(user, company int64) {
	d.emit(UserLeftCompany{UserID: user, CompanyID: company})
	rest := d.usersOf(company)
	if len(rest) == 0 && d.Stage != StageEnd {
		d.removeCompany(d.Company(company))
		return
	}
	if d.Company(company).OwnerID != user {
		return
	}
	owner := int64(0)
	if len(rest) > 0 {
		owner = rest[0].ID
	}
	d.mutable(company).OwnerID = owner
}

// DeleteCompany removes a company with its factories and offers, in any stage. Its users stay in
// the session without a company. An unknown company is CodeNotFound.
func (s *Session) DeleteCompany(company int64) ([]Event, error) {
	c := s.Company(company)
	if c == nil {
		return nil, CompanyNotFound()
	}
	d := s.begin(Env{})
	d.removeCompany(c)
	return d.events, nil
}

// removeCompany deletes c. It emits the deletion first, then the departure of its users, then the
// deletion of its factories and offers. The goods in its warehouse and its offers are lost.
func (d *mutation) removeCompany(c *Company) {
	d.emit(CompanyDeleted{CompanyID: c.ID})
	for i := range d.Users {
		if u := &d.Users[i]; u.CompanyID == c.ID {
			u.CompanyID = 0
			d.emit(UserLeftCompany{UserID: u.ID, CompanyID: c.ID})
		}
	}
	for _, f := range c.Factories {
		d.emit(FactoryDeleted{FactoryID: f.ID, CompanyID: c.ID})
	}
	for _, o := range d.Offers {
		if o.CompanyID == c.ID {
			d.emit(OfferDeleted{SessionID: d.ID, OfferID: o.ID})
		}
	}
	d.Offers = slices.DeleteFunc(d.Offers, func(o Offer) bool { return o.CompanyID == c.ID })
	i, _ := d.findCompany(c.ID)
	d.Companies = slices.Delete(d.Companies, i, i+1)
}

func (s *Session) companyNameTaken(name string) bool {
	return slices.ContainsFunc(s.Companies, func(c *Company) bool { return c.Name == name })
}

func cleanCompanyName(raw string) (string, error) {
	name, ok := CleanName(raw)
	if !ok {
		return "", Refuse(CodeInvalidField, "A company name has 1-%d characters and no control characters", MaxName)
	}
	return name, nil
}

func companyNameTaken(name string) *Refusal {
	return Refuse(CodeConflict, "Company name %s is taken in this session", name)
}

func inCompany(u User) *Refusal {
	return Refuse(CodeConflict, "User %d is already in company %d; leave it first", u.ID, u.CompanyID)
}
