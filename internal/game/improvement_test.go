package game_test

import (
	"testing"

	"seg.example/internal/game"
)

func improve(company int64, i game.Improvement, on string, env game.Env) command {
	return func(s *game.Session) ([]game.Event, error) {
		return s.Improve(game.ImprovementOrder{CompanyID: company, Improvement: i, CellType: on}, env)
	}
}

// rich gives a company a balance.
func rich(s *game.Session, company, balance int64) { s.Company(company).Balance = balance }

// TestImprove: levels 2, 3 and 4 cost 10000, 50000 and 100000, together 160000.
func TestImprove(t *testing.T) {
	t.Parallel()
	for _, i := range []game.Improvement{game.ImproveWarehouse, game.ImproveContracts, game.ImproveStation} {
		t.Run(string(i), func(t *testing.T) {
			t.Parallel()
			s, env := sessionInCellSelect(t, rules, 1)
			s, _ = mustApply(t, s, pick(1, 0, 4, env))
			rich(s, 1, 160_000)
			balance := int64(160_000)
			for level, cost := range []int64{2: 10_000, 3: 50_000, 4: 100_000} {
				if level < 2 {
					continue
				}
				s = done(t, s, improve(1, i, "", env),
					game.CompanyImprovementUpgraded{CompanyID: 1, Improvement: i, Level: int64(level)},
					game.CompanyBalanceChanged{CompanyID: 1, Old: balance, New: balance - cost})
				balance -= cost
			}
			refused(t, s, game.CodeLimit, improve(1, i, "", env))
			want := map[game.Improvement]game.Levels{
				game.ImproveWarehouse: {4, 1, 1, 1}, game.ImproveContracts: {1, 4, 1, 1}, game.ImproveStation: {1, 1, 4, 1},
			}[i]
			if got := s.Company(1).Levels; got != want {
				t.Errorf("got %+v", got)
			}
			if got := s.Company(1).ThisTurnIncome; got != 0 {
				t.Errorf("paying was income: %d", got)
			}
		})
	}
}

// TestImprove_factory: on water 3, 6, 12 and 18 factories: 3, 6 and 6 more, unfitted.
func TestImprove_factory(t *testing.T) {
	t.Parallel()
	s, env := sessionInCellSelect(t, rules, 1)
	s, _ = mustApply(t, s, pick(1, 0, 6, env))
	rich(s, 1, 160_000)
	for _, c := range []struct{ level, cost, balance, has, want int64 }{
		{2, 10_000, 160_000, 3, 6}, {3, 50_000, 150_000, 6, 12}, {4, 100_000, 100_000, 12, 18},
	} {
		events := []game.Event{
			game.CompanyImprovementUpgraded{CompanyID: 1, Improvement: game.ImproveFactory, Level: c.level},
			game.CompanyBalanceChanged{CompanyID: 1, Old: c.balance, New: c.balance - c.cost},
		}
		for id := c.has + 1; id <= c.want; id++ {
			events = append(events, game.FactoryCreated{CompanyID: 1, Factory: game.Factory{ID: id}})
		}
		s = done(t, s, improve(1, game.ImproveFactory, "water", env), events...)
	}
	if got := s.Company(1); got.Balance != 0 || len(got.Factories) != 18 || got.Factories[0].Kit != "smoked_fish" {
		t.Errorf("got %+v", got)
	}
}

// TestImprove_stages: whatever does not need a cell can be improved before there is one.
func TestImprove_stages(t *testing.T) {
	t.Parallel()
	for _, stage := range []game.Stage{game.StageFreeUserConnect, game.StageCellSelect, game.StageGame, game.StageChangeTurn} {
		s, env := withCompanies(t, rules, 1)
		s.Stage = stage
		s = done(t, s, improve(1, game.ImproveWarehouse, "", env),
			game.CompanyImprovementUpgraded{CompanyID: 1, Improvement: game.ImproveWarehouse, Level: 2},
			game.CompanyBalanceChanged{CompanyID: 1, Old: 10_000})
		if got := s.Capacity(s.Company(1)); got != 75 {
			t.Errorf("%s: capacity %d", stage, got)
		}
	}
}

func TestImprove_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage   game.Stage
		company int64
		what    game.Improvement
		on      string
		change  func(*game.Company)
		code    game.Code
	}{
		"unknown before stage":    {game.StageEnd, 3, game.ImproveStation, "", nil, game.CodeNotFound},
		"at End, before prison":   {game.StageEnd, 1, game.ImproveStation, "", func(c *game.Company) { c.PrisonEndStep = 8 }, game.CodeWrongStage},
		"in prison, before cell":  {game.StageGame, 2, game.ImproveStation, "", func(c *game.Company) { c.PrisonEndStep = 8 }, game.CodeInPrison},
		"warehouse in prison":     {game.StageGame, 1, game.ImproveWarehouse, "", func(c *game.Company) { c.PrisonEndStep = 8 }, game.CodeInPrison},
		"station without a cell":  {game.StageGame, 2, game.ImproveStation, "", nil, game.CodeConflict},
		"factory without a cell":  {game.StageGame, 2, game.ImproveFactory, "", nil, game.CodeConflict},
		"type without a cell":     {game.StageGame, 2, game.ImproveFactory, "mountain", nil, game.CodeConflict},
		"other type before level": {game.StageGame, 1, game.ImproveStation, "water", func(c *game.Company) { c.Levels.Station = 4 }, game.CodeConflict},
		"highest before funds":    {game.StageGame, 1, game.ImproveStation, "mountain", func(c *game.Company) { c.Levels.Station, c.Balance = 4, 0 }, game.CodeLimit},
		"highest contracts":       {game.StageGame, 2, game.ImproveContracts, "", func(c *game.Company) { c.Levels.Contracts = 4 }, game.CodeLimit},
		"one too little":          {game.StageGame, 1, game.ImproveFactory, "", func(c *game.Company) { c.Balance = 9_999 }, game.CodeNoFunds},
		"level 3 one too little": {game.StageGame, 1, game.ImproveWarehouse, "", func(c *game.Company) {
			c.Levels.Warehouse, c.Balance = 2, 49_999
		}, game.CodeNoFunds},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, env := sessionInCellSelect(t, rules, 2)
			s.Companies[0].Cell = 28 // 0:4, a mountain
			if company := s.Company(c.company); c.change != nil {
				c.change(company)
			}
			s.Stage = c.stage
			refused(t, s, c.code, improve(c.company, c.what, c.on, env))
		})
	}
}
