package game_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/game"
	"seg.example/internal/ruleset"
)

// builtIn returns a built-in ruleset.
func builtIn(tb testing.TB, name string) *game.Ruleset {
	tb.Helper()
	set, err := ruleset.BuiltIn(name)
	if err != nil {
		tb.Fatal(err)
	}
	rules, err := set.Find("")
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

// sessionInGame returns a session in Game with companies. The cells of its map are those of the
// ruleset that companies can stand on, by name, again and again.
func sessionInGame(tb testing.TB, rules *game.Ruleset, companies ...*game.Company) *game.Session {
	tb.Helper()
	s := &game.Session{ID: "S", Stage: game.StageGame, Step: 1, MaxSteps: 15, Rules: rules, Companies: companies}
	for i := range rules.Map.Rows * rules.Map.Cols {
		s.Cells = append(s.Cells, rules.Pickable[i%int64(len(rules.Pickable))].Type)
	}
	return s
}

// newCompany returns a company without a cell, so it has no station.
func newCompany(id int64, goods game.Goods, factories ...game.Factory) *game.Company {
	return &game.Company{
		ID: id, Name: fmt.Sprint("firm ", id), Balance: 10_000, Reputation: 20, Cell: game.NoCell,
		Levels: game.Levels{Warehouse: 1, Contracts: 1, Station: 1, Factory: 1}, Business: game.BusinessSmall,
		Goods: goods, Factories: factories,
	}
}

// fitted returns a factory that is ready to make good.
func fitted(id int64, good string) game.Factory { return game.Factory{ID: id, Kit: good, Fitted: good} }

// dump writes down all of a session.
func dump(s *game.Session) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %v %v %v", s.Stage, s.Step, s.Cells, s.Users, s.Offers)
	for _, c := range s.Companies {
		fmt.Fprintf(&b, "\n%+v", *c)
	}
	return b.String()
}

// refused fails unless do refuses with code and leaves s as it is.
func refused(t *testing.T, s *game.Session, code game.Code, do func(*game.Session) ([]game.Event, error)) {
	t.Helper()
	before, next := dump(s), s.Clone()
	events, err := do(next)
	wantRefusal(t, err, code)
	if after := dump(next); after != before || len(events) > 0 {
		t.Errorf("a refusal left events %v and changed\n%s\nto\n%s", events, before, after)
	}
}

// done applies a command to a copy of s and expects the events want. It returns the changed copy. s
// must stay the same.
func done(t *testing.T, s *game.Session, do func(*game.Session) ([]game.Event, error), want ...game.Event) *game.Session {
	t.Helper()
	before, next := dump(s), s.Clone()
	events, err := do(next)
	if err != nil {
		t.Fatal(err)
	}
	wantEvents(t, events, want...)
	if after := dump(s); after != before {
		t.Errorf("a command on a copy changed\n%s\nto\n%s", before, after)
	}
	return next
}

func wantEvents(t *testing.T, got []game.Event, want ...game.Event) {
	t.Helper()
	if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("got events\n%s\nwant\n%s", listed(got), listed(want))
	}
}

func listed(events []game.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "\t%T%+v\n", e, e)
	}
	return b.String()
}

