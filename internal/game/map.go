package game

import "slices"

// Position is a cell of a map: column X, row Y, both from 0.
type Position struct{ X, Y int64 }

// NoCell is where a company stands that stands nowhere.
const NoCell = -1

// index returns where p stands in a session's Cells.
func (m MapSize) index(p Position) int64 { return p.Y*m.Cols + p.X }

// Position returns which cell stands at i in a session's Cells.
func (m MapSize) Position(i int64) Position { return Position{X: i % m.Cols, Y: i / m.Cols} }

// holds tells whether p lies in a map of this size.
func (m MapSize) holds(p Position) bool {
	return p.X >= 0 && p.X < m.Cols && p.Y >= 0 && p.Y < m.Rows
}

// layMap gives each cell of the map its type: the fixed ones where the ruleset
// puts them, the others in equal shares of the pickable types, shuffled from the
// session's seed. Where the shares cannot be equal, the first types by name have
// one cell more.
func (d *deed) layMap() {
	m := d.Rules.Map
	cells := make([]string, m.Rows*m.Cols)
	open := len(cells)
	for _, fixed := range d.Rules.Fixed {
		for _, p := range fixed.Locations {
			cells[m.index(p)] = fixed.Type
			open--
		}
	}
	types := d.dealt(open)
	next := 0
	for i := range cells {
		if cells[i] == "" {
			cells[i] = types[next]
			next++
		}
	}
	d.Cells = cells
}

// dealt returns n types of cells in equal shares, shuffled.
func (s *Session) dealt(n int) []string {
	types := make([]string, n)
	for i := range types {
		types[i] = s.Rules.Pickable[i%len(s.Rules.Pickable)].Type
	}
	chance := s.chance(chanceMap)
	for i := n - 1; i > 0; i-- {
		j := chance.Roll(i + 1)
		types[i], types[j] = types[j], types[i]
	}
	return types
}

// freeCells returns the cells that a company may still pick, as they stand in
// Cells, row by row; none before the map is laid.
func (s *Session) freeCells() []int64 {
	taken := make(map[int64]bool, len(s.Companies))
	for _, c := range s.Companies {
		taken[c.Cell] = true
	}
	var free []int64
	for i, cell := range s.Cells {
		if at := int64(i); !taken[at] && s.Rules.PickableCell(cell) != nil {
			free = append(free, at)
		}
	}
	return free
}

// FreeCells returns the cells that a company may still pick, row by row; none
// before the map is laid.
func (s *Session) FreeCells() []Position {
	free := s.freeCells()
	positions := make([]Position, len(free))
	for i, at := range free {
		positions[i] = s.Rules.Map.Position(at)
	}
	return positions
}

// PickCell puts a company on a cell of the map and gives it the factories that
// it can have there. It may pick again, which loses it the factories it had. It
// refuses, in this order: an unknown company (CodeNotFound), another stage than
// CellSelect (CodeWrongStage), a position outside the map (CodeInvalidField), a
// cell that may not be picked, the company's own, and one that another company
// stands on (CodeConflict).
func (s *Session) PickCell(company int64, p Position, env Env) ([]Event, error) {
	i, exists := s.findCompany(company)
	if !exists {
		return nil, CompanyNotFound()
	}
	if s.Stage != StageCellSelect {
		return nil, Refuse(CodeWrongStage, "Companies can pick a cell only in stage %s", StageCellSelect)
	}
	if err := s.checkPick(s.Companies[i], p); err != nil {
		return nil, err
	}
	d := s.begin(env)
	d.settle(d.editAt(i), s.Rules.Map.index(p))
	return d.events, nil
}

func (s *Session) checkPick(c *Company, p Position) error {
	m := s.Rules.Map
	if !m.holds(p) {
		return Refuse(CodeInvalidField, "The map has columns 0 to %d and rows 0 to %d", m.Cols-1, m.Rows-1)
	}
	at := m.index(p)
	if s.Rules.PickableCell(s.Cells[at]) == nil {
		return Refuse(CodeConflict, "Cell %d:%d is a %s, which no company can pick", p.X, p.Y, s.Cells[at])
	}
	if c.Cell == at {
		return Refuse(CodeConflict, "%s stands on cell %d:%d already", c.Name, p.X, p.Y)
	}
	if slices.ContainsFunc(s.Companies, func(other *Company) bool { return other.Cell == at }) {
		return Refuse(CodeConflict, "Cell %d:%d is taken", p.X, p.Y)
	}
	return nil
}

// settle puts c on a free pickable cell. The factories that it had are deleted;
// it gets as many as its factory level gives there, of which the first third,
// cut to a whole number, is fitted for the start kit of the cell.
func (d *deed) settle(c *Company, cell int64) {
	old := d.cell(c)
	c.Cell = cell
	d.tell(CompanyPositionSet{CompanyID: c.ID, Old: old, New: d.Rules.Map.Position(cell)})
	for _, f := range c.Factories {
		d.tell(FactoryDeleted{FactoryID: f.ID, CompanyID: c.ID})
	}
	c.Factories = nil
	n := d.factoriesOf(c)
	d.addFactories(c, n, n/3)
}

// factoriesOf returns how many factories c, which has a cell, can have.
func (s *Session) factoriesOf(c *Company) int64 {
	return s.Rules.BuildingsOn(s.CellType(c)).Factory[c.Levels.Factory-1].Figure
}

// addFactories gives c, which has a cell, n new factories. The first fitted of
// them are fitted for the start kit of the cell, the others for nothing.
func (d *deed) addFactories(c *Company, n, fitted int64) {
	kit := d.Rules.PickableCell(d.CellType(c)).StartKit
	for i := range n {
		f := Factory{ID: d.env.IDs.NextID(KindFactory)}
		if i < fitted {
			f.Kit, f.Fitted = kit, kit
		}
		c.Factories = append(c.Factories, f)
		d.tell(FactoryCreated{CompanyID: c.ID, Factory: f})
	}
}
