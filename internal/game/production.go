package game

import "slices"

// shift is what the station and the factories of one company do in a turn.
type shift struct {
	*deed

	company *Company
	goods   Goods  // in the warehouse; the shift's own list, changed in place
	space   int64  // units of room left in it
	rests   []bool // by factory: starts nothing new in this turn
}

// extractAndProduce is the part of a turn in which goods are made, for c, in
// prison or not: finished outputs that wait for room are stored, in the order of
// the factories and each whole or not yet; then the station extracts as much as
// there is room for; then each factory does its turn.
func (d *deed) extractAndProduce(c *Company) {
	w := &shift{
		deed: d, company: c,
		goods: slices.Clone(c.Goods), space: d.Capacity(c) - c.Goods.Total(), rests: make([]bool, len(c.Factories)),
	}
	for i := range c.Factories {
		if f := &c.Factories[i]; f.waits() {
			w.rests[i] = true
			w.deliver(f)
		}
	}
	w.extract()
	for i := range c.Factories {
		if !w.rests[i] {
			w.work(&c.Factories[i])
		}
	}
	c.Goods = w.goods
}

// extract stores what the station gives, as far as there is room.
func (w *shift) extract() {
	cell := w.Rules.PickableCell(w.CellType(w.company))
	if cell == nil {
		return
	}
	station := w.Rules.levels(ImproveStation, cell.Type)[w.company.Levels.Station-1]
	w.add(cell.Resource, min(station.Figure, w.space))
}

// work is one turn of a factory that has no output waiting.
func (w *shift) work(f *Factory) {
	switch {
	case f.Refit > 0:
		w.refit(f)
		return
	case f.Needed == 0:
		w.start(f)
	default:
		f.Done++
	}
	if f.waits() {
		w.deliver(f)
	}
}

func (w *shift) refit(f *Factory) {
	if f.Refit--; f.Refit == 0 {
		f.Fitted = f.Kit
		w.tell(FactoryRefitEnded{FactoryID: f.ID, CompanyID: w.company.ID})
	}
}

// start begins a production if f is fitted and is to make something, and all
// materials are there. They are taken at once, and this turn is its first.
func (w *shift) start(f *Factory) {
	if f.Kit == "" || !f.Produce && !f.Auto {
		return
	}
	p := w.Rules.Good(f.Kit).Production
	for _, m := range p.Materials {
		if w.goods.Amount(m.Resource) < m.Amount {
			return
		}
	}
	for _, m := range p.Materials {
		w.remove(m.Resource, m.Amount)
	}
	f.Done, f.Needed = 1, p.Turns
}

// deliver stores the output of a production that is through, if there is room
// for all of it.
func (w *shift) deliver(f *Factory) {
	output := w.Rules.Good(f.Kit).Production.Output
	if output > w.space {
		return
	}
	w.add(f.Kit, output)
	f.Produced = saturate(f.Produced + output)
	f.Done, f.Needed = 0, 0
	f.Produce = f.Produce && f.Auto
	w.tell(FactoryProductionEnded{FactoryID: f.ID, CompanyID: w.company.ID})
}

// add is deed.store, and remove deed.take, on the list of the shift: a company
// has up to hundreds of factories, and a new list for each change would be most
// of a turn's work.
func (w *shift) add(resource string, amount int64) {
	if amount <= 0 {
		return
	}
	i, there := w.goods.find(resource)
	if !there {
		w.goods = slices.Insert(w.goods, i, Stock{Resource: resource})
	}
	w.goods[i].Amount += amount
	w.space -= amount
	w.tell(CompanyResourceAdded{CompanyID: w.company.ID, Resource: resource, Amount: amount})
}

func (w *shift) remove(resource string, amount int64) {
	i, _ := w.goods.find(resource)
	if w.goods[i].Amount -= amount; w.goods[i].Amount == 0 {
		w.goods = slices.Delete(w.goods, i, i+1)
	}
	w.space += amount
	w.tell(CompanyResourceRemoved{CompanyID: w.company.ID, Resource: resource, Amount: amount})
}
