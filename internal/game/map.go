package game

import "slices"

// Position is a cell of a map: column X, row Y, both from 0.
type Position struct{ X, Y int64 }

// NoCell is the index of the cell of a company without one.
const NoCell = -1

// index returns the index of p in a session's Cells.
func (m MapSize) index(p Position) int64 { return p.Y*m.Cols + p.X }

// Position returns the position of the cell at index i in a session's Cells.
func (m MapSize) Position(i int64) Position { return Position{X: i % m.Cols, Y: i / m.Cols} }

// contains reports whether p is on a map of this size.
func (m MapSize) contains(p Position) bool {
	return p.X >= 0 && p.X < m.Cols && p.Y >= 0 && p.Y < m.Rows
}

// layMap gives each cell of the map its type: fixed cells where the ruleset puts them, the others
// in equal shares of the pickable types, shuffled with the session's seed. If the shares cannot be
// equal, the first types by name get one cell more.
func (d *mutation) layMap() {
	m := d.Rules.Map
	cells := make([]string, m.Rows*m.Cols)
	open := len(cells)
	for _, fixed := range d.Rules.Fixed {
		for _, p := range fixed.Locations {
			cells[m.index(p)] = fixed.Type
			open--
		}
	}
	types := d.shuffledTypes(open)
	next := 0
	for i := range cells {
		if cells[i] == "" {
			cells[i] = types[next]
			next++
		}
	}
	d.Cells = cells
}

// shuffledTypes returns n types of cells in equal shares, shuffled.
func (s *Session) shuffledTypes(n int) []string {
	types := make([]string, n)
	for i := range types {
		types[i] = s.Rules.Pickable[i%len(s.Rules.Pickable)].Type
	}
	random := s.random(randomMap)
	for i := n - 1; i > 0; i-- {
		j := random.IntN(i + 1)
		types[i], types[j] = types[j], types[i]
	}
	return types
}

// freeCells returns the indices of the cells that a company can still pick, row by row. It is empty
// before the map is laid out.
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

// FreeCells returns the cells that a company can still pick, row by row. It is empty before the map
// is laid out.
func (s *Session) FreeCells() []Position {
	free := s.freeCells()
	positions := make([]Position, len(free))
	for i, at := range free {
		positions[i] = s.Rules.Map.Position(at)
	}
	return positions
}

// PickCell puts a company on a cell of the map and gives it the factories that belong to that cell.
// A company may pick again; it loses the factories of its previous cell. It refuses, in this order:
// an unknown company (CodeNotFound), another stage than CellSelect (CodeWrongStage), a position
// outside the map (CodeInvalidField), a cell that cannot be picked, the company's own cell, and the
// cell of another company (CodeConflict).
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
	d.settle(d.mutableAt(i), s.Rules.Map.index(p))
	return d.events, nil
}

func (s *Session) checkPick(c *Company, p Position) error {
	m := s.Rules.Map
	if !m.contains(p) {
		return Refuse(CodeInvalidField, "The map has columns 0 to %d and rows 0 to %d", m.Cols-1, m.Rows-1)
	}
	at := m.index(p)
	if s.Rules.PickableCell(s.Cells[at]) == nil {
		return Refuse(CodeConflict, "Cell %d:%d is a %s, which no company can pick", p.X, p.Y, s.Cells[at])
	}
	if c.Cell == at {
		return Refuse(CodeConflict, "%s is already on cell %d:%d", c.Name, p.X, p.Y)
	}
	if slices.ContainsFunc(s.Companies, func(other *Company) bool { return other.Cell == at }) {
		return Refuse(CodeConflict, "Cell %d:%d is taken", p.X, p.Y)
	}
	return nil
}

// settle puts c on a free pickable cell. It deletes the factories that c had, and adds as many as
// its factory level gives there. The first third, rounded down, is fitted for the start kit of the
// cell.
func (d *mutation) settle(c *Company, cell int64) {
	old := d.cell(c)
	c.Cell = cell
	d.emit(CompanyPositionSet{CompanyID: c.ID, Old: old, New: d.Rules.Map.Position(cell)})
	for _, f := range c.Factories {
		d.emit(FactoryDeleted{FactoryID: f.ID, CompanyID: c.ID})
	}
	c.Factories = nil
	n := d.factoriesOf(c)
	d.addFactories(c, n, n/3)
}

// factoriesOf returns the number of factories that c can have. c must have a cell.
func (s *Session) factoriesOf(c *Company) int64 {
	return s.Rules.BuildingsOn(s.CellType(c)).Factory[c.Levels.Factory-1].Figure
}

// addFactories adds n new factories to c, which must have a cell. The first ones, as many as fitted
// says, are fitted for the start kit of the cell, the others are unfitted.
func (d *mutation) addFactories(c *Company, n, fitted int64) {
	kit := d.Rules.PickableCell(d.CellType(c)).StartKit
	for i := range n {
		f := Factory{ID: d.env.IDs.NextID(KindFactory)}
		if i < fitted {
			f.Kit, f.Fitted = kit, kit
		}
		c.Factories = append(c.Factories, f)
		d.emit(FactoryCreated{CompanyID: c.ID, Factory: f})
	}
}
