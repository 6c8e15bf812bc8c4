package game_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// Short names of events of the company 1.
func added(resource string, amount int64) game.Event {
	return game.CompanyResourceAdded{CompanyID: 1, Resource: resource, Amount: amount}
}

func removed(resource string, amount int64) game.Event {
	return game.CompanyResourceRemoved{CompanyID: 1, Resource: resource, Amount: amount}
}

func made(factory int64) game.Event {
	return game.FactoryProductionEnded{FactoryID: factory, CompanyID: 1}
}

func refitted(factory int64) game.Event {
	return game.FactoryRefitEnded{FactoryID: factory, CompanyID: 1}
}

// making returns a factory that is ready to make good, once or always.
func making(id int64, good string, produce, auto game.FactoryOrder) game.Factory {
	f := fitted(id, good)
	f.Produce, f.Auto = bool(produce), bool(auto)
	return f
}

const (
	yes = game.FactoryStart
	no  = game.FactoryStop
)

// produceOnce plays steps 5 and 6 of a turn for the first company of s.
func produceOnce(t *testing.T, s *game.Session, want ...game.Event) *game.Session {
	t.Helper()
	before := dump(s)
	next, events := game.ExtractAndProduce(s, 0)
	wantEvents(t, events, want...)
	if after := dump(s); after != before {
		t.Errorf("a turn on a copy changed\n%s\nto\n%s", before, after)
	}
	return next
}

func wantFactory(t *testing.T, s *game.Session, i int, want game.Factory) {
	t.Helper()
	if got := s.Companies[0].Factories[i]; got != want {
		t.Errorf("factory %d: got %+v, want %+v", i, got, want)
	}
}

func wantGoods(t *testing.T, s *game.Session, want ...game.Stock) {
	t.Helper()
	if got := s.Companies[0].Goods; !slices.Equal(got, want) {
		t.Errorf("got goods %v, want %v", got, want)
	}
}

// TestExtraction: a station on a mountain of level 1 gives 10 stone, as far as the 50 units of the
// warehouse have room.
func TestExtraction(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		goods game.Goods
		want  int64
	}{
		"room":        {game.Goods{{Resource: "stone", Amount: 3}}, 10},
		"room for 10": {game.Goods{{Resource: "fish", Amount: 40}}, 10},
		"room for 9":  {game.Goods{{Resource: "fish", Amount: 40}, {Resource: "grain", Amount: 1}}, 9}, // 50 - 41
		"full":        {game.Goods{{Resource: "fish", Amount: 50}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c1 := newCompany(1, c.goods)
			s := sessionInGame(t, rules, c1)
			c1.Cell = int64(slices.Index(s.Cells, "mountain"))
			var want []game.Event
			if c.want > 0 {
				want = append(want, added("stone", c.want))
			}
			next := produceOnce(t, s, want...)
			if got := next.Companies[0].Goods.Amount("stone"); got != c.goods.Amount("stone")+c.want {
				t.Errorf("got %d stone", got)
			}
		})
	}
	// Level 4: 60 stone.
	c1 := newCompany(1, nil)
	c1.Levels.Station, c1.Levels.Warehouse = 4, 2 // 75 units
	s := sessionInGame(t, rules, c1)
	c1.Cell = int64(slices.Index(s.Cells, "mountain"))
	s = produceOnce(t, s, added("stone", 60))
	s = produceOnce(t, s, added("stone", 15)) // 75 - 60
	produceOnce(t, s)
}

