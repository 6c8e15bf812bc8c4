package ruleset

import (
	"fmt"
	"maps"
	"slices"

	"seg.example/internal/game"
)

// check finds what the schema cannot say: names that refer to nothing, cells
// that do not fit on the map, conditions out of order, goods that no warehouse
// could hold, a prison that nobody gets out of.
func check(f *rawRuleset) error {
	var p problems
	taken := checkFixed(&p, f)
	checkPickable(&p, f, taken)
	checkResources(&p, f)
	checkTerms(&p, "/bank/credit", &f.Bank.Credit)
	checkTerms(&p, "/bank/contribution", &f.Bank.Contribution)
	checkLevels(&p, f)
	checkPrison(&p, f)
	return p.err()
}

// checkPrison: a company begins, and leaves prison, with the reputation of the start. If that led to prison, every company would be
// there from the first turn to the last, and nobody could use the bank or the exchange.
func checkPrison(p *problems, f *rawRuleset) {
	if start, on := f.Start.Reputation, f.Reputation.Prison.OnReputation; start <= on {
		p.add("/start/reputation", "%d leads to prison, as it is not above /reputation/prison/on_reputation, %d", start, on)
	}
}

// checkLevels: whoever improves something must not have too many factories, or too many goods, afterwards.
func checkLevels(p *problems, f *rawRuleset) {
	for name, cell := range f.Improvements.byCell() {
		for level := 1; level < len(cell.Factory); level++ {
			if cell.Factory[level].Tasks < cell.Factory[level-1].Tasks {
				p.add(fmt.Sprintf("/improvements/%s/factory/%d/tasksPerTurn", name, level), "fewer than at the level below")
			}
		}
	}
	warehouse := f.Improvements.Warehouse
	for level := 1; level < len(warehouse); level++ {
		if warehouse[level].Capacity < warehouse[level-1].Capacity {
			p.add(fmt.Sprintf("/improvements/warehouse/%d/capacity", level), "less than at the level below")
		}
	}
}

// checkFixed returns the number of cells that are fixed, rightly or wrongly.
func checkFixed(p *problems, f *rawRuleset) (cells int64) {
	lies := map[game.Position]string{} // what lies at a position
	for _, name := range slices.Sorted(maps.Keys(f.Cells.Fixed)) {
		cell, at := f.Cells.Fixed[name], "/cells/fixed/"+name
		if _, both := f.Cells.Pickable[name]; both {
			p.add(at, "a cell is fixed or pickable, not both")
		}
		if int64(len(cell.Locations)) > cell.MaxAmount {
			p.add(at+"/locations", "%d, more than max_amount", len(cell.Locations))
		}
		cells += int64(len(cell.Locations))
		for i, location := range cell.Locations {
			at := fmt.Sprintf("%s/locations/%d", at, i)
			position, err := f.parsePosition(location)
			if err != nil {
				p.add(at, "%v", err)
				continue
			}
			if other, occupied := lies[position]; occupied {
				p.add(at, "%s lies at %s already", other, location)
			}
			lies[position] = name
		}
	}
	return cells
}

// parsePosition reads "column:row".
func (f *rawRuleset) parsePosition(text string) (game.Position, error) {
	var p game.Position
	if _, err := fmt.Sscanf(text, "%d:%d", &p.X, &p.Y); err != nil {
		return p, fmt.Errorf("%s is not a position: %w", text, err)
	}
	if p.X >= f.Map.Cols || p.Y >= f.Map.Rows {
		return p, fmt.Errorf("%s lies outside the map", text)
	}
	return p, nil
}

// checkPickable: the cells that are not fixed are filled in equal shares.
func checkPickable(p *problems, f *rawRuleset, fixed int64) {
	types := int64(len(f.Cells.Pickable))
	share := (f.Map.Rows*f.Map.Cols - fixed + types - 1) / types
	for name, cell := range f.Cells.Pickable {
		at := "/cells/pickable/" + name
		if cell.MaxAmount < share {
			p.add(at+"/max_amount", "%d is too few: its share of the map is %d cells", cell.MaxAmount, share)
		}
		if r, known := f.Resources[cell.ResourceID]; !known || r.Production != nil {
			p.add(at+"/resource_id", "no raw resource is called %s", cell.ResourceID)
		}
		if r, known := f.Resources[cell.StartComplectation]; !known || r.Production == nil {
			p.add(at+"/start_complectation", "no good is called %s", cell.StartComplectation)
		}
	}
}

// checkResources: a production that asks for more than the largest warehouse
// holds, or gives more, could never start or end.
func checkResources(p *problems, f *rawRuleset) {
	var largest int64
	for _, level := range f.Improvements.Warehouse {
		largest = max(largest, level.Capacity)
	}
	for name, r := range f.Resources {
		if r.Production == nil {
			continue
		}
		at, total := "/resources/"+name+"/production", int64(0)
		for material, amount := range r.Production.Materials {
			if _, known := f.Resources[material]; !known || material == name {
				p.add(at+"/materials/"+material, "no other resource is called so")
			}
			total += amount // at most 100 of 2^53: no overflow
		}
		if total > largest {
			p.add(at+"/materials", "%d units, but the largest warehouse holds %d", total, largest)
		}
		if r.Production.Output > largest {
			p.add(at+"/output", "%d units, but the largest warehouse holds %d", r.Production.Output, largest)
		}
	}
}

func checkTerms(p *problems, at string, terms *bankTerms) {
	if terms.Max < terms.Min {
		p.add(at+"/max", "%d is less than min", terms.Max)
	}
	for i, c := range terms.Conditions {
		at := fmt.Sprintf("%s/conditions/%d/from_reputation", at, i)
		switch {
		case i == 0 && c.FromReputation != 0:
			p.add(at, "the first condition holds from 0")
		case i > 0 && c.FromReputation <= terms.Conditions[i-1].FromReputation:
			p.add(at, "not higher than the condition before")
		}
	}
}
