package game_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

func TestSeeded(t *testing.T) {
	t.Parallel()
	// The reference program's first numbers for the seed 1234567.
	_, next := game.NewSeeded(1234567)
	for i, want := range []uint64{
		6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
	} {
		if got := next(); got != want {
			t.Errorf("number %d: got %d, want %d", i, got, want)
		}
	}
}

// TestSeeded_unbiased: 2⁶⁴ is 1 modulo 3, so that one of the numbers must be drawn again for 0 not
// to come up more often. From the state that precedes 0 the first number is 0, the second
// 16294208416658607535, which is 1 modulo 3 (its digits add up to 88).
func TestSeeded_unbiased(t *testing.T) {
	t.Parallel()
	var golden uint64 = 0x9e3779b97f4a7c15
	before := -golden
	for n, want := range map[int]int{3: 1, 4: 0, 1: 0} {
		dice, _ := game.NewSeeded(before)
		if got := dice.IntN(n); got != want {
			t.Errorf("of %d: got %d, want %d", n, got, want)
		}
	}
}

// TestLayMap: 7·7 cells less 5 fixed ones are 44, 11 of each of the four types.
func TestLayMap(t *testing.T) {
	t.Parallel()
	for name, centre := range map[string]string{"classic": "prison", "industrial": "bank"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSessionUnder(t, builtIn(t, name), game.StageCellSelect)
			rapid.Check(t, func(t *rapid.T) {
				s := s.Clone()
				s.Seed = rapid.Int64Range(0, 1<<31-2).Draw(t, "seed")
				s.Cells = game.LaidMap(s)
				want := []game.CellCount{{centre, 1}, {"city", 4}, {"field", 11}, {"forest", 11}, {"mountain", 11}, {"water", 11}}
				slices.SortFunc(want, func(a, b game.CellCount) int { return strings.Compare(a.Type, b.Type) })
				if got := s.CellCounts(); !slices.Equal(got, want) {
					t.Errorf("counts: got %v, want %v", got, want)
				}
				// Cell 1:1 stands at 1·7+1 = 8, 5:1 at 12, 3:3 at 24, 1:5 at 36, 5:5 at 40.
				for at, want := range map[int]string{8: "city", 12: "city", 24: centre, 36: "city", 40: "city"} {
					if s.Cells[at] != want {
						t.Errorf("cell %d is %s, want %s", at, s.Cells[at], want)
					}
				}
			})
		})
	}
}

// TestLayMap_sameSeed: the map of a seed never changes, since stored games depend on it.
func TestLayMap_sameSeed(t *testing.T) {
	t.Parallel()
	s := newSession(t, game.StageCellSelect)
	s.Seed = 1
	cells := game.LaidMap(s)
	var drawn strings.Builder
	for i, cell := range cells {
		if i%7 == 0 {
			drawn.WriteByte('\n')
		}
		drawn.WriteString(map[string]string{
			"mountain": "m", "forest": "f", "water": "w", "field": ".", "city": "C", "prison": "P",
		}[cell])
	}
	const want = `
mfffffm
fCmmwCw
wmm.mmw
wfmPm..
f.w..f.
.C.wwCw
wff..wm`
	if drawn.String() != want {
		t.Errorf("seed 1: got%s", drawn.String())
	}
	if !slices.Equal(cells, game.LaidMap(s)) {
		t.Error("the same seed gave another map")
	}
	s.Seed = 2
	if slices.Equal(cells, game.LaidMap(s)) {
		t.Error("another seed gave the same map")
	}
}