// TestRefitFactory: levels of classic are iron 1, planks 1, tools 2, cart 3.
func TestRefitFactory(t *testing.T) {
	t.Parallel()
	refitting := game.Factory{ID: 7, Kit: "tools", Fitted: "iron", Refit: 1}
	working := game.Factory{ID: 7, Kit: "tools", Fitted: "tools", Produce: true, Auto: true, Done: 1, Needed: 2, Produced: 4}
	waiting := game.Factory{ID: 7, Kit: "tools", Fitted: "tools", Produce: true, Done: 2, Needed: 2}
	for name, c := range map[string]struct {
		old  game.Factory
		good string
		want game.Factory
	}{
		"unfitted":          {game.Factory{ID: 7}, "cart", game.Factory{ID: 7, Kit: "cart", Refit: 3}},                                              // 3 - 0
		"one level up":      {fitted(7, "tools"), "cart", game.Factory{ID: 7, Kit: "cart", Fitted: "tools", Refit: 1}},                              // 3 - 2
		"two levels up":     {fitted(7, "iron"), "cart", game.Factory{ID: 7, Kit: "cart", Fitted: "iron", Refit: 2}},                                // 3 - 1
		"same level":        {fitted(7, "tools"), "bread", game.Factory{ID: 7, Kit: "bread", Fitted: "tools", Refit: 2}},                            // not higher: 2
		"down":              {fitted(7, "cart"), "iron", game.Factory{ID: 7, Kit: "iron", Fitted: "cart", Refit: 1}},                                // lower: 1
		"first order again": {game.Factory{ID: 7, Kit: "iron", Refit: 1}, "cart", game.Factory{ID: 7, Kit: "cart", Refit: 3}},                       // 3 - 0, not 3 - 1
		"another order  ":   {refitting, "cart", game.Factory{ID: 7, Kit: "cart", Fitted: "iron", Refit: 2}},                                        // 3 - 1, not 3 - 2
		"working":           {working, "cart", game.Factory{ID: 7, Kit: "cart", Fitted: "tools", Refit: 1, Produce: true, Auto: true, Produced: 4}}, // what it makes is lost
		"waiting":           {waiting, "iron", game.Factory{ID: 7, Kit: "iron", Fitted: "tools", Refit: 1, Produce: true}},                          // what it has made too
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			imprisoned := newCompany(2, nil, fitted(3, "iron"), c.old, fitted(9, "iron"))
			imprisoned.PrisonEndStep = 9 // factories do as they are told in prison, too
			s := sessionInGame(t, rules, newCompany(1, nil, fitted(2, "iron")), imprisoned)
			s = done(t, s, func(s *game.Session) ([]game.Event, error) { return s.RefitFactory(7, c.good, nil) },
				game.FactoryRefitStarted{FactoryID: 7, CompanyID: 2})
			if got := s.Companies[1].Factories[1]; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// factoryCases tests what all commands for a factory have in common.
func factoryCases(t *testing.T, f game.Factory, do func(*game.Session, int64) ([]game.Event, error)) {
	t.Helper()
	s := sessionInGame(t, rules, newCompany(1, nil), newCompany(2, nil, f))
	refused(t, s, game.CodeNotFound, func(s *game.Session) ([]game.Event, error) { return do(s, f.ID+1) })
	for _, stage := range []game.Stage{game.StageFreeUserConnect, game.StageCellSelect, game.StageGame, game.StageChangeTurn} {
		s.Stage = stage
		if _, err := do(s.Clone(), f.ID); err != nil {
			t.Errorf("%s: %v", stage, err)
		}
	}
	s.Stage = game.StageEnd
	refused(t, s, game.CodeWrongStage, func(s *game.Session) ([]game.Event, error) { return do(s, f.ID) })
	refused(t, s, game.CodeNotFound, func(s *game.Session) ([]game.Event, error) { return do(s, f.ID+1) })
}

func TestRefitFactory_refuses(t *testing.T) {
	t.Parallel()
	factoryCases(t, fitted(7, "iron"), func(s *game.Session, id int64) ([]game.Event, error) { return s.RefitFactory(id, "tools", nil) })
	refitting := game.Factory{ID: 7, Kit: "tools", Fitted: "iron", Refit: 1}
	for name, c := range map[string]struct {
		factory game.Factory
		good    string
		code    game.Code
	}{
		"unknown resource": {fitted(7, "iron"), "nails", game.CodeInvalidField},
		"raw material":     {fitted(7, "iron"), "stone", game.CodeInvalidField},
		"the kit it has":   {fitted(7, "iron"), "iron", game.CodeConflict},
		"the kit ordered":  {refitting, "tools", game.CodeConflict},
		"the kit it had":   {refitting, "iron", game.CodeConflict}, // and has until the other is complete
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, newCompany(2, nil, c.factory))
			refused(t, s, c.code, func(s *game.Session) ([]game.Event, error) { return s.RefitFactory(7, c.good, nil) })
		})
	}
}

func TestRefitFactories(t *testing.T) {
	t.Parallel()
	produce := fitted(6, "iron")
	produce.Produce = true
	factories := []game.Factory{
		{ID: 1},
		{ID: 2, Kit: "iron", Refit: 1},
		fitted(3, "iron"),
		{ID: 4},
		{ID: 5, Kit: "iron", Fitted: "iron", Auto: true, Done: 1, Needed: 1},
		produce, fitted(7, "planks"),
		{ID: 8},
		fitted(9, "iron"),
	}
	for name, c := range map[string]struct {
		refit game.BulkRefit
		want  []int64
	}{
		"unfitted, two of three":       {game.BulkRefit{To: "iron", Count: 2}, []int64{1, 4}},
		"unfitted, more than there":    {game.BulkRefit{To: "iron", Count: game.MaxAmount}, []int64{1, 4, 8}},
		"iron, waiting ones too":       {game.BulkRefit{From: "iron", To: "tools", Count: 9}, []int64{3, 5, 9}},
		"iron that is to produce":      {game.BulkRefit{From: "iron", To: "tools", Count: 9, Produce: true}, []int64{6}},
		"none":                         {game.BulkRefit{From: "cart", To: "tools", Count: 9}, nil},
		"none that is to produce":      {game.BulkRefit{To: "tools", Count: 9, Produce: true}, nil},
		"one":                          {game.BulkRefit{From: "iron", To: "planks", Count: 1}, []int64{3}},
		"to what others have, no harm": {game.BulkRefit{From: "planks", To: "iron", Count: 9}, []int64{7}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, newCompany(1, nil, game.Factory{ID: 10}), newCompany(2, nil, slices.Clone(factories)...))
			c.refit.CompanyID = 2
			var want []game.Event
			for _, id := range c.want {
				want = append(want, game.FactoryRefitStarted{FactoryID: id, CompanyID: 2})
			}
			next := done(t, s, func(s *game.Session) ([]game.Event, error) { return s.RefitFactories(c.refit) }, want...)
			for i, f := range next.Companies[1].Factories {
				asked := slices.Contains(c.want, f.ID)
				if asked && (f.Kit != c.refit.To || f.Refit == 0 || f.Fitted != c.refit.From || f.IsWorking()) {
					t.Errorf("asked for, got %+v", f)
				}
				if !asked && f != factories[i] {
					t.Errorf("not asked for: got %+v, want %+v", f, factories[i])
				}
			}
			if next.Companies[0] != s.Companies[0] || len(c.want) == 0 && next.Companies[1] != s.Companies[1] {
				t.Error("a company that did not change was copied")
			}
		})
	}
}

