package game

import "slices"

// productionTurn is the extraction and production of one company in one turn.
type productionTurn struct {
	*mutation

	company *Company
	goods   Goods  // in the warehouse; an own copy that is changed in place
	space   int64  // units of room left in it
	idle    []bool // by factory: it waited for room at the start of the turn and starts nothing new in it
}

// extractAndProduce is the production part of a turn. It also runs in prison. First, finished
// outputs that wait for room are stored, in the order of the factories, each as a whole or not at
// all. Then the station extracts as much as there is room for. Then each factory works.
func (d *mutation) extractAndProduce(c *Company) {
	w := &productionTurn{
		mutation: d, company: c,
		goods: slices.Clone(c.Goods), space: d.Capacity(c) - c.Goods.Total(), idle: make([]bool, len(c.Factories)),
	}
	for i := range c.Factories {
		if f := &c.Factories[i]; f.waits() {
			w.idle[i] = true
			w.deliver(f)
		}
	}
	w.extract()
	for i := range c.Factories {
		if !w.idle[i] {
			w.work(&c.Factories[i])
		}
	}
	c.Goods = w.goods
}

// extract stores what the station extracts, as far as there is room.
func (w *productionTurn) extract() {
	cell := w.Rules.PickableCell(w.CellType(w.company))
	if cell == nil {
		return
	}
	station := w.Rules.levels(ImproveStation, cell.Type)[w.company.Levels.Station-1]
	w.add(cell.Resource, min(station.Figure, w.space))
}

// work plays one turn of a factory that has no output waiting.
func (w *productionTurn) work(f *Factory) {
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

func (w *productionTurn) refit(f *Factory) {
	if f.Refit--; f.Refit == 0 {
		f.Fitted = f.Kit
		w.emit(FactoryRefitEnded{FactoryID: f.ID, CompanyID: w.company.ID})
	}
}

// start begins a production if f is fitted, is ordered to produce and has all materials. It takes
// the materials at once, and this turn is the first of the production.
func (w *productionTurn) start(f *Factory) {
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

// deliver stores the output of a finished production if there is room for all of it.
func (w *productionTurn) deliver(f *Factory) {
	output := w.Rules.Good(f.Kit).Production.Output
	if output > w.space {
		return
	}
	w.add(f.Kit, output)
	f.Produced = saturate(f.Produced + output)
	f.Done, f.Needed = 0, 0
	f.Produce = f.Produce && f.Auto
	w.emit(FactoryProductionEnded{FactoryID: f.ID, CompanyID: w.company.ID})
}

// add and remove do what mutation.store and mutation.take do, but change the list in place: a
// company has up to hundreds of factories, and a new list for each change would take most of a
// turn's time.
func (w *productionTurn) add(resource string, amount int64) {
	if amount <= 0 {
		return
	}
	i, there := w.goods.find(resource)
	if !there {
		w.goods = slices.Insert(w.goods, i, Stock{Resource: resource})
	}
	w.goods[i].Amount += amount
	w.space -= amount
	w.emit(CompanyResourceAdded{CompanyID: w.company.ID, Resource: resource, Amount: amount})
}

func (w *productionTurn) remove(resource string, amount int64) {
	i, _ := w.goods.find(resource)
	if w.goods[i].Amount -= amount; w.goods[i].Amount == 0 {
		w.goods = slices.Delete(w.goods, i, i+1)
	}
	w.space += amount
	w.emit(CompanyResourceRemoved{CompanyID: w.company.ID, Resource: resource, Amount: amount})
}
