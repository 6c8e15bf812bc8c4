package game

// Improvement is something that a company can improve.
type Improvement string

// The improvements.
const (
	ImproveWarehouse Improvement = "warehouse"
	ImproveContracts Improvement = "contracts" // without effect yet: the game has no contracts
	ImproveStation   Improvement = "station"
	ImproveFactory   Improvement = "factory"
)

// levels returns the levels of i on a type of cell. It returns nil if i depends on the cell and
// cellType is "".
func (r *Ruleset) levels(i Improvement, cellType string) []Level {
	b := r.BuildingsOn(cellType)
	switch i {
	case ImproveWarehouse:
		return r.Warehouse
	case ImproveContracts:
		return r.Contracts
	case ImproveStation:
		if b != nil {
			return b.Station
		}
	case ImproveFactory:
		if b != nil {
			return b.Factory
		}
	}
	return nil
}

// of returns the level of i, for reading and changing.
func (l *Levels) of(i Improvement) *int64 {
	switch i {
	case ImproveWarehouse:
		return &l.Warehouse
	case ImproveContracts:
		return &l.Contracts
	case ImproveStation:
		return &l.Station
	case ImproveFactory:
		return &l.Factory
	}
	return new(int64)
}

// ImprovementOrder is a request to raise an improvement of a company by one level.
type ImprovementOrder struct {
	CompanyID     int64
	Improvement   Improvement
	CellType      string // the cell type that the company must stand on; "": any
	ExpectedLevel *int64 // the level before the improvement, as the caller has seen it; nil accepts any
}

// Improve raises an improvement of a company by one level and takes its cost. A higher factory
// level adds unfitted factories up to the number of that level.
//
// It refuses, in this order: an unknown company (CodeNotFound), the stage End (CodeWrongStage), a
// company in prison (CodeInPrison), a station or factory of a company without a cell, another cell
// type and another level than expected (CodeConflict), the highest level (CodeLimit), and a balance
// below the cost (CodeNoFunds).
func (s *Session) Improve(o ImprovementOrder, env Env) ([]Event, error) {
	company, i := o.CompanyID, o.Improvement
	c := s.Company(company)
	if c == nil {
		return nil, CompanyNotFound()
	}
	if s.Stage == StageEnd {
		return nil, Refuse(CodeWrongStage, "Nothing can be improved in stage %s", StageEnd)
	}
	if c.InPrison() {
		return nil, Refuse(CodeInPrison, "%s is in prison until step %d and cannot improve anything", c.Name, c.PrisonEndStep)
	}
	levels := s.Rules.levels(i, s.CellType(c))
	if err := s.checkImprove(c, o, levels); err != nil {
		return nil, err
	}
	d := s.begin(env)
	c = d.mutable(company)
	level := c.Levels.of(i)
	*level++
	d.emit(CompanyImprovementUpgraded{CompanyID: company, Improvement: i, Level: *level})
	d.pay(c, -levels[*level-1].Cost)
	if i == ImproveFactory {
		d.addFactories(c, levels[*level-1].Figure-int64(len(c.Factories)), 0)
	}
	return d.events, nil
}

func (s *Session) checkImprove(c *Company, o ImprovementOrder, levels []Level) error {
	i := o.Improvement
	if levels == nil {
		return Refuse(CodeConflict, "%s has no cell yet, where its %s would be", c.Name, i)
	}
	if cellType := s.CellType(c); o.CellType != "" && o.CellType != cellType {
		return Refuse(CodeConflict, "%s stands on a cell of type %s, not %s", c.Name, cellType, o.CellType)
	}
	level := *c.Levels.of(i)
	if differs(o.ExpectedLevel, level) {
		return Outdated("expected_level", "The %s of %s has level %d, not %d", i, c.Name, level, *o.ExpectedLevel)
	}
	if level == MaxLevel {
		return Refuse(CodeLimit, "The %s of %s has the highest level, %d", i, c.Name, level)
	}
	if cost := levels[level].Cost; c.Balance < cost {
		return Refuse(CodeNoFunds, "Level %d of the %s costs %d; %s has %d", level+1, i, cost, c.Name, c.Balance)
	}
	return nil
}
