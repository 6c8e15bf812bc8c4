package game_test

import (
	"strings"
	"testing"

	"seg.example/internal/game"
)

func changeBalance(company, change int64) command {
	return func(s *game.Session) ([]game.Event, error) { return s.AdminChangeBalance(company, change, nil) }
}

func changeItems(company int64, resource string, change int64) command {
	return func(s *game.Session) ([]game.Event, error) { return s.AdminChangeItems(company, resource, change, nil) }
}

func renameCompany(company int64, name string) command {
	return func(s *game.Session) ([]game.Event, error) { return s.AdminRename(company, name) }
}

// TestAdminChangeBalance: what is added is income of the turn, what is taken away is not taken off
// it.
func TestAdminChangeBalance(t *testing.T) {
	t.Parallel()
	s, _ := withCompanies(t, rules, 1)
	for _, c := range []struct{ change, old, new, income int64 }{
		{5_000, 10_000, 15_000, 5_000},
		{-2_000, 15_000, 13_000, 5_000},
		{1, 13_000, 13_001, 5_001},
		{-13_001, 13_001, 0, 5_001},
		{game.MaxAmount - 5_001, 0, game.MaxAmount - 5_001, game.MaxAmount},
	} {
		s = done(t, s, changeBalance(1, c.change), game.CompanyBalanceChanged{CompanyID: 1, Old: c.old, New: c.new})
		if got := s.Company(1); got.Balance != c.new || got.ThisTurnIncome != c.income || got.LastTurnIncome != 0 {
			t.Errorf("%d: got %+v", c.change, got)
		}
	}
	// There is room for 5001 more on the account, but none in the income of this turn.
	refused(t, s, game.CodeInvalidField, changeBalance(1, 1))
}

func TestAdminChangeBalance_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage           game.Stage
		company, change int64
		code            game.Code
	}{
		"unknown before stage":   {game.StageEnd, 2, 1, game.CodeNotFound},
		"at End, before change":  {game.StageEnd, 1, 0, game.CodeWrongStage},
		"nothing":                {game.StageGame, 1, 0, game.CodeInvalidField},
		"beyond the range":       {game.StageGame, 1, game.MaxAmount - 9_999, game.CodeInvalidField},
		"far beyond the range":   {game.StageGame, 1, game.MaxAmount, game.CodeInvalidField},
		"one more than there is": {game.StageGame, 1, -10_001, game.CodeNoFunds},
		"all there can be":       {game.StageGame, 1, -game.MaxAmount, game.CodeNoFunds},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := withCompanies(t, rules, 1)
			s.Stage = c.stage
			refused(t, s, c.code, changeBalance(c.company, c.change))
		})
	}
}

// TestAdmin_prison: these changes are not for the game, and a prison does not stop them.
func TestAdmin_prison(t *testing.T) {
	t.Parallel()
	s, _ := withCompanies(t, rules, 1)
	s.Stage, s.Companies[0].PrisonEndStep = game.StageGame, 8
	s = done(t, s, changeBalance(1, -1), game.CompanyBalanceChanged{CompanyID: 1, Old: 10_000, New: 9_999})
	s = done(t, s, changeItems(1, "cart", 2), game.CompanyResourceAdded{CompanyID: 1, Resource: "cart", Amount: 2})
	done(t, s, renameCompany(1, "x"), game.CompanyNameUpdated{CompanyID: 1, Old: "Company 1", New: "x"})
}

