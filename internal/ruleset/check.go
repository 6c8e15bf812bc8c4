package ruleset

import (
	"fmt"
	"maps"
	"slices"

	"seg.example/internal/game"
)

// check checks the rules that the schema cannot express: references to unknown names, cells outside
// the map, conditions out of order, goods too large for every warehouse, a prison without an end.
func check(f *rawRuleset) error {
	var p problems
	fixedCells := checkFixed(&p, f)
	checkPickable(&p, f, fixedCells)
	checkResources(&p, f)
	checkTerms(&p, "/bank/credit", &f.Bank.Credit)
	checkTerms(&p, "/bank/contribution", &f.Bank.Contribution)
	checkLevels(&p, f)
	checkPrison(&p, f)
	return p.err()
}

// checkPrison checks that the start reputation does not lead to prison. A company starts with it and
// leaves prison with it, so otherwise every company would be in prison for the whole game.
func checkPrison(p *problems, f *rawRuleset) {
	if start, on := f.Start.Reputation, f.Reputation.Prison.OnReputation; start <= on {
		p.add("/start/reputation", "%d leads to prison: it must be above /reputation/prison/on_reputation, %d", start, on)
	}
}

// checkLevels checks that no improvement reduces the factories or the capacity: a company could then
// have more than it may.
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

// checkFixed checks the fixed cells and returns their number, including invalid ones.
func checkFixed(p *problems, f *rawRuleset) (cells int64) {
	taken := map[game.Position]string{} // name of the cell at a position
	for _, name := range slices.Sorted(maps.Keys(f.Cells.Fixed)) {
		cell, at := f.Cells.Fixed[name], "/cells/fixed/"+name
		if _, both := f.Cells.Pickable[name]; both {
			p.add(at, "a cell cannot be both fixed and pickable")
		}
		if int64(len(cell.Locations)) > cell.MaxAmount {
			p.add(at+"/locations", "%d locations are more than max_amount, %d", len(cell.Locations), cell.MaxAmount)
		}
		cells += int64(len(cell.Locations))
		for i, location := range cell.Locations {
			at := fmt.Sprintf("%s/locations/%d", at, i)
			position, err := f.parsePosition(location)
			if err != nil {
				p.add(at, "%v", err)
				continue
			}
			if other, occupied := taken[position]; occupied {
				p.add(at, "%s is already taken by %s", location, other)
			}
			taken[position] = name
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
		return p, fmt.Errorf("%s is outside the map", text)
	}
	return p, nil
}

// checkPickable checks the pickable cells. The map fills its other cells with equal shares of each type.
func checkPickable(p *problems, f *rawRuleset, fixed int64) {
	types := int64(len(f.Cells.Pickable))
	share := (f.Map.Rows*f.Map.Cols - fixed + types - 1) / types
	for name, cell := range f.Cells.Pickable {
		at := "/cells/pickable/" + name
		if cell.MaxAmount < share {
			p.add(at+"/max_amount", "%d is too small: its share of the map is %d cells", cell.MaxAmount, share)
		}
		if r, known := f.Resources[cell.ResourceID]; !known || r.Production != nil {
			p.add(at+"/resource_id", "there is no raw resource %s", cell.ResourceID)
		}
		if r, known := f.Resources[cell.StartComplectation]; !known || r.Production == nil {
			p.add(at+"/start_complectation", "there is no good %s", cell.StartComplectation)
		}
	}
}

// checkResources checks the productions. One that needs or makes more than the largest warehouse holds
// could never start or end.
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
				p.add(at+"/materials/"+material, "there is no other resource with this name")
			}
			total += amount // at most 100 materials of 2^53 units: no overflow
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
			p.add(at, "the first condition must start at 0")
		case i > 0 && c.FromReputation <= terms.Conditions[i-1].FromReputation:
			p.add(at, "must be higher than in the condition before")
		}
	}
}