// TestProduction_tent: issue: from an unfitted factory, 2 turns of refitting (level 2 - 0) and 2 of
// production.
func TestProduction_tent(t *testing.T) {
	t.Parallel()
	c := newCompany(1, game.Goods{{Resource: "boards", Amount: 3}, {Resource: "fabric", Amount: 4}}, game.Factory{ID: 7})
	s := sessionInGame(t, builtIn(t, "industrial"), c)
	s = done(t, s, func(s *game.Session) ([]game.Event, error) { return s.RefitFactory(7, "tent", nil) },
		game.FactoryRefitStarted{FactoryID: 7, CompanyID: 1})
	s = done(t, s, func(s *game.Session) ([]game.Event, error) { return s.SetFactoryProduce(7, yes) })
	s = produceOnce(t, s)
	wantFactory(t, s, 0, game.Factory{ID: 7, Kit: "tent", Refit: 1, Produce: true})
	s = produceOnce(t, s, refitted(7))
	wantFactory(t, s, 0, game.Factory{ID: 7, Kit: "tent", Fitted: "tent", Produce: true})
	s = produceOnce(t, s, removed("boards", 3), removed("fabric", 4))
	wantFactory(t, s, 0, game.Factory{ID: 7, Kit: "tent", Fitted: "tent", Produce: true, Done: 1, Needed: 2})
	wantGoods(t, s)
	s = produceOnce(t, s, added("tent", 1), made(7))
	wantFactory(t, s, 0, game.Factory{ID: 7, Kit: "tent", Fitted: "tent", Produced: 1})
	wantGoods(t, s, game.Stock{Resource: "tent", Amount: 1})
	produceOnce(t, s) // produce is off
}

// TestProduction_starts: iron takes 2 stone and 1 turn.
func TestProduction_starts(t *testing.T) {
	t.Parallel()
	iron := []game.Event{removed("stone", 2), added("iron", 1), made(7)}
	for name, c := range map[string]struct {
		factory game.Factory
		stone   int64
		want    []game.Event
		produce bool // afterwards
	}{
		"unfitted":               {game.Factory{ID: 7, Produce: true, Auto: true}, 9, nil, true},
		"told nothing":           {making(7, "iron", no, no), 9, nil, false},
		"told to produce":        {making(7, "iron", yes, no), 9, iron, false},
		"automatic":              {making(7, "iron", no, yes), 9, iron, false},
		"both":                   {making(7, "iron", yes, yes), 9, iron, true},
		"just enough material":   {making(7, "iron", yes, no), 2, iron, false},
		"too little material":    {making(7, "iron", yes, no), 1, nil, true},
		"too little for another": {making(7, "tools", yes, yes), 9, nil, true},
		"being refitted":         {game.Factory{ID: 7, Kit: "iron", Refit: 2, Produce: true, Auto: true}, 9, nil, true},
		"refitted in this turn":  {game.Factory{ID: 7, Kit: "iron", Refit: 1, Produce: true, Auto: true}, 9, []game.Event{refitted(7)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, newCompany(1, game.Goods{{Resource: "stone", Amount: c.stone}}, c.factory))
			s = produceOnce(t, s, c.want...)
			if got := s.Companies[0].Factories[0]; got.Produce != c.produce {
				t.Errorf("afterwards: %+v", got)
			}
		})
	}
}

// TestProduction_order: the factory with the lower id gets what there is of a material; what one
// makes, a later one can use in the same turn. Tools take 3 iron and 2 planks.
func TestProduction_order(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, newCompany(1,
		game.Goods{{Resource: "iron", Amount: 2}, {Resource: "planks", Amount: 2}, {Resource: "stone", Amount: 3}},
		making(1, "tools", yes, no), making(2, "iron", yes, no), making(3, "iron", yes, no), making(4, "tools", yes, no)))
	s = produceOnce(t, s,
		removed("stone", 2), added("iron", 1), made(2), // 3 iron now, too late for 1
		removed("iron", 3), removed("planks", 2)) // 4; nothing for 3, as 1 stone is left
	wantGoods(t, s, game.Stock{Resource: "stone", Amount: 1})
	wantFactory(t, s, 0, making(1, "tools", yes, no))
	wantFactory(t, s, 2, making(3, "iron", yes, no))
	// Stone of this turn's extraction can be used in it.
	c := newCompany(1, s.Companies[0].Goods, s.Companies[0].Factories...)
	c.Cell = int64(slices.Index(s.Cells, "mountain"))
	produceOnce(t, sessionInGame(t, rules, c), added("stone", 10), removed("stone", 2), added("iron", 1), made(3), added("tools", 1), made(4))
}

