package game

import (
	"cmp"
	"slices"
)

// waits reports whether f has finished a production whose output is not stored yet.
func (f *Factory) waits() bool { return f.Needed > 0 && f.Done == f.Needed }

// RefitFactory starts refitting a factory to make good. A running production and an output that
// waits for room are lost. expectedWorking is the caller's view of IsWorking; nil accepts both. It
// refuses, in this order: an unknown factory (CodeNotFound), the stage End (CodeWrongStage), a
// resource that is no good (CodeInvalidField), the present kit, also during its refitting, and a
// factory whose IsWorking is not as expected (CodeConflict).
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
	c := d.mutableAt(company)
	d.refit(c, &c.Factories[i], good)
	return d.events, nil
}

// BulkRefit selects the factories of a company to refit.
type BulkRefit struct {
	CompanyID int64
	From      string // present kit; "": unfitted
	To        string // good to refit them for
	Count     int64  // maximum number, at least 1; the ones with the lowest ids
	Produce   bool   // only factories with this value of Produce

	ExpectedMatches *int64 // number of matching factories, also beyond Count, as the caller has seen it; nil accepts any
}

// RefitFactories starts refitting the selected factories that are not being refitted. It is no
// error if there are none. Running productions and outputs that wait for room are lost. It refuses,
// in this order: an unknown company (CodeNotFound), the stage End (CodeWrongStage), a resource that
// is no good as From or To (CodeInvalidField), the same good for both, and another number of
// matching factories than expected (CodeConflict).
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
		c := d.mutableAt(company)
		d.refit(c, &c.Factories[i], b.To)
	}
	return d.events, nil
}

// matches returns the indices of the matching factories of c, also of those beyond Count.
func (b *BulkRefit) matches(c *Company) []int {
	var matches []int
	for i := range c.Factories {
		if f := &c.Factories[i]; f.Refit == 0 && f.Kit == b.From && f.Produce == b.Produce {
			matches = append(matches, i)
		}
	}
	return matches
}

// refit starts refitting f, a factory of c, for good.
func (d *mutation) refit(c *Company, f *Factory, good string) {
	turns := d.Rules.Good(good).Level
	if old := d.Rules.Good(f.Fitted); old != nil && turns > old.Level {
		turns -= old.Level
	}
	f.Kit, f.Refit, f.Done, f.Needed = good, turns, 0, 0
	d.emit(FactoryRefitStarted{FactoryID: f.ID, CompanyID: c.ID})
}

// SetFactoryProduce orders a factory to start one production as soon as it can, or cancels that
// order. It refuses, in this order: an unknown factory (CodeNotFound), the stage End
// (CodeWrongStage), a running production and an output that waits for room, and an order without
// effect (CodeConflict).
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
	s.begin(Env{}).mutableAt(company).Factories[i].Produce = bool(order)
	return nil, nil
}

// SetFactoryAuto switches the automatic start of each next production on or off, whatever the
// factory is doing. It refuses, in this order: an unknown factory (CodeNotFound), the stage End
// (CodeWrongStage), an order without effect (CodeConflict).
func (s *Session) SetFactoryAuto(id int64, order FactoryOrder) ([]Event, error) {
	company, i, err := s.factoryToChange(id)
	if err != nil {
		return nil, err
	}
	if s.Companies[company].Factories[i].Auto == bool(order) {
		return nil, Refuse(CodeConflict, "is_auto is %t already", order)
	}
	s.begin(Env{}).mutableAt(company).Factories[i].Auto = bool(order)
	return nil, nil
}

// FactoryOrder switches a setting of a factory on or off.
type FactoryOrder bool

// The orders.
const (
	FactoryStart FactoryOrder = true
	FactoryStop  FactoryOrder = false
)

// factoryToChange returns the position of a factory: the index of its company, and its index in
// that company. It refuses an unknown factory, and a stage in which factories cannot change.
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

// checkGood refuses a resource that no factory makes.
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