// TestLayMap_remainder: 49 cells less one fixed are 48, less nothing 49 = 4·12 + 1, and with two
// fixed 47 = 4·11 + 3: the first types by name have one more.
func TestLayMap_remainder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fixed []game.FixedCell
		want  map[string]int64
	}{
		"none over": {rules.Fixed[1:], map[string]int64{"prison": 1, "field": 12, "forest": 12, "mountain": 12, "water": 12}},
		"one over":  {nil, map[string]int64{"field": 13, "forest": 12, "mountain": 12, "water": 12}},
		"three over": {
			[]game.FixedCell{{Type: "lake", Locations: []game.Position{{X: 0, Y: 0}, {X: 6, Y: 6}}}},
			map[string]int64{"lake": 2, "field": 12, "forest": 12, "mountain": 12, "water": 11},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSessionUnder(t, classicWith(func(r *game.Ruleset) { r.Fixed = c.fixed }), game.StageCellSelect)
			s.Cells = game.LaidMap(s)
			got := map[string]int64{}
			for _, n := range s.CellCounts() {
				got[n.Type] = n.Count
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// pick is the command to pick a cell.
func pick(company, x, y int64, env game.Env) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		return s.PickCell(company, game.Position{X: x, Y: y}, env)
	}
}

// picked are the events of a pick: the old factories go, new ones with the next numbers come, the
// first of them fitted.
func picked(company int64, from game.Cell, to game.Position, gone []int64, first, n, fitted int64, kit string) []game.Event {
	events := []game.Event{game.CompanyPositionSet{CompanyID: company, Old: from, New: to}}
	for _, id := range gone {
		events = append(events, game.FactoryDeleted{FactoryID: id, CompanyID: company})
	}
	for i := range n {
		f := game.Factory{ID: first + i}
		if i < fitted {
			f.Kit, f.Fitted = kit, kit
		}
		events = append(events, game.FactoryCreated{CompanyID: company, Factory: f})
	}
	return events
}

// TestPickCell: a third of the factories comes fitted, cut to a whole number: 15/3 = 5, 3/3 = 1,
// 6/3 = 2, 5/3 = 1, 2/3 = 0.
func TestPickCell(t *testing.T) {
	t.Parallel()
	withFactories := func(n int64) *game.Ruleset {
		return classicWith(func(r *game.Ruleset) {
			r.Buildings = slices.Clone(r.Buildings)
			for i := range r.Buildings {
				r.Buildings[i].Factory = []game.Level{{Figure: n}, {Figure: n}, {Figure: n}, {Figure: n}}
			}
		})
	}
	for name, c := range map[string]struct {
		rules     *game.Ruleset
		at        game.Position
		level     int64
		n, fitted int64
		kit       string
	}{
		"mountain":            {rules, game.Position{X: 0, Y: 4}, 1, 15, 5, "iron"},
		"forest":              {rules, game.Position{X: 0, Y: 2}, 1, 15, 5, "planks"},
		"water":               {rules, game.Position{X: 0, Y: 6}, 1, 3, 1, "smoked_fish"},
		"field":               {rules, game.Position{X: 0, Y: 0}, 1, 3, 1, "flour"},
		"water at level 2":    {rules, game.Position{X: 6, Y: 6}, 2, 6, 2, "smoked_fish"},
		"mountain at level 4": {rules, game.Position{X: 0, Y: 4}, 4, 90, 30, "iron"},
		"industrial mountain": {builtIn(t, "industrial"), game.Position{X: 0, Y: 4}, 1, 15, 5, "nails"},
		"five":                {withFactories(5), game.Position{X: 0, Y: 4}, 1, 5, 1, "iron"},
		"two":                 {withFactories(2), game.Position{X: 0, Y: 4}, 1, 2, 0, "iron"},
		"none":                {withFactories(0), game.Position{X: 0, Y: 4}, 1, 0, 0, "iron"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, env := sessionInCellSelect(t, c.rules, 2)
			s.Companies[1].Levels.Factory = c.level
			s = done(t, s, pick(2, c.at.X, c.at.Y, env),
				picked(2, game.Cell{Nowhere: true}, c.at, nil, 1, c.n, c.fitted, c.kit)...)
			if got := s.View(s.Company(2)); got.FactoriesCount != c.n || got.Position != (game.Cell{Position: c.at}) ||
				got.CellType != s.Cells[c.at.Y*7+c.at.X] {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestPickCell_again(t *testing.T) {
	t.Parallel()
	s, env := sessionInCellSelect(t, rules, 2)
	nowhere := game.Cell{Nowhere: true}
	s = done(t, s, pick(1, 0, 6, env), picked(1, nowhere, game.Position{X: 0, Y: 6}, nil, 1, 3, 1, "smoked_fish")...)
	// Its three factories go, and the cell that it left is free again.
	s = done(t, s, pick(1, 6, 0, env),
		picked(1, game.Cell{Position: game.Position{X: 0, Y: 6}}, game.Position{X: 6, Y: 0}, []int64{1, 2, 3}, 4, 3, 1, "flour")...)
	want := []game.Factory{fitted(4, "flour"), {ID: 5}, {ID: 6}}
	if got := s.Company(1).Factories; !slices.Equal(got, want) {
		t.Errorf("factories: got %v, want %v", got, want)
	}
	done(t, s, pick(2, 0, 6, env), picked(2, nowhere, game.Position{X: 0, Y: 6}, nil, 7, 3, 1, "smoked_fish")...)
}

func TestPickCell_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage   game.Stage
		company int64
		x, y    int64
		code    game.Code
	}{
		"unknown company before stage": {game.StageGame, 3, 0, 0, game.CodeNotFound},
		"in FreeUserConnect":           {game.StageFreeUserConnect, 2, 0, 0, game.CodeWrongStage},
		"in Game, before the position": {game.StageGame, 2, 7, 0, game.CodeWrongStage},
		"in ChangeTurn":                {game.StageChangeTurn, 2, 0, 0, game.CodeWrongStage},
		"at End":                       {game.StageEnd, 2, 0, 0, game.CodeWrongStage},
		"column too high":              {game.StageCellSelect, 2, 7, 0, game.CodeInvalidField},
		"row too high":                 {game.StageCellSelect, 2, 0, 7, game.CodeInvalidField},
		"column below 0":               {game.StageCellSelect, 2, -1, 1, game.CodeInvalidField},
		"row below 0":                  {game.StageCellSelect, 2, 0, -1, game.CodeInvalidField},
		"city":                         {game.StageCellSelect, 2, 1, 1, game.CodeConflict},
		"prison":                       {game.StageCellSelect, 2, 3, 3, game.CodeConflict},
		"own":                          {game.StageCellSelect, 2, 0, 6, game.CodeConflict},
		"taken":                        {game.StageCellSelect, 2, 0, 0, game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, env := sessionInCellSelect(t, rules, 2)
			s.Companies[0].Cell, s.Companies[1].Cell = 0, 42
			s.Stage = c.stage
			refused(t, s, c.code, pick(c.company, c.x, c.y, env))
		})
	}
}

func TestSession_FreeCells(t *testing.T) {
	t.Parallel()
	s, _ := withCompanies(t, rules, 2)
	if free := s.FreeCells(); len(free) != 0 {
		t.Errorf("before the map is laid: %v", free)
	}
	s, env := sessionInCellSelect(t, rules, 2)
	s, _ = mustApply(t, s, pick(2, 2, 0, env))
	free := s.FreeCells()
	// 44 that can be picked, less 2:0; row 1 lacks the cities at 1:1 and 5:1.
	begin := []game.Position{{0, 0}, {1, 0}, {3, 0}, {4, 0}, {5, 0}, {6, 0}, {0, 1}, {2, 1}, {3, 1}, {4, 1}, {6, 1}, {0, 2}}
	if len(free) != 43 || !slices.Equal(free[:len(begin)], begin) || free[42] != (game.Position{X: 6, Y: 6}) {
		t.Errorf("got %v", free)
	}
}