func TestRefitFactories_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage game.Stage
		refit game.BulkRefit
		code  game.Code
	}{
		"unknown company before stage": {game.StageEnd, game.BulkRefit{CompanyID: 3, To: "iron", Count: 1}, game.CodeNotFound},
		"at End":                       {game.StageEnd, game.BulkRefit{CompanyID: 2, To: "x", Count: 1}, game.CodeWrongStage},
		"to something unknown":         {game.StageGame, game.BulkRefit{CompanyID: 2, To: "nails", Count: 1}, game.CodeInvalidField},
		"to a raw material":            {game.StageGame, game.BulkRefit{CompanyID: 2, To: "stone", Count: 1}, game.CodeInvalidField},
		"from something unknown":       {game.StageGame, game.BulkRefit{CompanyID: 2, From: "nails", To: "iron", Count: 1}, game.CodeInvalidField},
		"from a raw material":          {game.StageGame, game.BulkRefit{CompanyID: 2, From: "stone", To: "iron", Count: 1}, game.CodeInvalidField},
		"to what they have":            {game.StageGame, game.BulkRefit{CompanyID: 2, From: "iron", To: "iron", Count: 1}, game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionInGame(t, rules, newCompany(2, nil, fitted(7, "iron")))
			s.Stage = c.stage
			refused(t, s, c.code, func(s *game.Session) ([]game.Event, error) { return s.RefitFactories(c.refit) })
		})
	}
}

func TestSetFactoryProduce(t *testing.T) {
	t.Parallel()
	set := func(order game.FactoryOrder) func(*game.Session) ([]game.Event, error) {
		return func(s *game.Session) ([]game.Event, error) { return s.SetFactoryProduce(7, order) }
	}
	factoryCases(t, fitted(7, "iron"), func(s *game.Session, id int64) ([]game.Event, error) {
		return s.SetFactoryProduce(id, game.FactoryStart)
	})
	// Unfitted, fitted, and being refitted.
	for _, f := range []game.Factory{{ID: 7}, fitted(7, "iron"), {ID: 7, Kit: "tools", Fitted: "iron", Refit: 1}} {
		s := sessionInGame(t, rules, newCompany(2, nil, f))
		refused(t, s, game.CodeConflict, set(game.FactoryStop))
		s = done(t, s, set(game.FactoryStart))
		if f.Produce = true; s.Companies[0].Factories[0] != f {
			t.Errorf("got %+v, want %+v", s.Companies[0].Factories[0], f)
		}
		refused(t, s, game.CodeConflict, set(game.FactoryStart))
		s = done(t, s, set(game.FactoryStop))
		if f.Produce = false; s.Companies[0].Factories[0] != f {
			t.Errorf("got %+v, want %+v", s.Companies[0].Factories[0], f)
		}
	}
	for name, progress := range map[string]int64{"under way": 1, "waiting for room": 2} {
		f := game.Factory{ID: 7, Kit: "tools", Fitted: "tools", Produce: true, Done: progress, Needed: 2}
		s := sessionInGame(t, rules, newCompany(2, nil, f))
		t.Log(name)
		refused(t, s, game.CodeConflict, set(game.FactoryStop))
		refused(t, s, game.CodeConflict, set(game.FactoryStart))
	}
}

func TestSetFactoryAuto(t *testing.T) {
	t.Parallel()
	set := func(order game.FactoryOrder) func(*game.Session) ([]game.Event, error) {
		return func(s *game.Session) ([]game.Event, error) { return s.SetFactoryAuto(7, order) }
	}
	factoryCases(t, fitted(7, "iron"), func(s *game.Session, id int64) ([]game.Event, error) {
		return s.SetFactoryAuto(id, game.FactoryStart)
	})
	// At any time: also while a production is under way, or waits.
	for _, f := range []game.Factory{
		{ID: 7}, {ID: 7, Kit: "tools", Fitted: "tools", Done: 1, Needed: 2}, {ID: 7, Kit: "tools", Fitted: "tools", Done: 2, Needed: 2},
	} {
		s := sessionInGame(t, rules, newCompany(2, nil, f))
		refused(t, s, game.CodeConflict, set(game.FactoryStop))
		s = done(t, s, set(game.FactoryStart))
		if f.Auto = true; s.Companies[0].Factories[0] != f {
			t.Errorf("got %+v, want %+v", s.Companies[0].Factories[0], f)
		}
		refused(t, s, game.CodeConflict, set(game.FactoryStart))
		s = done(t, s, set(game.FactoryStop))
		if f.Auto = false; s.Companies[0].Factories[0] != f {
			t.Errorf("got %+v, want %+v", s.Companies[0].Factories[0], f)
		}
	}
}