// TestProduction_noRoom: the output of bread is 3, its materials 4 flour and 1 wood, over 1 turn; a
// warehouse of level 1 has 50.
func TestProduction_noRoom(t *testing.T) {
	t.Parallel()
	// Materials make room: 5 out, 3 in.
	full := game.Goods{{Resource: "fish", Amount: 45}, {Resource: "flour", Amount: 4}, {Resource: "wood", Amount: 1}}
	s := sessionInGame(t, rules, newCompany(1, full, making(7, "bread", yes, no)))
	produceOnce(t, s, removed("flour", 4), removed("wood", 1), added("bread", 3), made(7))

	// 2 turns of tools, and only then no room.
	waiting := game.Factory{ID: 7, Kit: "tools", Fitted: "tools", Auto: true, Done: 2, Needed: 2}
	s = sessionInGame(t, rules, newCompany(1, game.Goods{{Resource: "fish", Amount: 50}},
		game.Factory{ID: 7, Kit: "tools", Fitted: "tools", Auto: true, Done: 1, Needed: 2}))
	s = produceOnce(t, s)
	wantFactory(t, s, 0, waiting)
	s = produceOnce(t, s)
	wantFactory(t, s, 0, waiting)
	// With room it is stored, in a turn that starts nothing new though all materials are there.
	s.Companies[0].Goods = game.Goods{{Resource: "iron", Amount: 3}, {Resource: "planks", Amount: 2}}
	s = produceOnce(t, s, added("tools", 1), made(7))
	wantFactory(t, s, 0, game.Factory{ID: 7, Kit: "tools", Fitted: "tools", Auto: true, Produced: 1})
	produceOnce(t, s, removed("iron", 3), removed("planks", 2))
}

// TestProduction_waiting: outputs that wait go before extraction, each whole or not yet, a later
// one that fits before an earlier one that does not; room that factories make later in the turn is
// for the next.
func TestProduction_waiting(t *testing.T) {
	t.Parallel()
	bread := game.Factory{ID: 5, Kit: "bread", Fitted: "bread", Produce: true, Done: 1, Needed: 1}          // 3 units
	cart := game.Factory{ID: 6, Kit: "cart", Fitted: "cart", Produce: true, Auto: true, Done: 2, Needed: 2} // 1 unit
	c := newCompany(1, game.Goods{{Resource: "fish", Amount: 46}, {Resource: "stone", Amount: 2}}, bread, cart, making(7, "iron", yes, no))
	s := sessionInGame(t, rules, c)
	c.Cell = int64(slices.Index(s.Cells, "mountain"))
	s = produceOnce(t, s, added("cart", 1), made(6), // room for 2: 5 has to wait
		added("stone", 1),                              // of 10
		removed("stone", 2), added("iron", 1), made(7)) // room for 1
	wantFactory(t, s, 0, bread)
	wantFactory(t, s, 1, game.Factory{ID: 6, Kit: "cart", Fitted: "cart", Produce: true, Auto: true, Produced: 1})
	wantGoods(t, s, game.Stock{Resource: "cart", Amount: 1}, game.Stock{Resource: "fish", Amount: 46},
		game.Stock{Resource: "iron", Amount: 1}, game.Stock{Resource: "stone", Amount: 1}) // 49
	// Exactly 3 units of room.
	s.Companies[0].Goods = game.Goods{{Resource: "fish", Amount: 47}}
	s = produceOnce(t, s, added("bread", 3), made(5)) // and none for stone
	wantFactory(t, s, 0, game.Factory{ID: 5, Kit: "bread", Fitted: "bread", Produced: 3})
}

// TestProduction_saturates: what a factory has made is an amount.
func TestProduction_saturates(t *testing.T) {
	t.Parallel()
	f := making(7, "flour", yes, no)
	f.Produced = game.MaxAmount - 1
	s := sessionInGame(t, rules, newCompany(1, game.Goods{{Resource: "grain", Amount: 1}}, f))
	s = produceOnce(t, s, removed("grain", 1), added("flour", 2), made(7))
	if got := s.Companies[0].Factories[0].Produced; got != game.MaxAmount {
		t.Errorf("got %d", got)
	}
}

