package game

import (
	"cmp"
	"slices"
)

// waits tells whether f has finished a production whose output is not stored.
func (f *Factory) waits() bool { return f.Needed > 0 && f.Done == f.Needed }

// RefitFactory orders a factory to be refitted to make good. What it is making,
// or has made and not stored, is lost. expectedWorking says whether the caller
// has seen it working, as IsWorking tells; nil: either. It refuses, in this
// order: an unknown factory (CodeNotFound), the stage End (CodeWrongStage), what
// is no good (CodeInvalidField), the kit that it has or that it is being refitted
// for, and a factory that works other than expected (CodeConflict).
func (s *Session) RefitFactory(id int64, good string, expectedWorking *bool) ([]Event, error) {
	company, i, err := s.factoryToChange(id)
	if err != nil {
		return nil, err
	}
	if err := s.checkGood(good); err != nil {
		return nil, err
	}
	switch f := &s.Companies[company].Factories[i]; {
	case f.Kit == good && f.Refit > 0:
		return nil, Refuse(CodeConflict, "The factory is already being refitted to make %s", good)
	case f.Fitted == good:
		return nil, Refuse(CodeConflict, "The factory is already fitted to make %s", good)
	case differs(expectedWorking, f.IsWorking()):
		return nil, Outdated("expected_is_working", "is_working of the factory is %t, not %t", f.IsWorking(), *expectedWorking)
	}
	d := s.begin(Env{})
	c := d.editAt(company)
	d.refit(c, &c.Factories[i], good)
	return d.events, nil
}

// BulkRefit says which factories of a company are to be refitted.
type BulkRefit struct {
	CompanyID int64
	From      string // good that they are fitted for; "": those never fitted
	To        string // good to fit them for
	Count     int64  // how many at most, at least 1; those with the lowest ids
	Produce   bool   // those whose Produce is this

	ExpectedMatches *int64 // factories that match, also those beyond Count, as the caller has seen them; nil: any
}

// RefitFactories orders the factories of b that are not being refitted to be
// refitted; that there are none is no refusal. What they are making, or have
// made and not stored, is lost. It refuses, in this order: an unknown company
// (CodeNotFound), the stage End (CodeWrongStage), what is no good, as From or To
// (CodeInvalidField), the same for both, and another number of matching factories
// than expected (CodeConflict).
func (s *Session) RefitFactories(b BulkRefit) ([]Event, error) {
	company, exists := s.findCompany(b.CompanyID)
	if !exists {
		return nil, CompanyNotFound()
	}
	if err := s.checkFactoryStage(); err != nil {
		return nil, err
	}
	if b.From != "" {
		if err := s.checkGood(b.From); err != nil {
			return nil, err
		}
	}
	if err := s.checkGood(b.To); err != nil {
		return nil, err
	}
	if b.From == b.To {
		return nil, Refuse(CodeConflict, "The factories are already fitted to make %s", b.To)
	}
	matches := b.matches(s.Companies[company])
	if n := int64(len(matches)); differs(b.ExpectedMatches, n) {
		return nil, Outdated("expected_factories", "%d factories match, not %d", n, *b.ExpectedMatches)
	}
	d := s.begin(Env{})
	for _, i := range matches[:min(b.Count, int64(len(matches)))] {
		c := d.editAt(company)
		d.refit(c, &c.Factories[i], b.To)
	}
	return d.events, nil
}

// matches returns the indices of the factories of c that b is about, also of those beyond its Count.
func (b *BulkRefit) matches(c *Company) []int {
	var matches []int
	for i := range c.Factories {
		if f := &c.Factories[i]; f.Refit == 0 && f.Kit == b.From && f.Produce == b.Produce {
			matches = append(matches, i)
		}
	}
	return matches
}

// refit starts refitting f, a factory of c, from the kit it has to good.
func (d *deed) refit(c *Company, f *Factory, good string) {
	turns := d.Rules.Good(good).Level
	if old := d.Rules.Good(f.Fitted); old != nil && turns > old.Level {
		turns -= old.Level
	}
	f.Kit, f.Refit, f.Done, f.Needed = good, turns, 0, 0
	d.tell(FactoryRefitStarted{FactoryID: f.ID, CompanyID: c.ID})
}

// SetFactoryProduce tells a factory to start one production as soon as it can,
// or not to. It refuses, in this order: an unknown factory (CodeNotFound), the
// stage End (CodeWrongStage), a factory with a production under way or waiting
// for room, and what it has been told already (CodeConflict).
func (s *Session) SetFactoryProduce(id int64, order FactoryOrder) ([]Event, error) {
	company, i, err := s.factoryToChange(id)
	if err != nil {
		return nil, err
	}
	switch f := &s.Companies[company].Factories[i]; {
	case f.waits():
		return nil, Refuse(CodeConflict, "The factory has finished a production, which waits for room in the warehouse; produce can be set when it is stored")
	case f.IsWorking():
		return nil, Refuse(CodeConflict, "The factory has a production under way; produce can be set when it is stored")
	case f.Produce == bool(order):
		return nil, Refuse(CodeConflict, "produce is %t already", order)
	}
	s.begin(Env{}).editAt(company).Factories[i].Produce = bool(order)
	return nil, nil
}

// SetFactoryAuto tells a factory to start each next production by itself, or not
// to, whatever it is doing. It refuses, in this order: an unknown factory
// (CodeNotFound), the stage End (CodeWrongStage), what it has been told already
// (CodeConflict).
func (s *Session) SetFactoryAuto(id int64, order FactoryOrder) ([]Event, error) {
	company, i, err := s.factoryToChange(id)
	if err != nil {
		return nil, err
	}
	if s.Companies[company].Factories[i].Auto == bool(order) {
		return nil, Refuse(CodeConflict, "is_auto is %t already", order)
	}
	s.begin(Env{}).editAt(company).Factories[i].Auto = bool(order)
	return nil, nil
}

// FactoryOrder tells a factory to do something, or not to.
type FactoryOrder bool

// The orders.
const (
	FactoryStart FactoryOrder = true
	FactoryStop  FactoryOrder = false
)

// factoryToChange returns where a factory stands: in the session's list of
// companies, and in its company's list of factories. It refuses an unknown one,
// and a stage in which factories do not change.
func (s *Session) factoryToChange(id int64) (company, i int, err error) {
	for company, c := range s.Companies {
		i, exists := slices.BinarySearchFunc(c.Factories, id, func(f Factory, id int64) int { return cmp.Compare(f.ID, id) })
		if exists {
			return company, i, s.checkFactoryStage()
		}
	}
	return 0, 0, FactoryNotFound()
}

func (s *Session) checkFactoryStage() error {
	if s.Stage == StageEnd {
		return Refuse(CodeWrongStage, "Factories cannot be changed in stage %s", StageEnd)
	}
	return nil
}

// checkGood refuses what no factory can make.
func (s *Session) checkGood(name string) error {
	switch r := s.Rules.Resource(name); {
	case r == nil:
		return unknownResource(name)
	case r.Production == nil:
		return Refuse(CodeInvalidField, "%s is a raw material, which no factory makes", name)
	}
	return nil
}

func unknownResource(name string) *Refusal {
	return Refuse(CodeInvalidField, "No resource of this session is called %s", name)
}