// TestAdminChangeItems: the warehouse holds 50 at first, with or without a cell.
func TestAdminChangeItems(t *testing.T) {
	t.Parallel()
	s, _ := withCompanies(t, rules, 1)
	s = done(t, s, changeItems(1, "stone", 20), game.CompanyResourceAdded{CompanyID: 1, Resource: "stone", Amount: 20})
	s = done(t, s, changeItems(1, "bread", 30), game.CompanyResourceAdded{CompanyID: 1, Resource: "bread", Amount: 30})
	refused(t, s, game.CodeNoSpace, changeItems(1, "stone", 1))
	s = done(t, s, changeItems(1, "stone", -20), game.CompanyResourceRemoved{CompanyID: 1, Resource: "stone", Amount: 20})
	refused(t, s, game.CodeNoResources, changeItems(1, "stone", -1))
	s = done(t, s, changeItems(1, "stone", 19), game.CompanyResourceAdded{CompanyID: 1, Resource: "stone", Amount: 19})
	s = done(t, s, changeItems(1, "bread", -29), game.CompanyResourceRemoved{CompanyID: 1, Resource: "bread", Amount: 29})
	// 19 + 1 = 20 of 50.
	refused(t, s, game.CodeNoSpace, changeItems(1, "stone", 31))
	refused(t, s, game.CodeNoResources, changeItems(1, "bread", -2))
	if got := s.Company(1).Goods; got.Total() != 20 || got.Amount("stone") != 19 || got.Amount("bread") != 1 {
		t.Errorf("got %v", got)
	}
}

func TestAdminChangeItems_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage    game.Stage
		company  int64
		resource string
		change   int64
		code     game.Code
	}{
		"unknown before stage":       {game.StageEnd, 2, "stone", 1, game.CodeNotFound},
		"at End, before resource":    {game.StageEnd, 1, "gold", 1, game.CodeWrongStage},
		"unknown resource":           {game.StageGame, 1, "gold", 1, game.CodeInvalidField},
		"unknown, taken":             {game.StageGame, 1, "gold", -1, game.CodeInvalidField},
		"of the other ruleset":       {game.StageGame, 1, "oil", 1, game.CodeInvalidField},
		"nothing":                    {game.StageGame, 1, "stone", 0, game.CodeInvalidField},
		"one more than there is":     {game.StageGame, 1, "stone", -1, game.CodeNoResources},
		"all there can be":           {game.StageGame, 1, "stone", -game.MaxAmount, game.CodeNoResources},
		"one more than there's room": {game.StageGame, 1, "stone", 51, game.CodeNoSpace},
		"as much as there can be":    {game.StageGame, 1, "stone", game.MaxAmount, game.CodeNoSpace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := withCompanies(t, rules, 1)
			s.Stage = c.stage
			refused(t, s, c.code, changeItems(c.company, c.resource, c.change))
		})
	}
}

func TestAdminName(t *testing.T) {
	t.Parallel()
	s, _ := withCompanies(t, rules, 2)
	s = done(t, s, renameCompany(2, " Tech\u00a0Corp "), game.CompanyNameUpdated{CompanyID: 2, Old: "Company 2", New: "Tech\u00a0Corp"})
	s.Stage = game.StageGame
	// The name that it had is free again, also in another case than an existing one.
	s = done(t, s, renameCompany(1, "Company 2"), game.CompanyNameUpdated{CompanyID: 1, Old: "Company 1", New: "Company 2"})
	done(t, s, renameCompany(2, "company 2"), game.CompanyNameUpdated{CompanyID: 2, Old: "Tech\u00a0Corp", New: "company 2"})
}

// TestAdminName_twice: a second change in one life of the session tells the name before it, not the
// new one.
func TestAdminName_twice(t *testing.T) {
	t.Parallel()
	s, _ := withCompanies(t, rules, 1)
	for i, name := range []string{"a", "b"} {
		events, err := s.AdminRename(1, name)
		if err != nil {
			t.Fatal(err)
		}
		wantEvents(t, events, game.CompanyNameUpdated{CompanyID: 1, Old: []string{"Company 1", "a"}[i], New: name})
	}
}

func TestAdminName_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage   game.Stage
		company int64
		name    string
		code    game.Code
	}{
		"unknown before stage": {game.StageEnd, 3, "x", game.CodeNotFound},
		"at End, before name":  {game.StageEnd, 1, " ", game.CodeWrongStage},
		"bad name":             {game.StageGame, 1, "a\nb", game.CodeInvalidField},
		"too long":             {game.StageGame, 1, strings.Repeat("x", 33), game.CodeInvalidField},
		"its own":              {game.StageGame, 1, " Company 1", game.CodeConflict},
		"another's":            {game.StageGame, 1, "Company 2 ", game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := withCompanies(t, rules, 2)
			s.Stage = c.stage
			refused(t, s, c.code, renameCompany(c.company, c.name))
		})
	}
}