// TestProduction_books plays random workshops and holds the goods to the events, and the warehouse
// to its capacity: goods go into a production whole and come out of it whole, whatever the turn.
func TestProduction_books(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"classic", "industrial"} {
		rules := builtIn(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { checkBooks(t, rules) })
		})
	}
}

func checkBooks(t *rapid.T, rules *game.Ruleset) {
	s := &game.Session{ID: "S", Stage: game.StageGame, Rules: rules, Cells: []string{rules.Pickable[0].Type}, Companies: []*game.Company{randomCompany(t, rules)}}
	produced := map[int64]int64{} // by factory, up to the turn before
	for range rapid.IntRange(1, 12).Draw(t, "turns") {
		next, events := game.ExtractAndProduce(s, 0)
		books := map[string]int64{}
		for _, g := range s.Companies[0].Goods {
			books[g.Resource] = g.Amount
		}
		for _, e := range events {
			if e, ok := e.(game.CompanyResourceAdded); ok {
				books[e.Resource] += e.Amount
			}
			if e, ok := e.(game.CompanyResourceRemoved); ok {
				books[e.Resource] -= e.Amount
			}
		}
		after := next.Companies[0]
		for resource, amount := range books {
			if amount != after.Goods.Amount(resource) {
				t.Fatalf("%s: %d by the events, %d in the warehouse", resource, amount, after.Goods.Amount(resource))
			}
		}
		checkGoods(t, after.Goods, s.Capacity(after))
		for _, f := range after.Factories {
			checkFactory(t, rules, f, produced)
		}
		s = next
	}
}

func checkGoods(t *rapid.T, goods game.Goods, capacity int64) {
	if goods.Total() > capacity {
		t.Fatalf("%v in a warehouse for %d", goods, capacity)
	}
	for i, g := range goods {
		if g.Amount < 1 || i > 0 && goods[i-1].Resource >= g.Resource {
			t.Fatalf("no goods: %v", goods)
		}
	}
}

func checkFactory(t *rapid.T, rules *game.Ruleset, f game.Factory, produced map[int64]int64) {
	if f.Done < 0 || f.Done > f.Needed || f.IsWorking() && (f.Refit > 0 || f.Done == 0 || f.Needed != rules.Good(f.Kit).Production.Turns) {
		t.Fatalf("no factory: %+v", f)
	}
	if made := f.Produced; made < produced[f.ID] || f.Kit != "" && (made-produced[f.ID])%rules.Good(f.Kit).Production.Output != 0 {
		t.Fatalf("made %d, then %d", produced[f.ID], made)
	}
	produced[f.ID] = f.Produced
}

// randomCompany draws a company whose warehouse is often nearly full.
func randomCompany(t *rapid.T, rules *game.Ruleset) *game.Company {
	c := newCompany(1, nil)
	c.Cell = 0
	c.Levels.Warehouse, c.Levels.Station = rapid.Int64Range(1, 4).Draw(t, "warehouse"), rapid.Int64Range(1, 4).Draw(t, "station")
	room := rules.Warehouse[c.Levels.Warehouse-1].Figure
	for _, r := range rules.Resources {
		if amount := min(room, rapid.Int64Range(-20, 60).Draw(t, r.Name)); amount > 0 {
			c.Goods = append(c.Goods, game.Stock{Resource: r.Name, Amount: amount})
			room -= amount
		}
	}
	kits := []string{""}
	for _, r := range rules.Resources {
		if r.Production != nil {
			kits = append(kits, r.Name)
		}
	}
	for id := range rapid.Int64Range(0, 20).Draw(t, "factories") {
		f := game.Factory{ID: id + 1, Kit: rapid.SampledFrom(kits).Draw(t, "kit"), Produce: rapid.Bool().Draw(t, "produce"), Auto: rapid.Bool().Draw(t, "auto")}
		if f.Refit = rapid.Int64Range(0, 2).Draw(t, "refit"); f.Kit == "" {
			f.Refit = 0
		}
		if f.Refit == 0 {
			f.Fitted = f.Kit
		}
		c.Factories = append(c.Factories, f)
	}
	return c
}
